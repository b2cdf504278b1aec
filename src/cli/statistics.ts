import type { Family } from "../format/layouts.js";
import type { TcpStatistics } from "../system/contract.js";
import { readTcpStatistics } from "../system/system.js";
import { isExpected } from "./warnings.js";

/** The counters of each family, or of both where the system counts them together. */
export function readStatistics(families: readonly Family[]): [statistics: TcpStatistics[], error?: Error] {
  const statistics: TcpStatistics[] = [];
  try {
    for (const family of families) {
      statistics.push(readTcpStatistics({ family }));
      if (statistics[0]?.family === "both") break;
    }
    return [statistics];
  } catch (error) {
    if (!isExpected(error)) throw error;
    return [statistics, error];
  }
}
