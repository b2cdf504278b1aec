import type { PlainComparison } from "./plain-comparison.js";

/** The plain engine's runs as bytes: the same steps as assembly/delta.ts. */

/** Bytes of a run's three numbers at most. */
const RUN_BYTES = 15;

/** See FrameMemory. @param table the current one */
export function writeDelta(bytes: Uint8Array, of: PlainComparison, table: number, to: number, end: number): number {
  const { runs, rowSize } = of;
  let cursor = to;
  const write = (number: number) => {
    let rest = number >>> 0;
    for (; rest > 127; rest >>>= 7) bytes[cursor++] = (rest & 127) | 128;
    bytes[cursor++] = rest;
  };
  let expected = 0;
  for (let at = 0; at < runs.length; at += 3) {
    if (cursor + RUN_BYTES > end) return -1;
    const [newRows, from, length] = [runs[at] as number, runs[at + 1] as number, runs[at + 2] as number];
    const distance = (from - expected) | 0;
    write(newRows);
    write((distance << 1) ^ (distance >> 31));
    write(length);
    expected = from + length;
  }
  const runBytes = cursor - to;
  while (cursor & 3) bytes[cursor++] = 0;
  if (cursor + of.newRows * rowSize > end) return -1;
  let row = 0;
  const copy = (rows: number) => {
    const start = table + of.firstRow + row * rowSize;
    bytes.copyWithin(cursor, start, start + rows * rowSize);
    cursor += rows * rowSize;
    row += rows;
  };
  for (let at = 0; at < runs.length; at += 3) {
    copy(runs[at] as number);
    row += runs[at + 2] as number;
  }
  copy(of.currentCount - row);
  return runBytes;
}

/** See FrameMemory. */
export function readRuns(bytes: Uint8Array, of: PlainComparison, start: number, end: number): number {
  let cursor = start;
  const read = () => {
    let number = 0;
    for (let shift = 0; cursor < end && shift <= 28; shift += 7) {
      const byte = bytes[cursor++] as number;
      number += (byte & 127) * 2 ** shift;
      if (byte < 128) return (byte === 0 && shift > 0) || number > 0xffffffff ? Number.NaN : number;
    }
    return Number.NaN;
  };
  let row = 0;
  let expected = 0;
  while (cursor < end) {
    const [newBefore, distance, length] = [read(), read(), read()];
    const from = expected + ((distance >>> 1) ^ -(distance & 1));
    row += newBefore + length;
    const fits = length > 0 && row <= of.currentCount && from >= 0 && from + length <= of.previousCount;
    if (Number.isNaN(distance) || !fits || !of.addRun(newBefore, from, length)) return -1;
    expected = from + length;
  }
  return of.newRows;
}

/** See FrameMemory. @param from where the new rows lie */
export function copyRows(
  bytes: Uint8Array,
  of: PlainComparison,
  previous: number,
  current: number,
  from: number,
): void {
  const { runs, rowSize } = of;
  const end = current + of.firstRow + of.currentCount * rowSize;
  let to = current + of.firstRow;
  let next = from;
  const copy = (start: number, byteLength: number) => {
    bytes.copyWithin(to, start, start + byteLength);
    to += byteLength;
  };
  for (let at = 0; at < runs.length; at += 3) {
    const newBytes = (runs[at] as number) * rowSize;
    copy(next, newBytes);
    next += newBytes;
    copy(previous + of.firstRow + (runs[at + 1] as number) * rowSize, (runs[at + 2] as number) * rowSize);
  }
  copy(next, end - to);
}
