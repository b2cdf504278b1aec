import type { FamilyCollector, System } from "../contract.js";
import { closeLinuxConnection } from "./close.js";
import { openClosedEvents } from "./closed-events.js";
import { closedPipeQuestion } from "./closed-pipe.js";
import { readLinuxHostIdentity } from "./host-identity.js";
import { LinuxNumberNames } from "./number-names.js";
import { LinuxProcessNames } from "./processes.js";
import { openSockDiag } from "./sockdiag.js";
import { readLinuxStatistics } from "./statistics.js";
import { openSocketOwners } from "./table-writer.js";

export const LINUX: System = {
  openCollectors(families, options) {
    const socketOwners = openSocketOwners(options);
    return families.map((family): FamilyCollector => {
      try {
        return { family, collector: openSockDiag({ ...options, family, socketOwners }) };
      } catch (error) {
        return { family, error: error as Error };
      }
    });
  },
  identityColumns: ["socketCookie", "inode"],
  closeConnection: (row) => closeLinuxConnection(row),
  openEnds: (options) => openClosedEvents(options),
  openProcessNames: () => new LinuxProcessNames(),
  openNumberNames: () => new LinuxNumberNames(),
  closedPipeQuestion,
  readHostIdentity: () => readLinuxHostIdentity(),
  readTcpStatistics: () => readLinuxStatistics(),
};
