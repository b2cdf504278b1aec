import type { FamilyCollector, System } from "../contract.js";
import { closeLinuxConnection } from "./close.js";
import { SocketOwners } from "./owners.js";
import { LinuxProcessNames } from "./processes.js";
import { openSockDiag } from "./sockdiag.js";
import { readLinuxStatistics } from "./statistics.js";

export const LINUX: System = {
  openCollectors(families, { owner, ownerBudget }) {
    const socketOwners = owner && new SocketOwners({ budget: ownerBudget });
    return families.map((family): FamilyCollector => {
      try {
        return { family, collector: openSockDiag({ family, owner, socketOwners }) };
      } catch (error) {
        return { family, error: error as Error };
      }
    });
  },
  closeConnection: (row) => closeLinuxConnection(row),
  openProcessNames: () => new LinuxProcessNames(),
  readTcpStatistics: () => readLinuxStatistics(),
};
