import { END_AT, END_RECORD, type Ends, SEEN_BY_SAMPLES } from "../format/ends.js";
import { readRowCount } from "../format/header.js";
import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import type { EndedConnections } from "./ended-connections.js";
import { CorruptFrameError, FrameTooLargeError } from "./errors.js";
import type { FrameBuffer } from "./frame-buffer.js";
import { checkEnd } from "./frame-checks.js";
import { AT, ENDS, type FrameClock, HEADER, mustBeClock, mustBeWord } from "./header.js";
import type { FrameMemory } from "./memory.js";

/*
 * Ends: the rows of connections that have ended, a record of figures for each, and two counts.
 *
 *  80                  + rows × row size    + rows × 40
 *  | row | row | …     | record | record | … | lost u32 | never connected u32 | zeros
 */

/** Connections that have ended, and when and how well it was heard. */
export interface EndsInput extends FrameClock {
  /** The connections. */
  readonly ends: Ends;
  /** Ends that the system had to drop, or that there was no room for. */
  readonly lost: number;
  /** Ends of sockets that never were connected. */
  readonly neverConnected: number;
}

/** Bytes behind the records. */
const COUNTS = 8;

/** @throws what `writeEnds` of a FrameWriter does */
export function mustBeEnds(input: EndsInput): void {
  const { layout, length, rows, records } = input.ends;
  mustBeClock(input);
  mustBeWord("lost", input.lost);
  mustBeWord("neverConnected", input.neverConnected);
  const count = readRowCount(rows, layout);
  if (count !== length || records.length < length * END_RECORD)
    throw new RangeError(
      `Ends have as many rows and records of ${END_RECORD} bytes as they say: ${length} are said, there are ${count} rows and ${records.length} bytes of records.`,
    );
}

/** @param picked the rows to write, ascending; all where it is missing */
export function writeEnds(
  frame: FrameBuffer,
  stream: Uint32Array,
  sequence: number,
  input: EndsInput,
  picked: Uint32Array | undefined,
): Uint8Array {
  const { layout, length, rows, records } = input.ends;
  const { firstRow, rowSize } = LAYOUTS[layout];
  const count = picked?.length ?? length;
  const recordsAt = HEADER + count * rowSize;
  const end = recordsAt + count * END_RECORD;
  const { bytes, view } = frame.begin(end + COUNTS - HEADER);
  for (let index = 0; index < count; index++) {
    const row = picked ? (picked[index] as number) : index;
    copy(rows, firstRow + row * rowSize, bytes, HEADER + index * rowSize, rowSize);
    copy(records, row * END_RECORD, bytes, recordsAt + index * END_RECORD, END_RECORD);
  }
  view.setUint32(end, input.lost, true);
  view.setUint32(end + 4, input.neverConnected, true);
  return frame.finish(ENDS, layout, stream, sequence, input, count, 0);
}

function copy(from: Uint8Array, at: number, to: Uint8Array, start: number, length: number): void {
  for (let byte = 0; byte < length; byte++) to[start + byte] = from[at + byte] as number;
}

/**
 * Checks the body of a frame whose header has been checked, and adds its ends.
 *
 * @param limit bytes that rows and records may take, with those that are there
 * @throws {CorruptFrameError} {FrameTooLargeError}
 */
export function readEnds(
  memory: FrameMemory,
  at: number,
  layout: LayoutName,
  into: EndedConnections,
  limit: number,
): void {
  const { view } = memory;
  const count = view.getUint32(at + AT.rows, true);
  const { family, rowSize } = LAYOUTS[layout];
  const recordsAt = HEADER + count * rowSize;
  const end = recordsAt + count * END_RECORD;
  checkEnd(memory, at, end + COUNTS, `${count} ends`);
  for (let record = at + recordsAt; record < at + end; record += END_RECORD) {
    if (!Number.isFinite(view.getFloat64(record + END_AT.time, true)))
      throw new CorruptFrameError("the time of an end is no number");
    const flags = view.getUint32(record + END_AT.flags, true);
    if (flags > SEEN_BY_SAMPLES || view.getUint32(record + END_AT.flags + 4, true) !== 0)
      throw new CorruptFrameError(`the flags ${flags} of an end have bits that mean nothing`);
  }
  const before = into.pendingLength;
  const others = LAYOUTS[into.layout];
  if (before > 0 && others.family !== family)
    throw new CorruptFrameError(`its ends are of IPv${family}, those before of the other family`);
  const byteLength = (before + count) * (Math.max(rowSize, others.rowSize) + END_RECORD);
  if (byteLength > limit) throw new FrameTooLargeError("list of ends", byteLength, limit);
  into.append(view, at + HEADER, count, layout);
  into.count(view.getUint32(at + end, true), view.getUint32(at + end + 4, true));
}
