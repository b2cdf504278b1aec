// Columns → bitmaps of the rows that match, one predicate and one column at a time.
//
// A predicate looks at `count` rows from row `start` on, sixteen a step: compare, narrow each lane to a byte, and take the sign
// bits. The last step reads past the last row, into the column's slack; its bits are cleared in the end, see row-numbers.ts.

import { STATE } from "./layouts";
import { columnAt } from "./memory";

const STEP: u32 = 16;

/**
 * Rows by state. At `table` stand 16 bytes, 0xff for each state from 0 to 15 that matches; `rest` says whether states from 16 up
 * match. One swizzle looks sixteen states up.
 */
export function matchStates(bits: usize, start: u32, count: u32, table: usize, rest: bool): void {
  const matching = v128.load(table);
  const others = i8x16.splat(rest ? -1 : 0);
  let at = columnAt(STATE) + start;
  const end = at + count;
  for (; at < end; at += STEP) {
    const states = v128.load(at);
    const above = v128.and(others, i8x16.gt_u(states, i8x16.splat(15)));
    store<u16>(bits, <u16>i8x16.bitmask(v128.or(i8x16.swizzle(matching, states), above)));
    bits += STEP >> 3;
  }
}

/** Turns the bits of the rows that have exactly this state: for the rare states from 16 up that differ from the rest. */
export function toggleState(bits: usize, start: u32, count: u32, state: u32): void {
  const wanted = i8x16.splat(<i8>state);
  let at = columnAt(STATE) + start;
  const end = at + count;
  for (; at < end; at += STEP) {
    store<u16>(bits, load<u16>(bits) ^ <u16>i8x16.bitmask(i8x16.eq(v128.load(at), wanted)));
    bits += STEP >> 3;
  }
}

/** Rows whose port lies in from…to: one subtraction and one unsigned comparison. */
export function matchPorts(bits: usize, column: u32, start: u32, count: u32, from: u32, to: u32): void {
  const lowest = i16x8.splat(<i16>from);
  const span = i16x8.splat(<i16>(to - from));
  let at = columnAt(column) + (<usize>start << 1);
  const end = at + (<usize>count << 1);
  for (; at < end; at += STEP << 1) {
    const low = i16x8.le_u(i16x8.sub(v128.load(at), lowest), span);
    const high = i16x8.le_u(i16x8.sub(v128.load(at, 16), lowest), span);
    store<u16>(bits, <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(low, high)));
    bits += STEP >> 3;
  }
}

/** Rows whose u32 lies in from…to. */
export function matchWords(bits: usize, column: u32, start: u32, count: u32, from: u32, to: u32): void {
  const lowest = i32x4.splat(from);
  const span = i32x4.splat(to - from);
  let at = columnAt(column) + (<usize>start << 2);
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

/**
 * Adds the rows that one more process holds whose PID lies in from…to. The pairs (row, PID), two u32 each, ascending by row, begin at
 * `pairs` with those of this block.
 */
export function matchSharedOwners(bits: usize, start: u32, count: u32, pairs: usize, end: usize, from: u32, to: u32): void {
  for (; pairs < end; pairs += 8) {
    const row = load<u32>(pairs) - start;
    if (row >= count) return;
    if (load<u32>(pairs, 4) - from > to - from) continue;
    const byte = bits + (row >> 3);
    const bit: u32 = 1 << (row & 7);
    store<u8>(byte, load<u8>(byte) | <u8>bit);
  }
}

/** Rows whose IPv4 address, but for the bits outside the mask, is the given one. */
export function matchIPv4(bits: usize, column: u32, start: u32, count: u32, address: u32, mask: u32): void {
  const wanted = i32x4.splat(address);
  const masks = i32x4.splat(mask);
  let at = columnAt(column) + (<usize>start << 2);
  const end = at + (<usize>count << 2);
  for (; at < end; at += STEP << 2) {
    const a = i32x4.eq(v128.and(v128.load(at), masks), wanted);
    const b = i32x4.eq(v128.and(v128.load(at, 16), masks), wanted);
    const c = i32x4.eq(v128.and(v128.load(at, 32), masks), wanted);
    const d = i32x4.eq(v128.and(v128.load(at, 48), masks), wanted);
    store<u16>(bits, signsOfWords(a, b, c, d));
    bits += STEP >> 3;
  }
}

/** The same for IPv6; at `pattern` stand the address and the mask, four words in host order each. One row a vector, 16 a step. */
export function matchIPv6(bits: usize, column: u32, start: u32, count: u32, pattern: usize): void {
  const wanted = v128.load(pattern);
  const mask = v128.load(pattern, 16);
  let at = columnAt(column) + (<usize>start << 4);
  const end = at + (<usize>count << 4);
  for (; at < end; at += STEP << 4) {
    const a = fourIPv6(at, wanted, mask);
    const b = fourIPv6(at + 64, wanted, mask);
    const c = fourIPv6(at + 128, wanted, mask);
    const d = fourIPv6(at + 192, wanted, mask);
    store<u16>(bits, signsOfWords(a, b, c, d));
    bits += STEP >> 3;
  }
}

/** Of four rows, all ones in the lane of each that matches: all four words must be equal. */
@inline
function fourIPv6(at: usize, wanted: v128, mask: v128): v128 {
  const row0 = i32x4.eq(v128.and(v128.load(at), mask), wanted);
  const row1 = i32x4.eq(v128.and(v128.load(at, 16), mask), wanted);
  const row2 = i32x4.eq(v128.and(v128.load(at, 32), mask), wanted);
  const row3 = i32x4.eq(v128.and(v128.load(at, 48), mask), wanted);
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(row0, row1), i16x8.narrow_i32x4_s(row2, row3));
  return i32x4.eq(bytes, i32x4.splat(-1));
}

/** A bit for each of sixteen lanes of all ones. */
@inline
function signsOfWords(a: v128, b: v128, c: v128, d: v128): u16 {
  return <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}
