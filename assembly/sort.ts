// Row numbers → their order. A radix sort over eight-byte records, from the lowest digit up (LSD), which is stable:
//
//   |  row number  |  key: up to 32 bits  |     one u64, the key in its upper half
//
// The key holds only what tells the rows apart: each sort column takes as many bits as the difference between its largest and
// smallest value needs (or fewer, as its rank among few distinct values, see dictionary.ts), the first column the highest
// ones, until 32 are full. Three passes of 11 bits sort that. Rows whose keys are equal and whose columns have more to say
// are sorted again among themselves, by the rest: few of them by insertion, many by the same function.

import { columnAt, columnShift, valueAt } from "./columns";
import * as arena from "./memory";

const KEY_BITS: u32 = 32;
/** Below this, a smaller histogram is worth another pass. */
const MANY_ROWS: u32 = 2048;
/** Up to this, insertion is faster than setting up a radix sort. */
const FEW_ROWS: u32 = 24;
const MAX_KEYS: u32 = 16;

/** Of each key in turn: address of its column, width of a value, whether it descends. */
const keyColumn = memory.data(<i32>MAX_KEYS * 4);
const keyShift = memory.data(<i32>MAX_KEYS * 4);
const keyDescending = memory.data(<i32>MAX_KEYS * 4);
let keyCount: u32 = 0;

/** Three histograms of 2^11 counters. */
const histogram = memory.data(3 * 2048 * 4, 16);

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

/** Sorts the first `length` row numbers of the selection by the keys. */
export function sortIndices(length: u32): void {
  for (let i: u32 = 0; i < length; i++) {
    store<u64>(arena.records + (i << 3), load<u32>(arena.indices + (i << 2)));
  }
  sortRun(0, length, 0);
  for (let i: u32 = 0; i < length; i++) {
    store<u32>(arena.indices + (i << 2), load<u32>(arena.records + (i << 3)));
  }
}

/** Sorts the records from `start` on by the keys from `key` on. */
function sortRun(start: u32, length: u32, key: u32): void {
  if (length <= FEW_ROWS) {
    insertionSort(start, length, key);
    return;
  }
  const records = arena.records + (start << 3);
  for (let i: u32 = 0; i < length; i++) store<u32>(records + (i << 3), 0, 4);
  let bits: u32 = 0;
  let partial = false;
  while (key < keyCount && bits < KEY_BITS && !partial) {
    const column: usize = load<u32>(keyColumn + (key << 2));
    const shift = load<u32>(keyShift + (key << 2));
    let lowest: u32 = 0xffffffff;
    let highest: u32 = 0;
    for (let i: u32 = 0; i < length; i++) {
      const value = valueAt(column, shift, load<u32>(records + (i << 3)));
      lowest = min(lowest, value);
      highest = max(highest, value);
    }
    const width = 32 - clz(highest - lowest);
    const used = min(width, KEY_BITS - bits);
    partial = used < width;
    if (used > 0) {
      // Descending: the distance from the highest value instead of from the lowest.
      const flip: u32 = load<u32>(keyDescending + (key << 2)) ? -1 : 0;
      const base = flip ? highest : lowest;
      const dropped = width - used;
      for (let i: u32 = 0; i < length; i++) {
        const at = records + (i << 3);
        const code = (((valueAt(column, shift, load<u32>(at)) - base) ^ flip) - flip) >> dropped;
        store<u32>(at, <u32>((<u64>load<u32>(at, 4) << used) | code), 4);
      }
      bits += used;
    }
    if (!partial) key++;
  }
  if (bits == 0) return;
  radixSort(records, arena.recordsSwap, length, bits);
  if (key == keyCount) return;
  let runStart: u32 = 0;
  while (runStart < length) {
    const first = load<u32>(records + (runStart << 3), 4);
    let runEnd = runStart + 1;
    while (runEnd < length && load<u32>(records + (runEnd << 3), 4) == first) runEnd++;
    if (runEnd - runStart > 1) sortRun(start + runStart, runEnd - runStart, key);
    runStart = runEnd;
  }
}

/** Sorts records by the lowest `bits` bits of their keys. */
function radixSort(records: usize, swap: usize, length: u32, bits: u32): void {
  const widest: u32 = length < MANY_ROWS ? 8 : 11;
  const passes = (bits + widest - 1) / widest;
  const width = (bits + passes - 1) / passes;
  const mask: u32 = (1 << width) - 1;
  let from = records;
  let to = swap;
  for (let pass: u32 = 0; pass < passes; pass++) {
    const shift = <u64>(32 + pass * width);
    memory.fill(histogram, 0, 4 << width);
    const end = from + (<usize>length << 3);
    for (let at = from; at < end; at += 8) {
      const counter = histogram + ((<u32>(load<u64>(at) >> shift) & mask) << 2);
      store<u32>(counter, load<u32>(counter) + 8);
    }
    let sum = <u32>to;
    for (let digit: u32 = 0; digit <= mask; digit++) {
      const counter = histogram + (digit << 2);
      const n = load<u32>(counter);
      store<u32>(counter, sum);
      sum += n;
    }
    for (let at = from; at < end; at += 8) {
      const record = load<u64>(at);
      const counter = histogram + ((<u32>(record >> shift) & mask) << 2);
      const place = load<u32>(counter);
      store<u64>(place, record);
      store<u32>(counter, place + 8);
    }
    const swapped = from;
    from = to;
    to = swapped;
  }
  if (from != records) memory.copy(records, from, <usize>length << 3);
}

function insertionSort(start: u32, length: u32, key: u32): void {
  const records = arena.records + (start << 3);
  for (let i: u32 = 1; i < length; i++) {
    const row = load<u32>(records + (i << 3));
    let j = i;
    while (j > 0) {
      const before = load<u32>(records + ((j - 1) << 3));
      if (!comesBefore(row, before, key)) break;
      store<u32>(records + (j << 3), before);
      j--;
    }
    store<u32>(records + (j << 3), row);
  }
}

/** Whether row a comes before row b by the keys from `key` on. */
function comesBefore(a: u32, b: u32, key: u32): bool {
  for (; key < keyCount; key++) {
    const column: usize = load<u32>(keyColumn + (key << 2));
    const shift = load<u32>(keyShift + (key << 2));
    const x = valueAt(column, shift, a);
    const y = valueAt(column, shift, b);
    if (x != y) return (x < y) != (load<u32>(keyDescending + (key << 2)) != 0);
  }
  return false;
}
