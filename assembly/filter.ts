// Columns → the rows that match, one predicate and one column at a time.
//
// A predicate writes a bitmap: a bit a row, rows in ascending order from the lowest bit of the first byte. Sixteen rows a
// step: compare, narrow each lane to a byte, and take the sign bits. Bitmaps are joined by and, or and not, and at the end
// their set bits become row numbers. Bits of rows past the last are whatever the slack holds, until `indicesOf` clears them.

import { STATE } from "./layouts";
import { bitmapSize, columnAt, indices } from "./memory";

const STEP: u32 = 16;

/** Every row. */
export function matchAll(bits: usize): void {
  memory.fill(bits, 0xff, bitmapSize);
}

/** A table of 16 bytes, one for each state below 16. */
const stateTable = memory.data(16);

/**
 * Rows by state. `low` has bit s set for each state s from 0 to 15 that matches; `rest` says whether states from 16 up match.
 * One swizzle looks sixteen states up.
 */
export function matchStates(bits: usize, count: u32, low: u32, rest: bool): void {
  for (let state: u32 = 0; state < 16; state++) store<u8>(stateTable + state, (low >> state) & 1 ? 0xff : 0);
  const table = v128.load(stateTable);
  const others = i8x16.splat(rest ? -1 : 0);
  let at = columnAt(STATE);
  const end = at + count;
  for (; at < end; at += STEP) {
    const states = v128.load(at);
    const above = v128.and(others, i8x16.gt_u(states, i8x16.splat(15)));
    store<u16>(bits, <u16>i8x16.bitmask(v128.or(i8x16.swizzle(table, states), above)));
    bits += STEP >> 3;
  }
}

/** Turns the bits of the rows that have exactly this state: for the rare states from 16 up that differ from the rest. */
export function toggleState(bits: usize, count: u32, state: u32): void {
  const wanted = i8x16.splat(<i8>state);
  let at = columnAt(STATE);
  const end = at + count;
  for (; at < end; at += STEP) {
    store<u16>(bits, load<u16>(bits) ^ <u16>i8x16.bitmask(i8x16.eq(v128.load(at), wanted)));
    bits += STEP >> 3;
  }
}

/** Rows whose port lies in from…to: one subtraction and one unsigned comparison. */
export function matchPorts(bits: usize, column: u32, count: u32, from: u32, to: u32): void {
  const lowest = i16x8.splat(<i16>from);
  const span = i16x8.splat(<i16>(to - from));
  let at = columnAt(column);
  const end = at + (<usize>count << 1);
  for (; at < end; at += STEP << 1) {
    const low = i16x8.le_u(i16x8.sub(v128.load(at), lowest), span);
    const high = i16x8.le_u(i16x8.sub(v128.load(at, 16), lowest), span);
    store<u16>(bits, <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(low, high)));
    bits += STEP >> 3;
  }
}

/** Rows whose u32 lies in from…to. */
export function matchWords(bits: usize, column: u32, count: u32, from: u32, to: u32): void {
  const lowest = i32x4.splat(from);
  const span = i32x4.splat(to - from);
  let at = columnAt(column);
  const end = at + (<usize>count << 2);
  for (; at < end; at += STEP << 2) {
    const a = i32x4.le_u(i32x4.sub(v128.load(at), lowest), span);
    const b = i32x4.le_u(i32x4.sub(v128.load(at, 16), lowest), span);
    const c = i32x4.le_u(i32x4.sub(v128.load(at, 32), lowest), span);
    const d = i32x4.le_u(i32x4.sub(v128.load(at, 48), lowest), span);
    store<u16>(bits, signsOfWords(a, b, c, d));
    bits += STEP >> 3;
  }
}

/** Rows whose IPv4 address, but for the bits outside the mask, is the given one. */
export function matchIPv4(bits: usize, column: u32, count: u32, address: u32, mask: u32): void {
  const wanted = i32x4.splat(address);
  const kept = i32x4.splat(mask);
  let at = columnAt(column);
  const end = at + (<usize>count << 2);
  for (; at < end; at += STEP << 2) {
    const a = i32x4.eq(v128.and(v128.load(at), kept), wanted);
    const b = i32x4.eq(v128.and(v128.load(at, 16), kept), wanted);
    const c = i32x4.eq(v128.and(v128.load(at, 32), kept), wanted);
    const d = i32x4.eq(v128.and(v128.load(at, 48), kept), wanted);
    store<u16>(bits, signsOfWords(a, b, c, d));
    bits += STEP >> 3;
  }
}

/** The same for IPv6; at `pattern` stand the address and the mask, four words in host order each. One row a vector, 16 a step. */
export function matchIPv6(bits: usize, column: u32, count: u32, pattern: usize): void {
  const wanted = v128.load(pattern);
  const kept = v128.load(pattern, 16);
  let at = columnAt(column);
  const end = at + (<usize>count << 4);
  for (; at < end; at += STEP << 4) {
    const a = fourIPv6(at, wanted, kept);
    const b = fourIPv6(at + 64, wanted, kept);
    const c = fourIPv6(at + 128, wanted, kept);
    const d = fourIPv6(at + 192, wanted, kept);
    store<u16>(bits, signsOfWords(a, b, c, d));
    bits += STEP >> 3;
  }
}

/** Of four rows, all ones in the lane of each that matches: all four words must be equal. */
@inline
function fourIPv6(at: usize, wanted: v128, kept: v128): v128 {
  const row0 = i32x4.eq(v128.and(v128.load(at), kept), wanted);
  const row1 = i32x4.eq(v128.and(v128.load(at, 16), kept), wanted);
  const row2 = i32x4.eq(v128.and(v128.load(at, 32), kept), wanted);
  const row3 = i32x4.eq(v128.and(v128.load(at, 48), kept), wanted);
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(row0, row1), i16x8.narrow_i32x4_s(row2, row3));
  return i32x4.eq(bytes, i32x4.splat(-1));
}

/** A bit for each of sixteen lanes of all ones. */
@inline
function signsOfWords(a: v128, b: v128, c: v128, d: v128): u16 {
  return <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/** bits &= other */
export function and(bits: usize, other: usize): void {
  for (let at: u32 = 0; at < bitmapSize; at += 16) {
    v128.store(bits + at, v128.and(v128.load(bits + at), v128.load(other + at)));
  }
}

/** bits |= other */
export function or(bits: usize, other: usize): void {
  for (let at: u32 = 0; at < bitmapSize; at += 16) {
    v128.store(bits + at, v128.or(v128.load(bits + at), v128.load(other + at)));
  }
}

/** bits &= ~other */
export function andNot(bits: usize, other: usize): void {
  for (let at: u32 = 0; at < bitmapSize; at += 16) {
    v128.store(bits + at, v128.andnot(v128.load(bits + at), v128.load(other + at)));
  }
}

/** bits = ~bits */
export function not(bits: usize): void {
  for (let at: u32 = 0; at < bitmapSize; at += 16) {
    v128.store(bits + at, v128.not(v128.load(bits + at)));
  }
}

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
 * Writes the numbers of the rows whose bits are set, ascending. Returns how many. For each byte all eight places are written,
 * and then only as many are kept as bits were set: no branch depends on the data but the one that skips 64 rows at a time.
 */
export function indicesOf(bits: usize, count: u32): u32 {
  if (!positionsMade) makePositions();
  const words = (count + 63) >> 6;
  if (count & 63) {
    const last = bits + ((words - 1) << 3);
    store<u64>(last, load<u64>(last) & ((<u64>1 << (count & 63)) - 1));
  }
  let to = indices;
  const end = bits + (words << 3);
  for (let row: u32 = 0; bits < end; bits += 8) {
    if (load<u64>(bits)) {
      to = indicesOfByte(bits, 0, to, row);
      to = indicesOfByte(bits, 1, to, row);
      to = indicesOfByte(bits, 2, to, row);
      to = indicesOfByte(bits, 3, to, row);
      to = indicesOfByte(bits, 4, to, row);
      to = indicesOfByte(bits, 5, to, row);
      to = indicesOfByte(bits, 6, to, row);
      to = indicesOfByte(bits, 7, to, row);
    }
    row += 64;
  }
  return <u32>(to - indices) >> 2;
}

/** The rows of one byte out of eight; `row` is that of the first one's lowest bit. Returns where the next go. */
@inline
function indicesOfByte(bits: usize, number: u32, to: usize, row: u32): usize {
  const byte = <usize>load<u8>(bits + number);
  const found = v128.load_ext<u8>(positions + (byte << 3));
  const first = i32x4.splat(row + (number << 3));
  v128.store(to, i32x4.add(first, i32x4.extend_low_i16x8_u(found)));
  v128.store(to, i32x4.add(first, i32x4.extend_high_i16x8_u(found)), 16);
  return to + (<usize>popcnt<u32>(<u32>byte) << 2);
}

/** Every row's number, ascending. */
export function allIndices(count: u32): void {
  let numbers = i32x4(0, 1, 2, 3);
  const end = indices + (<usize>count << 2);
  for (let at = indices; at < end; at += 16) {
    v128.store(at, numbers);
    numbers = i32x4.add(numbers, i32x4.splat(4));
  }
}
