import type { SortKey } from "../../src/decoder/query.js";
import type { Expression } from "../../src/filter/expression.js";
import type { IPv6 } from "../../src/format/address.js";
import type { ColumnName } from "../../src/format/columns.js";
import type { RawRow } from "./tables.js";

/** 128 bits of an address; an IPv4 one as the IPv4-mapped one that it is compared as. */
function bits(address: number | IPv6): bigint {
  const words: readonly number[] = typeof address === "number" ? [0, 0, 0xffff, address] : address;
  return words.reduce<bigint>((sum, word) => (sum << 32n) | BigInt(word), 0n);
}

/** What a filter means, in the fewest words: the oracle that both engines are held against. */
export function matches(row: RawRow, is: Expression): boolean {
  const none = typeof row.remoteAddress === "number" ? 0 : ([0, 0, 0, 0] as const);
  return holds(row.state === 2 ? { ...row, remoteAddress: none, remotePort: 0 } : row, is);
}

/** What an expression says of a row as its bytes are, a listener's too. */
export function holds(row: RawRow, is: Expression): boolean {
  switch (is.kind) {
    case "all":
      return true;
    case "state":
      return is.states[Math.min(row.state, 255)] === 1;
    case "range":
      return is.from <= (row[is.column] ?? 0) && (row[is.column] ?? 0) <= is.to;
    case "ipv4":
      return (bits(row[is.column]) & bits([MAX, MAX, MAX, is.mask])) === bits(is.address);
    case "ipv6":
      return typeof row[is.column] !== "number" && (bits(row[is.column]) & bits(is.mask)) === bits(is.address);
    case "not":
      return !holds(row, is.operand);
    case "and":
      return is.operands.every((operand) => holds(row, operand));
    case "or":
      return is.operands.some((operand) => holds(row, operand));
  }
}

const MAX = 0xffffffff;

/** The numbers of the rows that match, in order; Array.prototype.sort is stable. */
export function selectRows(
  rows: readonly RawRow[],
  where: Expression,
  orderBy: readonly SortKey[],
  limit = rows.length,
): number[] {
  const value = (row: number, column: ColumnName): bigint | number => {
    const of = rows[row]?.[column] ?? 0;
    if (column === "state") return Math.min(of as number, 255);
    return column.endsWith("Address") ? bits(of as number | IPv6) : (of as number | bigint);
  };
  const found = rows.flatMap((row, index) => (matches(row, where) ? [index] : []));
  for (const key of orderBy.toReversed()) {
    const column = key.replace("-", "") as ColumnName;
    const sign = key.startsWith("-") ? -1 : 1;
    found.sort((a, b) => {
      const [x, y] = [value(a, column), value(b, column)];
      return x === y ? 0 : x < y ? -sign : sign;
    });
  }
  return found.slice(0, limit);
}
