import type { ColumnKind } from "../../format/columns.js";
import type { Family } from "../../format/layouts.js";

/**
 * Reads one field of `count` rows into its column.
 *
 * @param table the raw table
 * @param at where the field lies in the first row
 * @param stride bytes from one row to the next
 */
type Reader<Column> = (table: DataView, at: number, stride: number, to: Column, count: number) => void;

/** A reader for each form that a field may have. Each is compiled for one kind of array. */
const READERS = {
  /** 255 where the number is larger. */
  state: (table, at, stride, to: Uint8Array, count) => {
    for (let row = 0; row < count; row++, at += stride) to[row] = Math.min(table.getUint32(at, true), 255);
  },

  ipv4: (table, at, stride, to: Uint32Array, count) => {
    for (let row = 0; row < count; row++, at += stride) to[row] = table.getUint32(at);
  },

  ipv6: (table, at, stride, to: Uint32Array, count) => {
    for (let word = 0; word < count * 4; word += 4, at += stride) {
      to[word] = table.getUint32(at);
      to[word + 1] = table.getUint32(at + 4);
      to[word + 2] = table.getUint32(at + 8);
      to[word + 3] = table.getUint32(at + 12);
    }
  },

  /** Two bytes; the two that follow are never looked at. */
  port: (table, at, stride, to: Uint16Array, count) => {
    for (let row = 0; row < count; row++, at += stride) to[row] = table.getUint16(at);
  },

  u32: (table, at, stride, to: Uint32Array, count) => {
    for (let row = 0; row < count; row++, at += stride) to[row] = table.getUint32(at, true);
  },

  u64: (table, at, stride, to: BigUint64Array, count) => {
    for (let row = 0; row < count; row++, at += stride) to[row] = table.getBigUint64(at, true);
  },
} as const satisfies Readonly<Record<string, Reader<never>>>;

/** What reads the fields of a kind of column in the tables of a family. */
export function readerFor(kind: ColumnKind, family: Family): Reader<never> {
  switch (kind) {
    case "address":
      return family === 4 ? READERS.ipv4 : READERS.ipv6;
    case "offload":
      return READERS.u32;
    case "filetime":
      return READERS.u64;
    default:
      return READERS[kind];
  }
}
