import type { Connections } from "../reader/connections.js";
import type { TcpStatistics } from "../system/contract.js";
import type { Arguments } from "./arguments.js";
import { wantsColour } from "./colours.js";
import { namedRows } from "./connections.js";
import { exactInteger } from "./exact-integers.js";
import { csvLines, jsonLines, ndjsonLines } from "./formats.js";
import { countBy, fieldFor, type Grouping, groupLines } from "./groups.js";
import type { Beside } from "./show-reading.js";
import { STDOUT } from "./standard-streams.js";
import { statisticsLines } from "./statistics-text.js";
import { fieldOf, type StateCount, summarize, summaryLines } from "./summary.js";

type Shown = Pick<Arguments, "families" | "format" | "header">;

/** Whether the counters of the whole machine are shown with the summary: the other formats have rows of one kind. */
export function wantsStatistics({ summary, by, format }: Pick<Arguments, "summary" | "by" | "format">): boolean {
  return summary && by === undefined && (format === "table" || format === "json");
}

/**
 * How many of the selected connections are in each state, and below them, in the table and in JSON, the counters of the whole
 * machine: these can't be filtered.
 */
export function summaryOutput(
  { selections }: Connections,
  statistics: readonly TcpStatistics[],
  what: Shown,
): Iterable<string> {
  return linesOf(summarize(selections, what.families), statistics, what);
}

function linesOf(
  counts: readonly StateCount[],
  statistics: readonly TcpStatistics[],
  { families, format, header }: Shown,
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

/** How many of the connections have each value of what they are counted by. */
export function groupsOutput(connections: Connections, by: Grouping, { names, numbers }: Beside, what: Shown) {
  const { families, format, header } = what;
  const rows = namedRows(connections.inPlace(), { processes: names, users: numbers });
  const counts = countBy(rows, by, families);
  switch (format) {
    case "json":
      return jsonLines(counts);
    case "ndjson":
      return ndjsonLines(counts);
    case "csv": {
      const columns = [fieldFor(by), ...(by === "user" ? ["userName"] : []), "count", ...families.map(fieldOf)];
      return csvLines(counts, columns, { header, onTerminal: STDOUT.isTTY });
    }
    case "table":
      return groupLines(counts, by, families, { header, colour: wantsColour(STDOUT, process.env) }, STDOUT.columns);
  }
}

/** For JSON.stringify. */
function exactNumber(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? exactInteger(value) : value;
}
