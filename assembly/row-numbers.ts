// Bitmaps → row numbers.

/** For each byte of a bitmap, the positions of its set bits, ascending, one byte each. Made when it is first needed. */
const positions = memory.data(256 * 8, 16);
let positionsMade = false;

function makePositions(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let to = positions + (byte << 3);
    for (let bit: u32 = 0; bit < 8; bit++) {
      if ((byte >> bit) & 1) store<u8>(to++, bit);
    }
  }
  positionsMade = true;
}

/**
 * Writes the numbers of the rows whose bits are set, ascending; `first` is the row of the first bit, and there are `count` rows:
 * bits behind them are whatever the columns' slack gave, and are cleared. Returns where the next number goes. For each byte all
 * eight places are written, and then only as many stay as bits were set: no branch depends on the data but the one that skips 64
 * rows at a time.
 */
export function writeRowNumbers(bits: usize, first: u32, count: u32, to: usize): usize {
  if (!positionsMade) makePositions();
  const words = (count + 63) >> 6;
  if (count & 63) {
    const last = bits + ((words - 1) << 3);
    store<u64>(last, load<u64>(last) & ((<u64>1 << (count & 63)) - 1));
  }
  const end = bits + (words << 3);
  for (let row = first; bits < end; bits += 8) {
    if (load<u64>(bits)) {
      to = writeByte(bits, 0, row, to);
      to = writeByte(bits, 1, row, to);
      to = writeByte(bits, 2, row, to);
      to = writeByte(bits, 3, row, to);
      to = writeByte(bits, 4, row, to);
      to = writeByte(bits, 5, row, to);
      to = writeByte(bits, 6, row, to);
      to = writeByte(bits, 7, row, to);
    }
    row += 64;
  }
  return to;
}

/** The rows of one byte out of eight; `row` is that of the first one's lowest bit. Returns where the next go. */
@inline
function writeByte(bits: usize, number: u32, row: u32, to: usize): usize {
  const byte = <usize>load<u8>(bits + number);
  const found = v128.load_ext<u8>(positions + (byte << 3));
  const first = i32x4.splat(row + (number << 3));
  v128.store(to, i32x4.add(first, i32x4.extend_low_i16x8_u(found)));
  v128.store(to, i32x4.add(first, i32x4.extend_high_i16x8_u(found)), 16);
  return to + (<usize>popcnt<u32>(<u32>byte) << 2);
}

/** Writes every row's number, ascending. */
export function writeAllRowNumbers(count: u32, to: usize): void {
  let numbers = i32x4(0, 1, 2, 3);
  const end = to + (<usize>count << 2);
  for (; to < end; to += 16) {
    v128.store(to, numbers);
    numbers = i32x4.add(numbers, i32x4.splat(4));
  }
}
