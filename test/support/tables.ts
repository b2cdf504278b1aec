import { type Field, LAYOUTS, type LayoutName } from "../../src/decoder/layouts.js";

/** A row as a table's bytes hold it: numbers in host order, and the garbage that may stand behind a port. */
export interface RawRow {
  readonly state: number;
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  /** The upper 16 bits of both port fields. */
  readonly garbage?: number;
}

/** Encodes rows as an operating system would. The offsets are those of layouts.ts. */
export function encodeTable(rows: readonly RawRow[], layout: LayoutName = "MIB_TCPTABLE"): Uint8Array {
  const { firstRow, rowSize, fields } = LAYOUTS[layout];
  const bytes = new Uint8Array(firstRow + rows.length * rowSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows.length, true);
  rows.forEach((row, index) => {
    for (const field of Object.values(fields) as Field[]) {
      const at = firstRow + index * rowSize + field.offset;
      const value = row[field.column];
      if (field.type === "u8-saturated") view.setUint32(at, value, true);
      else if (field.type === "ipv4") view.setUint32(at, value, false);
      else {
        view.setUint16(at, value, false);
        view.setUint16(at + 2, row.garbage ?? 0, true);
      }
    }
  });
  return bytes;
}
