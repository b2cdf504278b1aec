import { CaptureVersionError, CorruptCaptureError } from "./errors.js";
import { viewOf } from "./records.js";
import { SUMMARY_STATES, type SummaryBlock } from "./summary-columns.js";
import {
  COLUMN,
  expected,
  MOST_SAMPLES,
  SAMPLE_FLAGS,
  SUMMARIES_AT,
  SUMMARIES_HEADER,
  SUMMARIES_MAGIC,
  SUMMARIES_VERSION,
  SUMMARY_COLUMNS,
  UNKNOWN_DURATION,
} from "./summary-layout.js";

/**
 * Reads a message of summaries.
 *
 * @param offset of its chunk in the file, for messages
 * @throws {CaptureVersionError} it is of a version that is not known here
 * @throws {CorruptCaptureError} it is none, or damaged
 */
export function decodeSummaries(message: Uint8Array, offset: number): SummaryBlock {
  const view = viewOf(message);
  if (message.length < SUMMARIES_HEADER || view.getUint32(SUMMARIES_AT.magic, true) !== SUMMARIES_MAGIC)
    throw new CorruptCaptureError(offset, "there are no summaries where some should be");
  const version = view.getUint16(SUMMARIES_AT.version, true);
  if (version !== SUMMARIES_VERSION) throw new CaptureVersionError(`its summaries are of version ${version}`);
  const length = view.getUint32(SUMMARIES_AT.samples, true);
  const columnCount = view.getUint16(SUMMARIES_AT.columns, true);
  if (length > MOST_SAMPLES || columnCount !== SUMMARY_COLUMNS.length)
    throw new CorruptCaptureError(offset, `there can't be summaries of ${length} samples in ${columnCount} columns`);

  const columns: Float64Array[] = [];
  const monotonic = new Float64Array(length);
  const cursor = { at: SUMMARIES_HEADER };
  for (const [at, [, how]] of SUMMARY_COLUMNS.entries()) {
    const end = readVarint(message, cursor, message.length) + cursor.at;
    if (!(end <= message.length)) throw damaged(offset);
    const values = new Float64Array(length);
    for (let sample = 0; sample < length; ) {
      const number = readVarint(message, cursor, end);
      // A 0 tells how many more values are as they are expected to be.
      const same = number === 0 ? readVarint(message, cursor, end) + 1 : 1;
      if (!(same <= length - sample)) throw damaged(offset);
      const difference = number % 2 === 0 ? number / 2 : -(number + 1) / 2;
      for (const last = sample + same; sample < last; sample++)
        values[sample] = expected(how, values, sample, monotonic) + difference;
      if (!Number.isSafeInteger(values[sample - 1])) throw damaged(offset);
    }
    if (cursor.at !== end) throw damaged(offset);
    columns.push(values);
    if (at === COLUMN.late)
      for (let sample = 0; sample < length; sample++)
        monotonic[sample] =
          ((columns[COLUMN.due] as Float64Array)[sample] as number) + Math.max(0, values[sample] as number);
  }
  if (cursor.at !== message.length) throw damaged(offset);
  return blockOf(length, columns, monotonic);
}

function damaged(offset: number): CorruptCaptureError {
  return new CorruptCaptureError(offset, "a message of summaries is damaged");
}

/** Below 2^53; NaN where there is none before `end`. */
function readVarint(bytes: Uint8Array, cursor: { at: number }, end: number): number {
  let number = 0;
  for (let factor = 1; cursor.at < end && factor < 2 ** 53; factor *= 128) {
    const byte = bytes[cursor.at++] as number;
    number += (byte & 127) * factor;
    if (byte < 128) return number <= Number.MAX_SAFE_INTEGER ? number : Number.NaN;
  }
  return Number.NaN;
}

function blockOf(length: number, columns: readonly Float64Array[], monotonic: Float64Array): SummaryBlock {
  const column = (at: number) => columns[at] as Float64Array;
  const duration = (values: Float64Array) =>
    values.map((microseconds) => (microseconds === UNKNOWN_DURATION ? Number.NaN : microseconds / 1000));
  const states = Array.from({ length: SUMMARY_STATES }, (_, state) => Uint32Array.from(column(COLUMN.states + state)));
  const rows = new Uint32Array(length);
  for (const counts of states)
    for (let sample = 0; sample < length; sample++) (rows[sample] as number) += counts[sample] as number;
  const { complete, gapIPv4, gapIPv6 } = SAMPLE_FLAGS;
  const flags = column(COLUMN.flags);
  return {
    length,
    tick: Uint32Array.from(column(COLUMN.tick)),
    time: column(COLUMN.time),
    monotonic: monotonic.map((microseconds) => microseconds / 1000),
    rows,
    states,
    opened: Uint32Array.from(column(COLUMN.opened)),
    closed: Uint32Array.from(column(COLUMN.closed)),
    changed: Uint32Array.from(column(COLUMN.changed)),
    attempts: Uint32Array.from(column(COLUMN.attempts)),
    late: duration(column(COLUMN.late)),
    duration: duration(column(COLUMN.duration)),
    complete: Uint8Array.from(flags, (bits) => (bits & complete ? 1 : 0)),
    lost: Uint32Array.from(column(COLUMN.lost)),
    gaps: Uint8Array.from(flags, (bits) => (bits & gapIPv4 ? 1 : 0) | (bits & gapIPv6 ? 2 : 0)),
    isRemade: false,
  };
}
