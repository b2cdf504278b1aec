import { type Family, type Field, LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import type { RawRow } from "./tables.js";

/** Rows in which every field that a layout may have is another number, with garbage behind the ports. */
export function familyRows(family: Family, count: number): RawRow[] {
  return Array.from({ length: count }, (_, index) => ({
    state: 1 + (index % 12),
    localAddress: family === 4 ? 0x0a000000 + index : ([0x20010db8, 1, 2, index] as const),
    localPort: 1000 + index,
    remoteAddress: family === 4 ? 0xc0a80000 + index : ([0xfe800000, 3, 4, index] as const),
    remotePort: 20_000 + index,
    localScopeId: 5 + index,
    remoteScopeId: 6 + index,
    owningPid: 4000 + index,
    offloadState: index % 4,
    createTimestamp: 133_000_000_000_000_000n + BigInt(index),
    garbage: 0xbeef,
  }));
}

/** What a layout's columns hold of rows, by their names: a u32 each but for IPv6 addresses and times. */
export function expectedColumns(rows: readonly RawRow[], layout: LayoutName): Record<string, (number | bigint)[]> {
  const columns: Record<string, (number | bigint)[]> = {};
  for (const { column } of Object.values(LAYOUTS[layout].fields) as Field[]) {
    if (column) columns[column] = rows.flatMap((row) => row[column] as number | bigint);
  }
  return columns;
}
