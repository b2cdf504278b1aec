import type { Family } from "../format/layouts.js";
import type { Connections } from "../reader/connections.js";
import type { TcpStatistics } from "../system/contract.js";
import { readTcpStatistics } from "../system/system.js";
import type { Arguments } from "./arguments.js";
import { wantsColour } from "./colours.js";
import { exactInteger } from "./exact-integers.js";
import { csvLines, ndjsonLines } from "./formats.js";
import { print } from "./output.js";
import { STDOUT } from "./standard-streams.js";
import { statisticsLines } from "./statistics-text.js";
import { fieldOf, type StateCount, summarize, summaryLines } from "./summary.js";
import { isExpected, warn } from "./warnings.js";

/**
 * Prints how many of the selected connections are in each state, and below them, in the table and in JSON, the counters of
 * the whole machine: these can't be filtered. Returns whether all of it could be read.
 */
export async function showSummary({ selections }: Connections, what: Arguments): Promise<boolean> {
  const { families, format } = what;
  const counts = summarize(selections, families);
  const hasStatistics = format === "table" || format === "json";
  const [statistics, error] = hasStatistics ? readStatistics(families) : [[]];
  await print(linesOf(counts, statistics, what), STDOUT);
  if (error) await warn(`TCP's statistics could not be read: ${error.message}`);
  return error === undefined;
}

function linesOf(
  counts: readonly StateCount[],
  statistics: readonly TcpStatistics[],
  { families, format, header }: Arguments,
): Iterable<string> {
  switch (format) {
    case "json":
      return [JSON.stringify({ states: counts, statistics }, exactNumber, 2)];
    case "ndjson":
      return ndjsonLines(counts);
    case "csv":
      return csvLines(counts, ["state", "count", ...families.map(fieldOf)], {
        header,
        onTerminal: STDOUT.isTTY,
      });
    case "table": {
      const look = { header, colour: wantsColour(STDOUT, process.env) };
      const below = statistics.length > 0 ? ["", ...statisticsLines(statistics, look)] : [];
      return [...summaryLines(counts, families, look), ...below];
    }
  }
}

/** For JSON.stringify. */
function exactNumber(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? exactInteger(value) : value;
}

/** The counters of each family, or of both where the system counts them together. */
function readStatistics(families: readonly Family[]): [statistics: TcpStatistics[], error?: Error] {
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
