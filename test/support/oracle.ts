import type { Expression } from "../../src/decoder/filter.js";
import type { SortKey } from "../../src/decoder/query.js";
import type { RawRow } from "./tables.js";

/** What a filter means, in the fewest words: the oracle that both engines are held against. */
export function matches(row: RawRow, is: Expression): boolean {
  const seen = row.state === 2 ? { ...row, remoteAddress: 0, remotePort: 0 } : row;
  switch (is.kind) {
    case "all":
      return true;
    case "state":
      return is.states[Math.min(row.state, 255)] === 1;
    case "range":
      return is.from <= seen[is.column] && seen[is.column] <= is.to;
    case "address":
      return (BigInt(seen[is.column]) & BigInt(is.mask)) === BigInt(is.address);
    case "not":
      return !matches(row, is.operand);
    case "and":
      return is.operands.every((operand) => matches(row, operand));
    case "or":
      return is.operands.some((operand) => matches(row, operand));
  }
}

/** The numbers of the rows that match, in order; Array.prototype.sort is stable. */
export function selectRows(
  rows: readonly RawRow[],
  where: Expression,
  orderBy: readonly SortKey[],
  limit = rows.length,
): number[] {
  const value = (row: number, column: keyof RawRow) =>
    Math.min(rows[row]?.[column] ?? 0, column === "state" ? 255 : Infinity);
  const found = rows.flatMap((row, index) => (matches(row, where) ? [index] : []));
  for (const key of orderBy.toReversed()) {
    const column = key.replace("-", "") as keyof RawRow;
    found.sort((a, b) => (value(a, column) - value(b, column)) * (key.startsWith("-") ? -1 : 1));
  }
  return found.slice(0, limit);
}
