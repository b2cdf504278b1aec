import { TruncatedTableError, UnknownLayoutError } from "./errors.js";
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "./layouts.js";

/**
 * Reads `dwNumEntries`, a little-endian u32 at offset 0, and makes sure that so many rows are there. Both engines start here:
 * they refuse the same bytes in the same words, and whatever comes after can trust the number.
 *
 * @throws {TruncatedTableError} the bytes end before the rows do
 * @throws {UnknownLayoutError} the layout is none that the decoders know
 */
export function readRowCount(bytes: Uint8Array, layout: LayoutName): number {
  if (!Object.hasOwn(LAYOUTS, layout)) throw new UnknownLayoutError(layout, LAYOUT_NAMES);
  if (bytes.length < 4) throw new TruncatedTableError(layout, bytes.length, 4, undefined);
  const count =
    ((bytes[0] as number) |
      ((bytes[1] as number) << 8) |
      ((bytes[2] as number) << 16) |
      ((bytes[3] as number) << 24)) >>>
    0;
  const required = byteLengthOf(layout, count);
  if (bytes.length < required) throw new TruncatedTableError(layout, bytes.length, required, count);
  return count;
}

/** Bytes of a table of so many rows. An empty one is its `dwNumEntries` alone. */
export function byteLengthOf(layout: LayoutName, count: number): number {
  const { firstRow, rowSize } = LAYOUTS[layout];
  return count === 0 ? 4 : firstRow + count * rowSize;
}
