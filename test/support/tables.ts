import type { IPv6 } from "../../src/decoder/address.js";
import { type ColumnName, type Field, LAYOUTS, type LayoutName } from "../../src/decoder/layouts.js";

/** A row as a table's bytes hold it: numbers in host order, and the garbage that may stand behind a port. */
export interface RawRow {
  readonly state: number;
  /** A u32, or four of them for IPv6. */
  readonly localAddress: number | IPv6;
  readonly localPort: number;
  readonly remoteAddress: number | IPv6;
  readonly remotePort: number;
  readonly localScopeId?: number;
  readonly remoteScopeId?: number;
  readonly owningPid?: number;
  readonly offloadState?: number;
  /** FILETIME. */
  readonly createTimestamp?: bigint;
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
      if (field.column)
        writeField(view, firstRow + index * rowSize + field.offset, field, row[field.column], row.garbage);
    }
  });
  return bytes;
}

function writeField(view: DataView, at: number, { type }: Field, value: RawRow[ColumnName], garbage = 0): void {
  switch (type) {
    case "ipv4":
      view.setUint32(at, value as number, false);
      break;
    case "ipv6":
      for (const [index, word] of (value as IPv6).entries()) view.setUint32(at + index * 4, word, false);
      break;
    case "port":
      view.setUint16(at, value as number, false);
      view.setUint16(at + 2, garbage, true);
      break;
    case "filetime":
      view.setBigUint64(at, (value as bigint | undefined) ?? 0n, true);
      break;
    default:
      view.setUint32(at, (value as number | undefined) ?? 0, true);
  }
}
