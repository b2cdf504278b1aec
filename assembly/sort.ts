// Row numbers → their order: records are made (keys.ts), sorted by their highest bits (radix.ts), and their row numbers written.
// Rows that are equal in these bits are put in order as well: few of them by comparing what else their records hold, many by
// records of their own, in which all bits tell these rows apart.

import { buildRecords, comesBefore, keyBits, keyCount, nextKey } from "./keys";
import { indices, records as allRecords, recordsSwap } from "./memory";
import { discardLater, FEW_RECORDS, radixSort, rankSort, sortedBits } from "./radix";

/** Up to this many rows, comparing them is faster than making records. */
const FEW_ROWS: u32 = 16;

/** From so many times more rows than are wanted on, it pays to sort out the ones that can't be among the first. */
const MANY_TIMES: u32 = 4;

/**
 * Sorts the `length` row numbers of the selection, ascending so far, of a table of `count` rows, by the keys. Only the first
 * `limit` need to be right.
 */
export function sortIndices(length: u32, count: u32, limit: u32): void {
  if (limit > 0) sortRun(0, length, limit, length == count, 0, 32 - clz(count));
}

/** Sorts `length` row numbers from `start` on by the keys from `key` on. */
function sortRun(start: u32, length: u32, limit: u32, everyRow: bool, key: u32, indexBits: u32): void {
  const rows = indices + (<usize>start << 2);
  if (length <= FEW_ROWS) {
    insertionSort(rows, rows + (<usize>length << 2), key);
    return;
  }
  const records = allRecords + (<usize>start << 3);
  const swap = recordsSwap + (<usize>start << 3);
  buildRecords(records, swap, rows, length, everyRow, key, indexBits);
  const next = nextKey;
  const whole = next == keyCount;
  const bits = keyBits;
  if (bits == 0) return;
  if (limit <= length / MANY_TIMES) length = discardLater(records, length, limit);
  const sorted = radixSort(records, swap, length);
  if (whole && sortedBits >= bits) writeIndices(rows, sorted, length, indexBits);
  else settleTies(sorted, sorted == records ? swap : records, start, length, min(bits, sortedBits), key, next, indexBits);
}

/** Writes the records' row numbers. */
function writeIndices(rows: usize, records: usize, length: u32, indexBits: u32): void {
  const mask: u32 = (1 << indexBits) - 1;
  const end = records + (<usize>length << 3);
  for (; records < end; records += 8) {
    store<u32>(rows, load<u32>(records) & mask);
    rows += 4;
  }
}

/**
 * Writes the records' row numbers, and puts those in order whose records are equal in the highest `bits` bits. `key` is the
 * first key of the records, `next` the first that they do not hold as a whole.
 */
function settleTies(
  records: usize, free: usize, start: u32, length: u32, bits: u32, key: u32, next: u32, indexBits: u32,
): void {
  const mask: u32 = (1 << indexBits) - 1;
  const behind = <u64>(64 - bits);
  const end = records + (<usize>length << 3);
  const whole = next == keyCount;
  let rows = indices + (<usize>start << 2);
  for (let first = records; first < end; ) {
    const record = load<u64>(first);
    let last = first + 8;
    while (last < end && (load<u64>(last) ^ record) >> behind == 0) last += 8;
    const run = <u32>(last - first) >> 3;
    if (run == 1) {
      store<u32>(rows, <u32>record & mask);
    } else if (run <= FEW_RECORDS) {
      rankSort(first, free, run);
      writeIndices(rows, free, run, indexBits);
      if (!whole) settleEqualRecords(rows, free, run, next, indexBits);
    } else {
      writeIndices(rows, first, run, indexBits);
      sortRun(start + (<u32>(first - records) >> 3), run, run, false, key, indexBits);
    }
    rows += run << 2;
    first = last;
  }
}

/** Puts rows in order whose records, which are sorted, are equal in all that they hold: by the keys that they do not. */
function settleEqualRecords(rows: usize, records: usize, length: u32, key: u32, indexBits: u32): void {
  const behind = <u64>indexBits;
  const end = records + (<usize>length << 3);
  for (let first = records; first < end; ) {
    const record = load<u64>(first);
    let last = first + 8;
    while (last < end && (load<u64>(last) ^ record) >> behind == 0) last += 8;
    const firstRow = rows + ((first - records) >> 1);
    insertionSort(firstRow, firstRow + ((last - first) >> 1), key);
    first = last;
  }
}

function insertionSort(rows: usize, end: usize, key: u32): void {
  for (let next = rows + 4; next < end; next += 4) {
    const row = load<u32>(next);
    let at = next;
    while (at > rows && comesBefore(row, load<u32>(at - 4), key)) {
      store<u32>(at, load<u32>(at - 4));
      at -= 4;
    }
    store<u32>(at, row);
  }
}
