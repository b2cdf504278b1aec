// Columns → the rows that match, one predicate and one column at a time.
//
// A predicate writes a bitmap: a bit a row, rows in ascending order from the lowest bit of the first byte. Sixteen rows a
// step: compare, narrow each lane to a byte, and take the sign bits. Bitmaps are joined by and, or and not, and at the end
// their set bits become row numbers. Bits of rows past the last are whatever the slack holds, until `indicesOf` clears them.

import * as arena from "./memory";

const STEP: u32 = 16;

/** Every row. */
export function matchAll(bits: usize): void {
  memory.fill(bits, 0xff, arena.bitmapSize);
}

/**
 * Rows by state. `low` has bit s set for each state s from 0 to 15 that matches; `rest` says whether states from 16 up match.
 * One lookup in a vector that serves as a table of 16 bytes.
 */
export function matchStates(bits: usize, count: u32, low: u32, rest: bool): void {
  let table = i8x16.splat(0);
  const bytes = memory.data(16);
  for (let s: u32 = 0; s < 16; s++) store<u8>(bytes + s, (low >> s) & 1 ? 0xff : 0);
  table = v128.load(bytes);
  const others = i8x16.splat(rest ? -1 : 0);
  for (let row: u32 = 0; row < count; row += STEP) {
    const states = v128.load(arena.state + row);
    const known = i8x16.swizzle(table, states);
    const above = v128.and(others, i8x16.gt_u(states, i8x16.splat(15)));
    store<u16>(bits + (row >> 3), <u16>i8x16.bitmask(v128.or(known, above)));
  }
}

/** Rows with exactly this state: joins or leaves out the ones from 16 up, one at a time. */
export function toggleState(bits: usize, count: u32, state: u32): void {
  const wanted = i8x16.splat(<i8>state);
  for (let row: u32 = 0; row < count; row += STEP) {
    const at = bits + (row >> 3);
    store<u16>(at, load<u16>(at) ^ <u16>i8x16.bitmask(i8x16.eq(v128.load(arena.state + row), wanted)));
  }
}

/** Rows whose port lies in from…to: one subtraction and one unsigned comparison. */
export function matchPorts(bits: usize, count: u32, column: usize, from: u32, to: u32): void {
  const lowest = i16x8.splat(<i16>from);
  const span = i16x8.splat(<i16>(to - from));
  for (let row: u32 = 0; row < count; row += STEP) {
    const ports = column + (row << 1);
    const low = i16x8.le_u(i16x8.sub(v128.load(ports), lowest), span);
    const high = i16x8.le_u(i16x8.sub(v128.load(ports, 16), lowest), span);
    store<u16>(bits + (row >> 3), <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(low, high)));
  }
}

/** Rows whose address, but for the bits outside the mask, is the given one. */
export function matchAddresses(bits: usize, count: u32, column: usize, address: u32, mask: u32): void {
  const wanted = i32x4.splat(address);
  const kept = i32x4.splat(mask);
  for (let row: u32 = 0; row < count; row += STEP) {
    const addresses = column + (row << 2);
    const a = i32x4.eq(v128.and(v128.load(addresses), kept), wanted);
    const b = i32x4.eq(v128.and(v128.load(addresses, 16), kept), wanted);
    const c = i32x4.eq(v128.and(v128.load(addresses, 32), kept), wanted);
    const d = i32x4.eq(v128.and(v128.load(addresses, 48), kept), wanted);
    const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    store<u16>(bits + (row >> 3), <u16>i8x16.bitmask(bytes));
  }
}

/** bits &= other */
export function and(bits: usize, other: usize): void {
  for (let at: u32 = 0; at < arena.bitmapSize; at += 16) {
    v128.store(bits + at, v128.and(v128.load(bits + at), v128.load(other + at)));
  }
}

/** bits |= other */
export function or(bits: usize, other: usize): void {
  for (let at: u32 = 0; at < arena.bitmapSize; at += 16) {
    v128.store(bits + at, v128.or(v128.load(bits + at), v128.load(other + at)));
  }
}

/** bits &= ~other */
export function andNot(bits: usize, other: usize): void {
  for (let at: u32 = 0; at < arena.bitmapSize; at += 16) {
    v128.store(bits + at, v128.andnot(v128.load(bits + at), v128.load(other + at)));
  }
}

/** bits = ~bits */
export function not(bits: usize): void {
  for (let at: u32 = 0; at < arena.bitmapSize; at += 16) {
    v128.store(bits + at, v128.not(v128.load(bits + at)));
  }
}

/** Writes the numbers of the rows whose bits are set, ascending. Returns how many. */
export function indicesOf(bits: usize, count: u32): u32 {
  const words = (count + 63) >> 6;
  if (count & 63) {
    const last = bits + ((words - 1) << 3);
    store<u64>(last, load<u64>(last) & ((<u64>1 << (count & 63)) - 1));
  }
  let out = arena.indices;
  for (let word: u32 = 0; word < words; word++) {
    let rest = load<u64>(bits + (word << 3));
    while (rest) {
      store<u32>(out, (word << 6) + <u32>ctz(rest));
      out += 4;
      rest &= rest - 1;
    }
  }
  return <u32>(out - arena.indices) >> 2;
}

/** Every row's number, ascending. */
export function allIndices(count: u32): void {
  let numbers = i32x4(0, 1, 2, 3);
  for (let row: u32 = 0; row < count; row += 4) {
    v128.store(arena.indices + (row << 2), numbers);
    numbers = i32x4.add(numbers, i32x4.splat(4));
  }
}
