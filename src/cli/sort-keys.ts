import type { SortKey } from "../decoder/query.js";
import { columnNamed, isTableColumn, unknownColumn } from "./column-names.js";

/**
 * Parses `lport,-remote`: columns by their names or short names, `-` before one for descending.
 *
 * @throws {RangeError} a key names no column, or one that the tables do not hold
 */
export function parseSortKeys(text: string): SortKey[] {
  return text.split(",").map((key) => {
    const descending = key.startsWith("-");
    const name = descending ? key.slice(1) : key;
    const column = columnNamed(name);
    if (!column) throw new RangeError(unknownColumn(name));
    if (column === "processName" || column === "programPath")
      throw new RangeError("Tables hold no names of processes, and can't be sorted by them: sort by pid.");
    if (!isTableColumn(column))
      throw new RangeError(`Tables hold no ${column}, and can't be sorted by it: sort by user, lport, rport or local.`);
    return descending ? (`-${column}` as const) : column;
  });
}
