// Row numbers → their order: records are made (keys.ts), sorted (radix.ts), and their row numbers taken. Rows that are equal
// in all that fitted into a record are sorted again among themselves, by the columns that did not fit.

import { buildRecords, comesBefore, keyBits, keyCount, nextKey } from "./keys";
import * as arena from "./memory";
import { keepFirst, radixSort } from "./radix";

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
  const rows = arena.indices + (<usize>start << 2);
  if (length <= FEW_ROWS) {
    insertionSort(rows, length, key);
    return;
  }
  const records = arena.records + (<usize>start << 3);
  const swap = arena.recordsSwap + (<usize>start << 3);
  buildRecords(records, swap, rows, length, everyRow, key, indexBits);
  const next = nextKey;
  if (keyBits == 0) return;
  if (limit <= length / MANY_TIMES) length = keepFirst(records, length, limit);
  const sorted = radixSort(records, swap, length, 0, indexBits);
  if (takeIndices(rows, sorted, length, indexBits) && next < keyCount) sortTies(sorted, start, length, next, indexBits);
}

/** Writes the records' row numbers. Returns whether any two neighbours are equal but for these. */
function takeIndices(rows: usize, records: usize, length: u32, indexBits: u32): bool {
  const mask: u32 = (1 << indexBits) - 1;
  const end = records + (<usize>length << 3);
  let previous = ~load<u64>(records);
  let smallest = <u64>-1;
  for (let at = records; at < end; at += 8) {
    const record = load<u64>(at);
    smallest = min(smallest, record ^ previous);
    previous = record;
    store<u32>(rows, <u32>record & mask);
    rows += 4;
  }
  return smallest >> <u64>indexBits == 0;
}

/** Sorts each run of rows whose records are equal by the keys from `key` on. */
function sortTies(records: usize, start: u32, length: u32, key: u32, indexBits: u32): void {
  let first: u32 = 0;
  while (first < length) {
    const record = load<u64>(records + (<usize>first << 3)) >> <u64>indexBits;
    let end = first + 1;
    while (end < length && load<u64>(records + (<usize>end << 3)) >> <u64>indexBits == record) end++;
    if (end - first > 1) sortRun(start + first, end - first, end - first, false, key, indexBits);
    first = end;
  }
}

function insertionSort(rows: usize, length: u32, key: u32): void {
  for (let i: u32 = 1; i < length; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    let at = rows + (<usize>i << 2);
    while (at > rows && comesBefore(row, load<u32>(at - 4), key)) {
      store<u32>(at, load<u32>(at - 4));
      at -= 4;
    }
    store<u32>(at, row);
  }
}
