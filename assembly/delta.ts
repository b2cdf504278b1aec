// Runs of copied rows as bytes, and a table out of them. src/frames/format.md tells every byte.

import { RUN, current, currentCount, previous, previousCount, rowOf, runs, stride } from "./comparison";
import { addUntrustedRun, clearRuns, newRows, runCount } from "./runs";

/** Bytes of a run's three numbers at most, each of which takes five. */
const RUN_BYTES: u32 = 15;

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
  clearRuns();
  cursor = at;
  limit = end;
  isWrong = false;
  let row: u64 = 0;
  let expected: u32 = 0;
  let highest: u32 = 0;
  while (cursor < limit) {
    const newBefore = readVarint();
    const distance = readVarint();
    const length = readVarint();
    const from = <i64>expected + <i64>(<i32>(distance >> 1) ^ -(<i32>(distance & 1)));
    row += <u64>newBefore + length;
    if (isWrong || length == 0 || row > currentCount || from < 0 || from + length > <i64>previousCount) return -1;
    if (!addUntrustedRun(newBefore, <u32>from, length, highest)) return -1;
    expected = <u32>from + length;
    highest = max(highest, expected);
  }
  return <i32>newRows();
}

/** Most numbers have one byte. */
@inline
function readVarint(): u32 {
  if (cursor < limit) {
    const byte = <u32>load<u8>(cursor);
    if (byte < 128) {
      cursor++;
      return byte;
    }
  }
  return readLongVarint();
}

function readLongVarint(): u32 {
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
  const end = runs + RUN * <usize>runCount;
  // Runs that have moved by as many rows are copied at once, with what lies between them: new rows are written over that.
  let to = current;
  for (let at = runs; at < end; ) {
    to += bytesOf(load<u32>(at));
    const source = rowOf(previous, load<u32>(at, 4));
    let copy = bytesOf(load<u32>(at, 8));
    for (at += RUN; at < end; at += RUN) {
      const start = copy + bytesOf(load<u32>(at));
      if (rowOf(previous, load<u32>(at, 4)) != source + start) break;
      copy = start + bytesOf(load<u32>(at, 8));
    }
    copyBytes(to, source, copy);
    to += copy;
  }
  to = current;
  for (let at = runs; at < end; at += RUN) {
    const length = bytesOf(load<u32>(at));
    copyBytes(to, from, length);
    from += length;
    to += length + bytesOf(load<u32>(at, 8));
  }
  copyBytes(to, from, rowOf(current, currentCount) - to);
}

@inline
function bytesOf(rows: u32): usize {
  return <usize>rows * stride;
}

/** From so many bytes on a call of memory.copy, which leaves the kernel, is worth its while. */
const MANY_BYTES: usize = 256;

/** Copies whole rows, which have 16 bytes and more: the last vector overlaps the one before. */
function copyBytes(to: usize, from: usize, length: usize): void {
  if (length >= MANY_BYTES) {
    memory.copy(to, from, length);
  } else if (length > 0) {
    const last = length - 16;
    for (let at: usize = 0; at < last; at += 16) v128.store(to + at, v128.load(from + at));
    v128.store(to + last, v128.load(from + last));
  }
}
