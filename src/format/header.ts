import { TruncatedTableError, UnknownLayoutError, WrongLayoutError } from "./errors.js";
import { fieldOf, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "./layouts.js";
import { MIB_TCP_STATE } from "./states.js";

/** Bytes that Windows may add to a table for alignment: `SIZEOF_TCPTABLE` of the SDK does. */
const ALIGNMENT_SLACK = 8;

/** Whatever holds bytes. A view is taken as it is: from its `byteOffset` on, so many bytes as it has. */
export type Bytes = Uint8Array | ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/**
 * The bytes of whatever holds some, without a copy.
 *
 * @throws {TypeError} it holds none
 */
export function bytesOf(bytes: Bytes): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isShared = typeof SharedArrayBuffer === "function" && (bytes as unknown) instanceof SharedArrayBuffer;
  if (isShared || bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  const given = bytes === null ? "null" : Array.isArray(bytes) ? "an array of numbers" : typeof bytes;
  throw new TypeError(
    `A table's bytes are a Uint8Array (a Buffer is one), an ArrayBuffer, a DataView or another view, not ${given}.`,
  );
}

/**
 * Reads `dwNumEntries`, a little-endian u32 at offset 0, and makes sure that so many rows are there. Both engines start here:
 * they refuse the same bytes in the same words, and whatever comes after can trust the number.
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
  if (bytes.length < required) {
    throw new TruncatedTableError(layout, bytes.length, required, count, detectLayout(bytes));
  }
  // Bytes may follow the last row, but not if they make the table exactly one of another layout.
  const exact = LAYOUT_NAMES.find((other) => byteLengthOf(other, count) === bytes.length);
  if (exact && count > 0 && hasKnownStates(bytes, exact, count) && !hasKnownStates(bytes, layout, count)) {
    throw new WrongLayoutError(layout, exact, bytes.length, count);
  }
  return count;
}

/**
 * Which layout a table is of, by its bytes alone: its length must be what so many rows take (Windows may add up to eight
 * bytes), and every row's state must be one that `tcpmib.h` knows.
 *
 * @param bytes a whole table, from `dwNumEntries` on
 * @returns `undefined` where no layout fits, or several do: an empty table is the same in all of them
 */
export function detectLayout(bytes: Bytes): LayoutName | undefined {
  const table = bytesOf(bytes);
  const count = table.length < 4 ? 0 : wordAt(table, 0);
  if (count === 0) return undefined;
  const fitting = LAYOUT_NAMES.filter((layout) => {
    const slack = table.length - byteLengthOf(layout, count);
    return slack >= 0 && slack <= ALIGNMENT_SLACK && hasKnownStates(table, layout, count);
  });
  const exact = fitting.filter((layout) => byteLengthOf(layout, count) === table.length);
  const likely = exact.length > 0 ? exact : fitting;
  return likely.length === 1 ? likely[0] : undefined;
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
  return wordAt(bytes, start + (fieldOf(layout, "state")?.offset ?? 0));
}

/** The bytes must hold so many rows of the layout. */
function hasKnownStates(bytes: Uint8Array, layout: LayoutName, count: number): boolean {
  for (let index = 0; index < count; index++) {
    const state = exactState(bytes, layout, index);
    const isKnown =
      (state >= MIB_TCP_STATE.CLOSED && state <= MIB_TCP_STATE.DELETE_TCB) || state === MIB_TCP_STATE.RESERVED;
    if (!isKnown) return false;
  }
  return true;
}

/** The little-endian u32 at an offset. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}
