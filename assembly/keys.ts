// Sort columns → one number a row, that orders as the columns do.
//
//   63                                                      0
//   |  first column  |  next  |  …  |  0  |  row number  |        a record, a u64
//
// A record holds only what tells the rows apart. A column takes as many bits as the difference between its largest and its
// smallest value needs; where that is a lot but there are few distinct values (the addresses of a machine), their rank takes
// fewer. Descending columns are counted from the largest value down. The columns that no longer fit are left for `sort.ts` to
// compare among equals. Records compare as plain u64, and rows that tie keep the table's order by their row numbers.

import { columnAt, columnShift, valueAt } from "./columns";
import * as arena from "./memory";

const MAX_KEYS: u32 = 16;

/** Of each key in turn: address of its column, width of a value, whether it descends. */
const keyColumn = memory.data(<i32>MAX_KEYS * 4);
const keyShift = memory.data(<i32>MAX_KEYS * 4);
const keyDescending = memory.data(<i32>MAX_KEYS * 4);

export let keyCount: u32 = 0;
/** What the last `buildRecords` made: bits of key in a record, and the first key that is not wholly in it. */
export let keyBits: u32 = 0;
export let nextKey: u32 = 0;

export function clearKeys(): void {
  keyCount = 0;
}

/** Adds a column to sort by, after the ones that were added before. */
export function addKey(column: u32, descending: bool): void {
  store<u32>(keyColumn + (keyCount << 2), <u32>columnAt(column));
  store<u32>(keyShift + (keyCount << 2), columnShift(column));
  store<u32>(keyDescending + (keyCount << 2), descending);
  keyCount++;
}

/** Whether row a comes before row b by the keys from `key` on. */
export function comesBefore(a: u32, b: u32, key: u32): bool {
  for (; key < keyCount; key++) {
    const column: usize = load<u32>(keyColumn + (key << 2));
    const shift = load<u32>(keyShift + (key << 2));
    const x = valueAt(column, shift, a);
    const y = valueAt(column, shift, b);
    if (x != y) return (x < y) != (load<u32>(keyDescending + (key << 2)) != 0);
  }
  return false;
}

/**
 * Makes the records of `length` rows, at least four, whose numbers stand at `rows`, by the keys from `key` on.
 * `scratch` has room for their values; `everyRow` says that the rows are the whole table, in its order.
 */
export function buildRecords(
  records: usize, scratch: usize, rows: usize, length: u32, everyRow: bool, key: u32, indexBits: u32,
): void {
  const room: u32 = 64 - indexBits;
  let filled: u32 = 0;
  for (; key < keyCount && filled < room; key++) {
    const column: usize = load<u32>(keyColumn + (key << 2));
    const descending = load<u32>(keyDescending + (key << 2)) != 0;
    let width: u32;
    let used: u32;
    switch (load<u32>(keyShift + (key << 2))) {
      case 2: {
        const values = everyRow ? column : gather<u32>(scratch, column, rows, length);
        width = measure<u32>(values, length);
        used = min(width, room - filled);
        append<u32>(records, values, length, descending, filled, used, width - used);
        break;
      }
      case 1: {
        const values = everyRow ? column : gather<u16>(scratch, column, rows, length);
        width = measure<u16>(values, length);
        used = min(width, room - filled);
        append<u16>(records, values, length, descending, filled, used, width - used);
        break;
      }
      default: {
        const values = everyRow ? column : gather<u8>(scratch, column, rows, length);
        width = measure<u8>(values, length);
        used = min(width, room - filled);
        append<u8>(records, values, length, descending, filled, used, width - used);
      }
    }
    filled += used;
    if (used < width) break;
  }
  keyBits = filled;
  nextKey = key;
  if (filled > 0) shiftIn<u32>(records, rows, length, 0, false, filled, 64 - filled, 0);
}

/** The values of these rows side by side, so that vectors can be loaded of them. */
// @ts-ignore: decorator
@inline
function gather<Value>(scratch: usize, column: usize, rows: usize, length: u32): usize {
  for (let i: usize = 0; i < <usize>length; i++) {
    store<Value>(scratch + i * sizeof<Value>(), load<Value>(column + <usize>load<u32>(rows + (i << 2)) * sizeof<Value>()));
  }
  return scratch;
}

/** Four values, widened. */
// @ts-ignore: decorator
@inline
function load4<Value>(at: usize): v128 {
  if (sizeof<Value>() == 4) return v128.load(at);
  if (sizeof<Value>() == 2) return v128.load_ext<u16>(at);
  return i32x4.extend_low_i16x8_u(v128.load_ext<u8>(at));
}

/** The smallest and the largest of the values that were measured last. */
let lowest: u32 = 0;
let highest: u32 = 0;
/** Whether they are coded by their rank. */
let ranked = false;

/** Bits that the values' code takes. */
// @ts-ignore: decorator
@inline
function measure<Value>(values: usize, length: u32): u32 {
  // The last vector overlaps the one before: a value that is seen twice is no smaller and no larger.
  const last = values + (<usize>length - 4) * sizeof<Value>();
  let low = load4<Value>(last);
  let high = low;
  for (let at = values; at < last; at += 4 * sizeof<Value>()) {
    const four = load4<Value>(at);
    low = i32x4.min_u(low, four);
    high = i32x4.max_u(high, four);
  }
  lowest = min(min<u32>(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1)), min<u32>(i32x4.extract_lane(low, 2), i32x4.extract_lane(low, 3)));
  highest = max(max<u32>(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 1)), max<u32>(i32x4.extract_lane(high, 2), i32x4.extract_lane(high, 3)));
  const width: u32 = 32 - clz(highest - lowest);
  ranked = width > WORTH_RANKING && rankValues<Value>(values, length);
  return ranked ? 32 - clz(distinct - 1) : width;
}

/** Puts the highest `used` bits of the values' code below the bits that the records hold already. */
// @ts-ignore: decorator
@inline
function append<Value>(records: usize, values: usize, length: u32, descending: bool, filled: u32, used: u32, dropped: u32): void {
  if (used == 0) return;
  if (ranked) shiftInRanks<Value>(records, values, length, descending, filled, used, dropped);
  else shiftIn<Value>(records, values, length, descending ? highest : lowest, descending, filled, used, dropped);
}

/** records = records << used | (distance of the value from base) >> dropped; the first values are stored as they are. */
// @ts-ignore: decorator
@inline
function shiftIn<Value>(
  records: usize, values: usize, length: u32, base: u32, descending: bool, filled: u32, used: u32, dropped: u32,
): void {
  const bases = i32x4.splat(base);
  const flip = i32x4.splat(descending ? -1 : 0);
  // Four rows a step; never a record more than there are, behind them lie records that are still needed.
  const whole = records + ((<usize>length & ~3) << 3);
  let at = records;
  for (; at < whole; at += 32) {
    const distance = i32x4.sub(v128.xor(i32x4.sub(load4<Value>(values), bases), flip), flip);
    const code = i32x4.shr_u(distance, dropped);
    const first = filled ? i64x2.shl(v128.load(at), used) : i64x2.splat(0);
    const second = filled ? i64x2.shl(v128.load(at, 16), used) : i64x2.splat(0);
    v128.store(at, v128.or(first, i64x2.extend_low_i32x4_u(code)));
    v128.store(at, v128.or(second, i64x2.extend_high_i32x4_u(code)), 16);
    values += 4 * sizeof<Value>();
  }
  const end = records + (<usize>length << 3);
  for (; at < end; at += 8) {
    const value = <u32>load<Value>(values);
    const distance = descending ? base - value : value - base;
    store<u64>(at, (filled ? load<u64>(at) << <u64>used : 0) | (distance >> dropped));
    values += sizeof<Value>();
  }
}

// @ts-ignore: decorator
@inline
function shiftInRanks<Value>(
  records: usize, values: usize, length: u32, descending: bool, filled: u32, used: u32, dropped: u32,
): void {
  const last = distinct - 1;
  const end = records + (<usize>length << 3);
  for (let at = records; at < end; at += 8) {
    const rank = rankOf(<u32>load<Value>(values));
    const code = descending ? last - rank : rank;
    store<u64>(at, (filled ? load<u64>(at) << <u64>used : 0) | (code >> dropped));
    values += sizeof<Value>();
  }
}

// Few distinct values: a small hash table without collisions, filled in one pass that gives up as soon as there are too many.
// A multiplier under which two of the values collide is given up for the next one.

/** A code of so few bits is short enough without. */
const WORTH_RANKING: u32 = 8;
const MOST_DISTINCT: u32 = 16;
const SLOT_BITS: u32 = 9;
const SLOTS: u32 = 1 << SLOT_BITS;
const TRIES: u32 = 4;
const slotValue = memory.data(<i32>SLOTS * 4, 16);
const slotRank = memory.data(<i32>SLOTS * 4, 16);
/** The slots that are taken. */
const taken = memory.data(<i32>MOST_DISTINCT * 4);
let distinct: u32 = 0;
let multiplier: u32 = 0x9e3779b1;

/** Ranks the values. False where there are too many distinct ones. */
// @ts-ignore: decorator
@inline
function rankValues<Value>(values: usize, length: u32): bool {
  for (let attempt: u32 = 0; attempt < TRIES; attempt++) {
    if (collectValues<Value>(values, length)) {
      rankSlots();
      return true;
    }
    if (distinct == MOST_DISTINCT) return false;
    multiplier = multiplier * 0x2c1b3c6d + 0x6a09e667 | 1;
  }
  return false;
}

/** Puts each distinct value into its slot. False where two meet in one, or (then `distinct` is the most) there are too many. */
// @ts-ignore: decorator
@inline
function collectValues<Value>(values: usize, length: u32): bool {
  // An empty slot holds the first value: so one comparison tells most of the time that there is nothing to do.
  const first = <u32>load<Value>(values);
  const empty = i32x4.splat(first);
  for (let slot: u32 = 0; slot < SLOTS * 4; slot += 16) v128.store(slotValue + slot, empty);
  store<u32>(taken, slotOf(first));
  distinct = 1;
  const end = values + <usize>length * sizeof<Value>();
  for (let at = values; at < end; at += sizeof<Value>()) {
    const value = <u32>load<Value>(at);
    const slot = slotOf(value);
    const held = load<u32>(slotValue + slot);
    if (held == value) continue;
    if (distinct == MOST_DISTINCT) return false;
    if (held != first || slot == load<u32>(taken)) return false;
    store<u32>(slotValue + slot, value);
    store<u32>(taken + (distinct << 2), slot);
    distinct++;
  }
  return true;
}

function rankSlots(): void {
  for (let a: u32 = 0; a < distinct; a++) {
    const slot = load<u32>(taken + (a << 2));
    const value = load<u32>(slotValue + slot);
    let rank: u32 = 0;
    for (let b: u32 = 0; b < distinct; b++) rank += <u32>(load<u32>(slotValue + load<u32>(taken + (b << 2))) < value);
    store<u32>(slotRank + slot, rank);
  }
}

/** The slot of a value, as a byte offset. */
// @ts-ignore: decorator
@inline
function slotOf(value: u32): u32 {
  return ((value * multiplier) >> (32 - SLOT_BITS)) << 2;
}

// @ts-ignore: decorator
@inline
function rankOf(value: u32): u32 {
  return load<u32>(slotRank + slotOf(value));
}
