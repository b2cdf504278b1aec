// Runs of copied rows, and which previous rows they copy.
//
// Runs that walk both tables in step ascend and share no row, so they need no marks. Marks are made where somebody asks for
// a row that is not copied, or a run goes back.

import { RUN, copied, currentCount, previousCount, runs } from "./comparison";

/** The marks of eight previous rows that are all copied. */
export const ALL_COPIED: u64 = 0x0101010101010101;

export let runCount: u32 = 0;
/** Rows that all runs copy. */
let copiedRows: u32 = 0;
/** Whether `copied` has a 1 for each previous row that is copied, and 0 for the others. */
let isMarked: bool = false;

export function clearRuns(): void {
  runCount = 0;
  copiedRows = 0;
  isMarked = false;
}

/** Where the runs lie. */
export function runsAt(): usize {
  return runs;
}

/** How many rows of the current table no run copies. */
export function newRows(): u32 {
  return currentCount - copiedRows;
}

/** How many rows of the previous table no run copies. */
export function leftRows(): u32 {
  return previousCount - copiedRows;
}

/** Adds rows to the last run where they go on with it, else as a run of their own. It marks none. */
@inline
export function addRun(newRows: u32, from: u32, length: u32): void {
  const run = runs + RUN * <usize>runCount;
  copiedRows += length;
  if (newRows == 0 && runCount > 0) {
    const lastLength = load<u32>(run - 4);
    if (load<u32>(run - 8) + lastLength == from) {
      store<u32>(run - 4, lastLength + length);
      return;
    }
  }
  store<u32>(run, newRows);
  store<u32>(run, from, 4);
  store<u32>(run, length, 8);
  runCount++;
}

/** Marks what the runs copy, where that has not been done. */
export function markRuns(): void {
  if (isMarked) return;
  isMarked = true;
  memory.fill(copied, 0, previousCount);
  store<u64>(copied + previousCount, ALL_COPIED); // Nobody takes what lies behind the last row for one.
  for (let at = runs; at < runs + RUN * <usize>runCount; at += RUN) mark(load<u32>(at, 4), load<u32>(at, 8));
}

/** Adds the run that a frame tells. False where it copies a row that has been copied. @param end of the highest run so far */
export function addUntrustedRun(newRows: u32, from: u32, length: u32, end: u32): bool {
  if (from < end) {
    markRuns();
    for (let row = from; row < from + length; row++) if (load<u8>(copied + row)) return false;
  }
  if (isMarked) mark(from, length);
  addRun(newRows, from, length);
  return true;
}

/** Most runs are too short for memory.fill, which is a call out of the kernel. */
function mark(from: u32, length: u32): void {
  let at = copied + from;
  const end = at + length;
  for (; at + 16 <= end; at += 16) v128.store(at, i8x16.splat(1));
  for (; at < end; at++) store<u8>(at, 1);
}
