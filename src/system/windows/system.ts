import type { FamilyCollector, System } from "../contract.js";
import { closeWindowsConnection } from "./close.js";
import { openIphlpapi } from "./iphlpapi.js";
import { WindowsNumberNames } from "./number-names.js";
import { openWindowsProcessNames } from "./processes.js";
import { readWindowsStatistics } from "./statistics.js";

export const WINDOWS: System = {
  openCollectors(families, { columns, owner, where, order }) {
    return families.map((family): FamilyCollector => {
      try {
        return { family, collector: openIphlpapi({ family, columns, owner, where, order }) };
      } catch (error) {
        return { family, error: error as Error };
      }
    });
  },
  identityColumns: ["createTimestamp", "owningPid"],
  closeConnection: (row) => closeWindowsConnection(row),
  openProcessNames: () => openWindowsProcessNames(),
  openNumberNames: () => new WindowsNumberNames(),
  readHostIdentity: () => ({ bootId: "", networkNamespace: "" }),
  readTcpStatistics: (options) => readWindowsStatistics(options),
};
