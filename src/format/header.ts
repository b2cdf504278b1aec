import { TruncatedTableError, UnknownLayoutError, WrongLayoutError } from "./errors.js";
import { type Field, fieldOf, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "./layouts.js";
import { shown } from "./options.js";
import { MIB_TCP_STATE } from "./states.js";

/** Bytes that Windows may add to a table for alignment: the SDK's `SIZEOF_TCPTABLE` counts 8. */
const ALIGNMENT_SLACK = 8;

/** Whatever holds bytes. A view is taken as it is: from its `byteOffset` on, so many bytes as it has. */
export type Bytes = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/**
 * The bytes of whatever holds some, without a copy; a Uint8Array is given back as it is.
 *
 * @throws {TypeError} it holds none
 */
export function bytesOf(bytes: Bytes): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The tag, unlike instanceof, is the same for buffers of another window or context.
  const tag = Object.prototype.toString.call(bytes);
  if (tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]") return new Uint8Array(bytes);
  throw new TypeError(
    `A table's bytes are a Uint8Array (a Buffer is one), an ArrayBuffer, a SharedArrayBuffer, a DataView or another view; not ${shown(bytes)}.`,
  );
}

/**
 * Reads `dwNumEntries`, a little-endian u32 at offset 0, and makes sure that so many rows are there. Both engines start here:
 * they refuse the same bytes in the same words, and whatever comes after can trust the number.
 *
 * Bytes may follow the last row. They are no mistake unless they make the table one of another layout: its length fits that one,
 * and its states are all known as such, but not as those of `layout`.
 *
 * @throws {TruncatedTableError} the bytes end before the rows do
 * @throws {WrongLayoutError} length and states say that the table is of another layout
 * @throws {UnknownLayoutError} the layout is none that the decoders know
 */
export function readRowCount(bytes: Uint8Array, layout: LayoutName): number {
  if (!Object.hasOwn(LAYOUTS, layout)) throw new UnknownLayoutError(layout, LAYOUT_NAMES);
  if (bytes.length < 4) throw new TruncatedTableError(layout, bytes.length, 4, undefined);
  const count = wordAt(bytes, 0);
  const required = byteLengthOf(layout, count);
  if (bytes.length === required) return count;
  if (bytes.length < required)
    throw new TruncatedTableError(layout, bytes.length, required, count, detectLayout(bytes));
  // Lengths first: to look at all states of a table that has a few bytes to spare would take longer than to decode it.
  if (!lengthFitsAnother(bytes.length, layout, count)) return count;
  const detected = detectLayout(bytes);
  if (detected !== undefined && detected !== layout && !hasKnownStates(bytes, layout, count))
    throw new WrongLayoutError(layout, detected, bytes.length, count);
  return count;
}

/**
 * Which layout a table is of, by its bytes alone: its length must be what so many rows take, or up to eight bytes more, which
 * Windows may add; and every row's state must be one that `tcpmib.h` knows.
 *
 * A length that is exact goes before one with bytes to spare. A single row is mostly too little to be sure: with eight bytes
 * behind it, a MIB_TCPTABLE looks like a MIB_TCPTABLE2.
 *
 * @param bytes a whole table, from `dwNumEntries` on
 * @returns `undefined` where no layout fits, or several do alike: an empty table is the same in all of them
 * @throws {TypeError} `bytes` are none
 */
export function detectLayout(bytes: Bytes): LayoutName | undefined {
  const table = bytesOf(bytes);
  const count = table.length < 4 ? 0 : wordAt(table, 0);
  if (count === 0) return undefined;
  let detected: LayoutName | undefined;
  let isExact = false;
  let isOnly = true;
  for (const layout of LAYOUT_NAMES) {
    if (!lengthFits(table.length, layout, count) || !hasKnownStates(table, layout, count)) continue;
    const fitsExactly = table.length === byteLengthOf(layout, count);
    if (detected === undefined || (fitsExactly && !isExact)) {
      detected = layout;
      isExact = fitsExactly;
      isOnly = true;
    } else if (fitsExactly === isExact) {
      isOnly = false;
    }
  }
  return isOnly ? detected : undefined;
}

/** Whether so many rows of a layout take so many bytes, or a few less. */
function lengthFits(byteLength: number, layout: LayoutName, count: number): boolean {
  const slack = byteLength - byteLengthOf(layout, count);
  return slack >= 0 && slack <= ALIGNMENT_SLACK;
}

function lengthFitsAnother(byteLength: number, layout: LayoutName, count: number): boolean {
  for (const other of LAYOUT_NAMES) if (other !== layout && lengthFits(byteLength, other, count)) return true;
  return false;
}

/** Bytes of a table of so many rows. An empty one is its `dwNumEntries` alone. */
export function byteLengthOf(layout: LayoutName, count: number): number {
  const { firstRow, rowSize } = LAYOUTS[layout];
  return count === 0 ? 4 : firstRow + count * rowSize;
}

/** The MIB_TCP_STATE number of a row as its bytes hold it: the state column ends at 255. */
export function exactState(bytes: Uint8Array, layout: LayoutName, index: number): number {
  const { firstRow, rowSize } = LAYOUTS[layout];
  return stateOfRow(bytes, layout, firstRow + index * rowSize);
}

/** The MIB_TCP_STATE number in the bytes of one row, which begins at `start`. */
export function stateOfRow(bytes: Uint8Array, layout: LayoutName, start = 0): number {
  return wordAt(bytes, start + stateOffset(layout));
}

/** Whether every row's state is one of `tcpmib.h`. The bytes must hold so many rows of the layout. */
function hasKnownStates(bytes: Uint8Array, layout: LayoutName, count: number): boolean {
  const { firstRow, rowSize } = LAYOUTS[layout];
  const { CLOSED, DELETE_TCB, RESERVED } = MIB_TCP_STATE;
  for (let index = 0, at = firstRow + stateOffset(layout); index < count; index++, at += rowSize) {
    const state = wordAt(bytes, at);
    if ((state < CLOSED || state > DELETE_TCB) && state !== RESERVED) return false;
  }
  return true;
}

function stateOffset(layout: LayoutName): number {
  return (fieldOf(layout, "state") as Field).offset;
}

/** The little-endian u32 at an offset. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return signedWordAt(bytes, at) >>> 0;
}

/** The same as a signed number: for loops, since an engine may make an object of each number that is larger. */
export function signedWordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
