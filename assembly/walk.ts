// Which rows of the current table are copies of previous ones. First both tables are walked in step: an operating system lists its
// connections in an order that stands still, so most rows are where they were but for those that came or went before them.
// Where the tables have nothing to do with each other, the rest is matched by a hash table.

import {
  bytesEqual,
  copied,
  current,
  currentCount,
  difference,
  previous,
  previousCount,
  rowOf,
  stride,
} from "./comparison";
import { hashOfRow } from "./hash";
import { indexRows, NONE, takeRow } from "./row-index";
import { addRun, clearRuns, leftRows, markRuns, runCount } from "./runs";

/** How many rows ahead a row is looked for on either side where the tables differ. */
const LOOK_AHEAD: u32 = 16;

/** Rows that may differ without a match nearby, and beside them one in so many, before the walk is given up. */
const LOST_ROWS: u32 = 16;
const LOST_SHARE: u32 = 256;

/**
 * Finds the rows of the current table that are copies of previous ones, each of which is copied once at the most. Returns how
 * many runs there are.
 */
export function findCopies(): u32 {
  clearRuns();
  let here: u32 = 0;
  let there: u32 = 0;
  let newRows: u32 = 0;
  let mayLose = LOST_ROWS + currentCount / LOST_SHARE;
  while (here < currentCount && there < previousCount) {
    const length = equalRows(there, here, min(currentCount - here, previousCount - there));
    if (length > 0) {
      addRun(newRows, there, length);
      newRows = 0;
      here += length;
      there += length;
      continue;
    }
    let ahead: u32 = 1;
    for (; ahead <= LOOK_AHEAD; ahead++) {
      const inPrevious = there + ahead < previousCount;
      const inCurrent = here + ahead < currentCount;
      if (inPrevious && isEqual(there + ahead, here)) {
        there += ahead;
        break;
      }
      if (inCurrent && isEqual(there, here + ahead)) {
        here += ahead;
        newRows += ahead;
        break;
      }
      if (inPrevious && inCurrent && isEqual(there + ahead, here + ahead)) {
        there += ahead;
        here += ahead;
        newRows += ahead;
        break;
      }
    }
    if (ahead <= LOOK_AHEAD) continue;
    if (mayLose-- == 0) {
      findAnywhere(here, newRows);
      break;
    }
    here++;
    there++;
    newRows++;
  }
  return runCount;
}

/** Finds copies of the current rows from `here` on among all previous rows that are not copied. */
function findAnywhere(here: u32, newRows: u32): void {
  markRuns();
  indexRows(leftRows(), false);
  const marks = copied;
  let expected: u32 = previousCount;
  let row = rowOf(current, here);
  for (; here < currentCount; here++) {
    // Behind a row that was found, its neighbour is likely to be the next.
    let found = expected;
    if (bytesEqual(rowOf(previous, expected), row) && !load<u8>(marks + expected)) store<u8>(marks + expected, 1);
    else found = takeRow(row, hashOfRow(row), false);
    if (found == NONE) {
      newRows++;
      expected = previousCount;
    } else {
      addRun(newRows, found, 1);
      newRows = 0;
      expected = found + 1;
    }
    row += stride;
  }
}

function isEqual(there: u32, here: u32): bool {
  return bytesEqual(rowOf(previous, there), rowOf(current, here));
}

/** How many of `rows` rows are equal, from these on. Rows lie side by side, so this compares bytes, four vectors a step. */
@inline
function equalRows(there: u32, here: u32, rows: u32): u32 {
  const a = rowOf(previous, there);
  const b = rowOf(current, here);
  const length = <usize>rows * stride;
  let at: usize = 0;
  for (; at + 64 <= length; at += 64) {
    const first = v128.or(difference(a, b, at), difference(a, b, at + 16));
    const second = v128.or(difference(a, b, at + 32), difference(a, b, at + 48));
    if (v128.any_true(v128.or(first, second))) break;
  }
  // What is read behind the last row is slack, and not counted.
  for (; at < length; at += 16) {
    const unequal = difference(a, b, at);
    if (!v128.any_true(unequal)) continue;
    const equal = at + ctz(~(<u32>i8x16.bitmask(i8x16.eq(unequal, i8x16.splat(0)))));
    return min(rows, <u32>equal / stride);
  }
  return rows;
}
