// Sort columns → one number a row, that orders as the columns do.
//
//   63                                                      0
//   |  first column  |  next  |  …  |  0  |  row number  |        a record, a u64
//
// A record holds only what tells the rows apart. A column takes as many bits as the difference between its largest and its
// smallest value needs; where there are few distinct values (the addresses of a machine), their rank takes fewer. Descending
// columns are counted from the largest value down. The columns that no longer fit are left for `sort.ts` to compare among equals.
// Records compare as plain u64, and rows that tie keep the table's order by their row numbers.

import { COLUMNS } from "./layouts";
import { columnAt, columnWidth } from "./memory";

/** A wide column is several keys: an IPv6 address four, a timestamp two. Each column is added at most once. */
const MAX_KEYS: u32 = COLUMNS * 4;

/** Of each key in turn: address of its first value, bytes of a value, bytes from one row's value to the next, descending. */
const keyAt = memory.data(<i32>MAX_KEYS * 4);
const keySize = memory.data(<i32>MAX_KEYS);
const keyStride = memory.data(<i32>MAX_KEYS);
const keyDescending = memory.data(<i32>MAX_KEYS);

export let keyCount: u32 = 0;
/** What the last `buildRecords` made: bits of key in a record, and the first key that is not wholly in it. */
export let keyBits: u32 = 0;
export let nextKey: u32 = 0;

export function clearKeys(): void {
  keyCount = 0;
}

/** Adds a column to sort by, after the ones that were added before. Each column at most once. */
export function addKey(column: u32, descending: bool): void {
  const at = columnAt(column);
  const width = columnWidth(column);
  if (width == 16) {
    for (let word: u32 = 0; word < 4; word++) pushKey(at + (word << 2), 4, width, descending);
  } else if (width == 8) {
    pushKey(at + 4, 4, width, descending);
    pushKey(at, 4, width, descending);
  } else {
    pushKey(at, width, width, descending);
  }
}

function pushKey(at: usize, size: u32, stride: u32, descending: bool): void {
  store<u32>(keyAt + (keyCount << 2), <u32>at);
  store<u8>(keySize + keyCount, size);
  store<u8>(keyStride + keyCount, stride);
  store<u8>(keyDescending + keyCount, descending);
  keyCount++;
}

/** Whether row a comes before row b by the keys from `key` on. */
export function comesBefore(a: u32, b: u32, key: u32): bool {
  for (; key < keyCount; key++) {
    const x = valueOf(key, a);
    const y = valueOf(key, b);
    if (x != y) return (x < y) != (load<u8>(keyDescending + key) != 0);
  }
  return false;
}

function valueOf(key: u32, row: u32): u32 {
  const at = <usize>load<u32>(keyAt + (key << 2)) + row * load<u8>(keyStride + key);
  const size = load<u8>(keySize + key);
  return size == 4 ? load<u32>(at) : size == 2 ? load<u16>(at) : load<u8>(at);
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
    const values = valuesOf(key, scratch, rows, length, everyRow);
    const width = measure(values, length, filled < ENOUGH_BITS && load<u8>(keySize + key) > 1);
    const used = min(width, room - filled);
    if (used > 0) {
      const descending = load<u8>(keyDescending + key) != 0;
      if (ranked) shiftInRanks(records, values, length, descending, filled, used, width - used);
      else shiftIn(records, values, length, descending ? highest : lowest, descending, filled, used, width - used);
    }
    filled += used;
    if (used < width) break;
  }
  keyBits = filled;
  nextKey = key;
  if (filled > 0) shiftIn(records, rows, length, 0, false, filled, 64 - filled, 0);
}

/** A key's values of these rows as u32 side by side, so that vectors can be loaded of them: in the column or in `scratch`. */
function valuesOf(key: u32, scratch: usize, rows: usize, length: u32, everyRow: bool): usize {
  const at: usize = load<u32>(keyAt + (key << 2));
  const size = load<u8>(keySize + key);
  const stride: usize = load<u8>(keyStride + key);
  if (everyRow && stride == 4) return at;
  if (everyRow && stride == 2) widen(scratch, at, length);
  else if (size == 4) gather<u32>(scratch, at, stride, rows, length);
  else if (size == 2) gather<u16>(scratch, at, stride, rows, length);
  else gather<u8>(scratch, at, stride, rows, length);
  return scratch;
}

@inline
function gather<Value>(to: usize, at: usize, stride: usize, rows: usize, length: u32): void {
  const end = rows + (<usize>length << 2);
  for (; rows < end; rows += 4) {
    store<u32>(to, load<Value>(at + <usize>load<u32>(rows) * stride));
    to += 4;
  }
}

/** u16 → u32, into the slack behind the last one. */
@inline
function widen(to: usize, at: usize, length: u32): void {
  const end = at + (<usize>length << 1);
  for (; at < end; at += 16) {
    v128.store(to, v128.load_ext<u16>(at));
    v128.store(to, v128.load_ext<u16>(at, 8), 16);
    to += 32;
  }
}

/** The smallest and the largest of the values that were measured last. */
let lowest: u32 = 0;
let highest: u32 = 0;
/** Whether they are coded by their rank. */
let ranked = false;

/** Bits that the values' code takes. */
@inline
function measure(values: usize, length: u32, mayRank: bool): u32 {
  ranked = mayRank && collectValues(values, length);
  if (ranked) return 32 - clz(distinct - 1);
  // The last vector overlaps the one before: a value that is seen twice is no smaller and no larger.
  const last = values + (<usize>length - 4) * 4;
  let low = v128.load(last);
  let high = low;
  for (let at = values; at < last; at += 16) {
    const four = v128.load(at);
    low = i32x4.min_u(low, four);
    high = i32x4.max_u(high, four);
  }
  lowest = min(min<u32>(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1)), min<u32>(i32x4.extract_lane(low, 2), i32x4.extract_lane(low, 3)));
  highest = max(max<u32>(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 1)), max<u32>(i32x4.extract_lane(high, 2), i32x4.extract_lane(high, 3)));
  return 32 - clz(highest - lowest);
}

/** records = records << used | (distance of the value from base) >> dropped; the first values are stored as they are. */
@inline
function shiftIn(
  records: usize, values: usize, length: u32, base: u32, descending: bool, filled: u32, used: u32, dropped: u32,
): void {
  const bases = i32x4.splat(base);
  const flip = i32x4.splat(descending ? -1 : 0);
  const whole = records + ((<usize>length & ~3) << 3);
  for (; records < whole; records += 32) {
    appendFour(records, i32x4.shr_u(distances(values, bases, flip), dropped), filled, used);
    values += 16;
  }
  appendFew(records, i32x4.shr_u(distances(values, bases, flip), dropped), length & 3, filled, used);
}

@inline
function distances(values: usize, bases: v128, flip: v128): v128 {
  return i32x4.sub(v128.xor(i32x4.sub(v128.load(values), bases), flip), flip);
}

/** The same for the ranks of the values. */
@inline
function shiftInRanks(
  records: usize, values: usize, length: u32, descending: bool, filled: u32, used: u32, dropped: u32,
): void {
  const whole = records + ((<usize>length & ~3) << 3);
  for (; records < whole; records += 32) {
    appendFour(records, i32x4.shr_u(ranks(values, descending), dropped), filled, used);
    values += 16;
  }
  appendFew(records, i32x4.shr_u(ranks(values, descending), dropped), length & 3, filled, used);
}

/** Appends four codes to as many records. */
@inline
function appendFour(records: usize, codes: v128, filled: u32, used: u32): void {
  const first = filled ? i64x2.shl(v128.load(records), used) : i64x2.splat(0);
  const second = filled ? i64x2.shl(v128.load(records, 16), used) : i64x2.splat(0);
  v128.store(records, v128.or(first, i64x2.extend_low_i32x4_u(codes)));
  v128.store(records, v128.or(second, i64x2.extend_high_i32x4_u(codes)), 16);
}

const lanes = memory.data(16, 16);

/** Appends the first codes to the last records, fewer than four: behind them may lie records that are still needed. */
function appendFew(records: usize, codes: v128, count: u32, filled: u32, used: u32): void {
  v128.store(lanes, codes);
  for (let lane = lanes; lane < lanes + (count << 2); lane += 4) {
    store<u64>(records, (filled ? load<u64>(records) << <u64>used : 0) | load<u32>(lane));
    records += 8;
  }
}

// Few distinct values: a list of them, each in all four lanes of a vector, so that four rows are compared with it at a time. A
// value's rank is the number of smaller ones on the list. One pass makes the list, and gives up as soon as it gets long.

/** With so many bits before it, a column hardly tells any more rows apart: it need not be short. */
const ENOUGH_BITS: u32 = 17;
const MOST_DISTINCT: u32 = 16;
const list = memory.data(<i32>MOST_DISTINCT * 16, 16);
let distinct: u32 = 0;

/** Lists the distinct values. False where there are too many. */
@inline
function collectValues(values: usize, length: u32): bool {
  const last = values + (<usize>length - 4) * 4;
  let listed: usize = list;
  for (let at = values; ; at += 16) {
    if (at > last) at = last; // The last vector overlaps the one before.
    const four = v128.load(at);
    let known = i32x4.splat(0);
    for (let one: usize = list; one < listed; one += 16) known = v128.or(known, i32x4.eq(four, v128.load(one)));
    let unknown = i32x4.bitmask(v128.not(known));
    while (unknown) {
      if (listed == list + 16 * MOST_DISTINCT) return false;
      const value = v128.load32_splat(at + (ctz(unknown) << 2));
      v128.store(listed, value);
      listed += 16;
      unknown &= ~i32x4.bitmask(i32x4.eq(four, value));
    }
    if (at == last) break;
  }
  distinct = <u32>(listed - list) >> 4;
  return true;
}

/** The ranks of four values; counted from the largest down where they are to descend. */
@inline
function ranks(values: usize, descending: bool): v128 {
  const four = v128.load(values);
  const end = list + (<usize>distinct << 4);
  let before = i32x4.splat(0);
  if (descending) {
    for (let one: usize = list; one < end; one += 16) before = i32x4.add(before, i32x4.gt_u(v128.load(one), four));
  } else {
    for (let one: usize = list; one < end; one += 16) before = i32x4.add(before, i32x4.lt_u(v128.load(one), four));
  }
  return i32x4.neg(before);
}
