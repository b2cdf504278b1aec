import type { FamilyCollector, System } from "../contract.js";
import { closeLinuxConnection } from "./close.js";
import { SocketOwners } from "./owners.js";
import { LinuxProcessNames } from "./processes.js";
import { openSockDiag } from "./sockdiag.js";
import { readLinuxStatistics } from "./statistics.js";
import { asksForOwners } from "./table-writer.js";

export const LINUX: System = {
  openCollectors(families, { owner, columns }) {
    const socketOwners = asksForOwners({ owner, columns }) ? new SocketOwners() : undefined;
    return families.map((family): FamilyCollector => {
      try {
        return { family, collector: openSockDiag({ family, owner, columns, socketOwners }) };
      } catch (error) {
        return { family, error: error as Error };
      }
    });
  },
  identityColumns: ["socketCookie", "inode"],
  closeConnection: (row) => closeLinuxConnection(row),
  openProcessNames: () => new LinuxProcessNames(),
  readTcpStatistics: () => readLinuxStatistics(),
};
