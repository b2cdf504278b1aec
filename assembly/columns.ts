// The arena's columns by number, in the order of COLUMN_NAMES in src/decoder/layouts.ts.

import * as arena from "./memory";

/** The address of a column's first value. */
export function columnAt(column: u32): usize {
  switch (column) {
    case 0: return arena.state;
    case 1: return arena.localAddress;
    case 2: return arena.localPort;
    case 3: return arena.remoteAddress;
    default: return arena.remotePort;
  }
}

/** Bytes of a value as a power of two: 0, 1 or 2. */
export function columnShift(column: u32): u32 {
  switch (column) {
    case 0: return 0;
    case 1: case 3: return 2;
    default: return 1;
  }
}

/** A value, widened. */
// @ts-ignore: decorator
@inline
export function valueAt(column: usize, shift: u32, row: u32): u32 {
  const at = column + (<usize>row << shift);
  return shift == 2 ? load<u32>(at) : shift == 1 ? load<u16>(at) : load<u8>(at);
}
