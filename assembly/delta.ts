// Runs of copied rows as bytes, and a table out of them; the loop of a frame's checksum. src/frames/format.md tells every byte.

import {
  addRun,
  copied,
  current,
  currentCount,
  previous,
  previousCount,
  rowOf,
  runCount,
  runs,
  stride,
} from "./compare";

/** Bytes of a run's three numbers at most, each of which takes five. */
const RUN_BYTES: u32 = 15;

/** Bytes of a run in the workspace. */
const RUN: usize = 12;

/** Where the next byte is read or written, and where none is any more. */
let cursor: usize = 0;
let limit: usize = 0;
/** Whether a number was cut, larger than 32 bits hold, or longer than it had to be. */
let isWrong: bool = false;

/**
 * Writes the runs that `findCopies` found, zeros up to a multiple of four bytes, and the new rows. Returns the bytes of the
 * runs, or −1 where all that has no room before `end`.
 */
export function writeDelta(to: usize, end: usize): i32 {
  let expected: u32 = 0;
  cursor = to;
  for (let at = runs; at < runs + RUN * <usize>runCount; at += RUN) {
    if (cursor + RUN_BYTES > end) return -1;
    const from = load<u32>(at, 4);
    const distance = <i32>(from - expected);
    writeVarint(load<u32>(at));
    writeVarint((distance << 1) ^ (distance >> 31));
    writeVarint(load<u32>(at, 8));
    expected = from + load<u32>(at, 8);
  }
  const runBytes = <i32>(cursor - to);
  store<u32>(cursor, 0); // Nobody else's bytes get into the gap; there is always room behind `end`.
  cursor = (cursor + 3) & ~3;
  if (<u64>cursor + <u64>newRows() * stride > end) return -1;
  let row: u32 = 0;
  for (let at = runs; at < runs + RUN * <usize>runCount; at += RUN) {
    copyNew(row, load<u32>(at));
    row += load<u32>(at) + load<u32>(at, 8);
  }
  copyNew(row, currentCount - row);
  return runBytes;
}

/** How many rows of the current table no run copies. */
export function newRows(): u32 {
  let rows = currentCount;
  for (let at = runs; at < runs + RUN * <usize>runCount; at += RUN) rows -= load<u32>(at, 8);
  return rows;
}

function copyNew(row: u32, rows: u32): void {
  const length = <usize>rows * stride;
  memory.copy(cursor, rowOf(current, row), length);
  cursor += length;
}

function writeVarint(number: u32): void {
  for (; number > 127; number >>= 7) store<u8>(cursor++, number | 128);
  store<u8>(cursor++, number);
}

/**
 * Reads the runs of a frame into the workspace. Returns how many new rows there are beside them, or −1 where they are none:
 * a number is cut, too large or longer than it has to be, a run is empty, points outside of the previous table or past the
 * current one, or copies a row that has been copied already.
 */
export function readRuns(at: usize, end: usize): i32 {
  memory.fill(copied, 0, previousCount);
  cursor = at;
  limit = end;
  isWrong = false;
  let row: u64 = 0;
  let expected: u32 = 0;
  while (cursor < limit) {
    const newBefore = readVarint();
    const distance = readVarint();
    const length = readVarint();
    const from = <i64>expected + <i64>(<i32>(distance >> 1) ^ -(<i32>(distance & 1)));
    row += <u64>newBefore + length;
    if (isWrong || length == 0 || row > currentCount || from < 0 || from + length > <i64>previousCount) return -1;
    for (let there = <u32>from; there < <u32>from + length; there++) if (load<u8>(copied + there)) return -1;
    addRun(newBefore, <u32>from, length);
    expected = <u32>from + length;
  }
  return <i32>newRows();
}

function readVarint(): u32 {
  let number: u32 = 0;
  for (let shift: u32 = 0; cursor < limit; shift += 7) {
    const byte = <u32>load<u8>(cursor++);
    number |= (byte & 127) << shift;
    if (byte < 128) {
      if ((byte == 0 && shift > 0) || (shift == 28 && byte > 15)) isWrong = true;
      return number;
    }
    if (shift == 28) break;
  }
  isWrong = true;
  return 0;
}

/** Makes the current table of the previous one, by the runs, and new rows that lie at `from`. */
export function copyRows(from: usize): void {
  let to = current;
  for (let at = runs; at < runs + RUN * <usize>runCount; at += RUN) {
    const length = <usize>load<u32>(at) * stride;
    memory.copy(to, from, length);
    to += length;
    from += length;
    const copy = <usize>load<u32>(at, 8) * stride;
    memory.copy(to, rowOf(previous, load<u32>(at, 4)), copy);
    to += copy;
  }
  memory.copy(to, from, current + <usize>currentCount * stride - to);
}

/** Mixes bytes, in blocks of 16, into four lanes that lie at `lanes`: src/frames/checksum.ts tells how they begin and end. */
export function mixLanes(at: usize, end: usize, lanes: usize): void {
  let mixed = v128.load(lanes);
  for (; at < end; at += 16) {
    const sum = i32x4.add(mixed, i32x4.mul(v128.load(at), i32x4.splat(<i32>0x85ebca77)));
    mixed = i32x4.mul(v128.or(i32x4.shl(sum, 13), i32x4.shr_u(sum, 19)), i32x4.splat(<i32>0x9e3779b1));
  }
  v128.store(lanes, mixed);
}
