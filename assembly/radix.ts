// Sorts records of eight bytes, compared as u64, by their digits from a high one up (LSD).
//
//   63        53 52        42 41        31 30            0
//   | digit 0   | digit 1    | digit 2    | the rest     |       three of 11 bits; up to five of 8 where there are few records
//
// Not all digits need a pass: as soon as the highest ones tell nearly all records apart, the few that still tie are put in
// order by comparing them. How many digits that takes is read off the histograms, which one pass makes for three of them: the
// chance that two records share a digit is the sum of the squares of its frequencies, and the chance that two which share it
// share the next one too is hardly more than the highest frequency there.

/** From so many records on, 11 bits a digit; below, a histogram of 2^8 is faster to clear and to sum up. */
const MANY_RECORDS: u32 = 2048;
const DIGITS: u32 = 3;
/** Records that another one may tie with, on average, before one more digit is worth its pass. */
const TIES_ALLOWED: f64 = 0.3;
/** And before it is worth to count the fourth and the fifth digit as well. */
const MANY_TIES: f64 = 1;
/** Up to this many, it is the fastest to compare each with each. */
export const FEW_RECORDS: u32 = 64;

const histograms = memory.data(3 * 2048 * 4, 64);

/** So many of the highest bits the last `radixSort` has put in order. Records that are equal in them still lie as they lay. */
export let sortedBits: u32 = 0;

/** Sorts records by as many of their highest bits as it takes to tell nearly all apart. Where they end up: `records` or `swap`. */
export function radixSort(records: usize, swap: usize, length: u32): usize {
  if (length <= FEW_RECORDS) {
    rankSort(records, swap, length);
    sortedBits = 64;
    return swap;
  }
  return length < MANY_RECORDS ? sortByDigits<u8>(records, swap, length) : sortByDigits<u16>(records, swap, length);
}

/**
 * Discards the records that can't be among the first `wanted`: those whose highest digit is larger than that of the last of
 * them. The others keep their order. Returns how many they are. Sorting few of many so costs little more than reading them.
 */
export function discardLater(records: usize, length: u32, wanted: u32): u32 {
  const size: usize = 4 << widthOf<u16>();
  memory.fill(histograms, 0, size);
  const end = records + (<usize>length << 3);
  for (let at = records; at < end; at += 8) increment(counterOf<u16>(histograms, load<u64>(at), 0));
  let left: u32 = 0;
  let last = histograms;
  for (; ; last += 4) {
    left += load<u32>(last);
    if (left >= wanted) break;
  }
  let to = records;
  for (let at = records; at < end; at += 8) {
    const record = load<u64>(at);
    store<u64>(to, record);
    to += counterOf<u16>(histograms, record, 0) <= last ? 8 : 0;
  }
  return left;
}

/** Bits of a digit: 8 for u8, 11 for u16. Known when it is compiled, so that masks and sizes are constants. */
@inline
function widthOf<Digit>(): u32 {
  return sizeof<Digit>() == 1 ? 8 : 11;
}

/** The address of a digit's counter. */
@inline
function counterOf<Digit>(histogram: usize, record: u64, digit: u32): usize {
  const mask: u32 = ((1 << widthOf<Digit>()) - 1) << 2;
  return histogram + (<u32>(record >> <u64>(64 - widthOf<Digit>() * (digit + 1) - 2)) & mask);
}

function sortByDigits<Digit>(records: usize, swap: usize, length: u32): usize {
  if (countDigits<Digit>(records, length)) {
    sortedBits = 64;
    return records;
  }
  const digits = digitsWorthSorting<Digit>(records, length);
  sortedBits = digits * widthOf<Digit>();
  for (let digit = digits; digit-- > 0; ) {
    scatter<Digit>(records, swap, length, digit);
    const sorted = swap;
    swap = records;
    records = sorted;
  }
  return records;
}

/** A histogram for each of the first three digits. True where the records are in order already. */
function countDigits<Digit>(records: usize, length: u32): bool {
  const size: usize = 4 << widthOf<Digit>();
  memory.fill(histograms, 0, size * DIGITS);
  let inOrder = true;
  let previous: u64 = 0;
  const end = records + (<usize>length << 3);
  for (let at = records; at < end; at += 8) {
    const record = load<u64>(at);
    inOrder = inOrder & (record >= previous);
    previous = record;
    increment(counterOf<Digit>(histograms, record, 0));
    increment(counterOf<Digit>(histograms + size, record, 1));
    increment(counterOf<Digit>(histograms + 2 * size, record, 2));
  }
  return inOrder;
}

/** And for the fourth and the fifth, of eight bits. */
function countMoreDigits(records: usize, length: u32): void {
  const size: usize = 4 << widthOf<u8>();
  memory.fill(histograms + 3 * size, 0, 2 * size);
  const end = records + (<usize>length << 3);
  for (let at = records; at < end; at += 8) {
    const record = load<u64>(at);
    increment(counterOf<u8>(histograms + 3 * size, record, 3));
    increment(counterOf<u8>(histograms + 4 * size, record, 4));
  }
}

@inline
function increment(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}

/** How many of the digits, the highest first, tell the records apart. */
function digitsWorthSorting<Digit>(records: usize, length: u32): u32 {
  const size: usize = 4 << widthOf<Digit>();
  const all = <f64>length;
  let squares = i64x2.splat(0);
  for (let at = histograms; at < histograms + size; at += 16) {
    const counts = v128.load(at);
    squares = i64x2.add(squares, i64x2.extmul_low_i32x4_u(counts, counts));
    squares = i64x2.add(squares, i64x2.extmul_high_i32x4_u(counts, counts));
  }
  let ties = <f64>(i64x2.extract_lane(squares, 0) + i64x2.extract_lane(squares, 1)) / all;
  if (ties < 1 + TIES_ALLOWED) return 1;
  ties *= highestOf(histograms + size, size) / all;
  if (ties < TIES_ALLOWED) return 2;
  if (sizeof<Digit>() != 1) return DIGITS;
  ties *= highestOf(histograms + 2 * size, size) / all;
  if (ties < MANY_TIES) return DIGITS;
  countMoreDigits(records, length);
  ties *= highestOf(histograms + 3 * size, size) / all;
  return ties < TIES_ALLOWED ? 4 : 5;
}

/** The highest count of a histogram. */
function highestOf(histogram: usize, size: usize): f64 {
  let highest = i32x4.splat(0);
  for (let at = histogram; at < histogram + size; at += 16) highest = i32x4.max_u(highest, v128.load(at));
  highest = i32x4.max_u(highest, v128.shuffle<i32>(highest, highest, 2, 3, 0, 1));
  return <f64>max<u32>(i32x4.extract_lane(highest, 0), i32x4.extract_lane(highest, 1));
}

/**
 * Moves the records to the places of a digit, in order. The places of four are found before any of the four is stored: a store
 * whose address is not known yet may make the processor hold back all loads behind it, and where most records have the same
 * digit it does.
 */
function scatter<Digit>(from: usize, to: usize, length: u32, digit: u32): void {
  const size: usize = 4 << widthOf<Digit>();
  const histogram = histograms + digit * size;
  replaceBySums(histogram, histogram + size, to);
  const fours = from + ((<usize>length & ~3) << 3);
  const end = from + (<usize>length << 3);
  for (; from < fours; from += 32) {
    const a = load<u64>(from);
    const b = load<u64>(from, 8);
    const c = load<u64>(from, 16);
    const d = load<u64>(from, 24);
    const placeOfA = claimPlace<Digit>(histogram, a, digit);
    const placeOfB = claimPlace<Digit>(histogram, b, digit);
    const placeOfC = claimPlace<Digit>(histogram, c, digit);
    const placeOfD = claimPlace<Digit>(histogram, d, digit);
    store<u64>(placeOfA, a);
    store<u64>(placeOfB, b);
    store<u64>(placeOfC, c);
    store<u64>(placeOfD, d);
  }
  for (; from < end; from += 8) {
    const record = load<u64>(from);
    store<u64>(claimPlace<Digit>(histogram, record, digit), record);
  }
}

/** Where a record goes; the next one with the same digit goes behind it. */
@inline
function claimPlace<Digit>(histogram: usize, record: u64, digit: u32): usize {
  const counter = counterOf<Digit>(histogram, record, digit);
  const place = load<u32>(counter);
  store<u32>(counter, place + 8);
  return place;
}

/**
 * Puts into each counter where the first of its records goes: behind those of all counters before it. Four counters a step.
 *
 *   a  b  c  d      bytes of each one's records
 *   a  ab bc cd     added to themselves, one lane further
 *   a  ab abc abcd  and again, two lanes further
 */
@inline
function replaceBySums(histogram: usize, end: usize, to: usize): void {
  const zero = i32x4.splat(0);
  let next = i32x4.splat(<u32>to);
  for (let counter = histogram; counter < end; counter += 16) {
    const bytes = i32x4.shl(v128.load(counter), 3);
    const pairs = i32x4.add(bytes, v128.shuffle<i32>(zero, bytes, 0, 4, 5, 6));
    const sums = i32x4.add(pairs, v128.shuffle<i32>(zero, pairs, 0, 1, 4, 5));
    v128.store(counter, i32x4.add(next, i32x4.sub(sums, bytes)));
    next = i32x4.add(next, v128.shuffle<i32>(sums, sums, 3, 3, 3, 3));
  }
}

/**
 * Puts each record into the place that is the number of smaller ones. Twice as many comparisons as insertion, but none of them
 * is a branch, which a processor would guess wrong half of the time, and two are made at once.
 */
export function rankSort(from: usize, to: usize, length: u32): void {
  const sign = i64x2.splat(i64.MIN_VALUE); // There is no unsigned comparison of 64 bits.
  const pairs = from + ((<usize>length & ~1) << 3);
  const end = from + (<usize>length << 3);
  for (let at = from; at < end; at += 8) {
    const record = load<u64>(at);
    const wanted = v128.xor(i64x2.splat(record), sign);
    let smaller = i64x2.splat(0);
    for (let other = from; other < pairs; other += 16) {
      smaller = i64x2.sub(smaller, i64x2.lt_s(v128.xor(v128.load(other), sign), wanted));
    }
    let place = <u32>(i64x2.extract_lane(smaller, 0) + i64x2.extract_lane(smaller, 1));
    if (pairs != end) place += <u32>(load<u64>(pairs) < record);
    store<u64>(to + (<usize>place << 3), record);
  }
}
