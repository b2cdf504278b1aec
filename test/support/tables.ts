import type { IPv6 } from "../../src/format/address.js";
import { COLUMNS, type ColumnKind, type ColumnName, type CommonColumn } from "../../src/format/columns.js";
import { type Family, type Field, LAYOUTS, type LayoutName } from "../../src/format/layouts.js";

/** A row as a table's bytes hold it: numbers in host order, and the garbage that may stand behind a port. */
export type RawRow = { readonly [Name in CommonColumn]: RawValue<Name> } & {
  readonly [Name in Exclude<ColumnName, CommonColumn>]?: RawValue<Name>;
} & {
  /** The upper 16 bits of both port fields. */
  readonly garbage?: number;
};

/** A u32, or four of them for an IPv6 address; FILETIMEs and cookies have 64 bits. */
type RawValue<Name extends ColumnName> = (typeof COLUMNS)[Name]["kind"] extends infer Kind
  ? Kind extends "address"
    ? number | IPv6
    : Kind extends "u64" | "filetime"
      ? bigint
      : number
  : never;

/** Encodes rows as an operating system would. The offsets are those of layouts.ts. */
export function encodeTable(rows: readonly RawRow[], layout: LayoutName = "MIB_TCPTABLE"): Uint8Array {
  const { family, firstRow, rowSize, fields } = LAYOUTS[layout];
  const bytes = new Uint8Array(firstRow + rows.length * rowSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows.length, true);
  rows.forEach((row, index) => {
    for (const field of Object.values(fields) as Field[]) {
      const { column, offset } = field;
      if (column) {
        const { kind } = COLUMNS[column];
        writeField(view, firstRow + index * rowSize + offset, kind, family, row[column], row.garbage);
      }
    }
  });
  return bytes;
}

function writeField(
  view: DataView,
  at: number,
  kind: ColumnKind,
  family: Family,
  value: RawRow[ColumnName],
  garbage = 0,
): void {
  switch (kind) {
    case "address": {
      const words = family === 4 ? [value as number] : (value as IPv6);
      for (const [index, word] of words.entries()) view.setUint32(at + index * 4, word, false);
      break;
    }
    case "port":
      view.setUint16(at, value as number, false);
      view.setUint16(at + 2, garbage, true);
      break;
    case "u64":
    case "filetime":
      view.setBigUint64(at, (value as bigint | undefined) ?? 0n, true);
      break;
    default:
      view.setUint32(at, (value as number | undefined) ?? 0, true);
  }
}

/** A row's own bytes, as `table.rawRow` gives them. */
export function encodeRow(row: RawRow, layout: LayoutName = "MIB_TCPTABLE"): { layout: LayoutName; bytes: Uint8Array } {
  return { layout, bytes: encodeTable([row], layout).slice(LAYOUTS[layout].firstRow) };
}
