import type { Family } from "../format/layouts.js";
import { SUMMARY_STATES } from "./summary-columns.js";
import {
  COLUMN,
  expected,
  logTimeOf,
  microseconds,
  SAMPLE_FLAGS,
  SUMMARIES_AT,
  SUMMARIES_HEADER,
  SUMMARIES_MAGIC,
  SUMMARIES_VERSION,
  SUMMARY_COLUMNS,
  UNKNOWN_DURATION,
} from "./summary-layout.js";

/** What a summary says of one sample. A Moment, as a story gives it, is one. */
export interface Summary {
  /** Rows by MIB state number, of all tables: 256 of them, or as many as are not 0. */
  readonly stateCounts: ArrayLike<number>;
  /** Connections that opened. */
  readonly opened: number;
  /** Connections that closed. */
  readonly closed: number;
  /** Connections that changed state or owner. */
  readonly changed: number;
  /** Ends of connections that were lost. */
  readonly lost: number;
  /** Whether every table is whole. */
  readonly complete: boolean;
  /** The families that were not read. */
  readonly gaps: readonly { readonly family: Family }[];
}

/** When a sample was, and how it went. */
export interface SampleClock {
  /** Number of the sample on the recorder's grid. */
  readonly tick: number;
  /** Wall clock, milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Monotonic clock, milliseconds since the first tick. */
  readonly monotonic: number;
  /** Milliseconds by which it was late; NaN where that is not known. */
  readonly late: number;
  /** Milliseconds that collecting took; NaN where that is not known. */
  readonly duration: number;
}

/** The summaries of some minute, as they become one message. */
export class SummaryEncoder {
  readonly #start: bigint;
  readonly #columns: readonly number[][] = SUMMARY_COLUMNS.map(() => []);
  /** Whole microseconds. */
  readonly #monotonic: number[] = [];
  #keyIPv4: bigint;
  #keyIPv6: bigint;

  /**
   * @param start of the recording, see `startOf`
   * @param keys log times of the key frames from which the first sample's tables can be read
   */
  constructor(start: bigint, keys: { readonly ipv4: bigint; readonly ipv6: bigint }) {
    this.#start = start;
    this.#keyIPv4 = keys.ipv4;
    this.#keyIPv6 = keys.ipv6;
  }

  /** Samples. */
  get length(): number {
    return this.#monotonic.length;
  }

  /** Adds a sample. @param keyFlags which of its tables are key frames @param attempts calls that it took to read the tables */
  add(clock: SampleClock, summary: Summary, attempts: number, keyFlags: number): void {
    const monotonic = microseconds(clock.monotonic);
    const late = Number.isNaN(clock.late) ? UNKNOWN_DURATION : microseconds(clock.late);
    this.#monotonic.push(monotonic);
    let flags = keyFlags | (summary.complete ? SAMPLE_FLAGS.complete : 0);
    for (const { family } of summary.gaps) flags |= family === 4 ? SAMPLE_FLAGS.gapIPv4 : SAMPLE_FLAGS.gapIPv6;
    this.#push(COLUMN.tick, clock.tick);
    this.#push(COLUMN.due, monotonic - Math.max(late, 0));
    this.#push(COLUMN.late, late);
    this.#push(COLUMN.time, Math.round(clock.time));
    this.#push(COLUMN.duration, Number.isNaN(clock.duration) ? UNKNOWN_DURATION : microseconds(clock.duration));
    this.#push(COLUMN.attempts, attempts);
    this.#push(COLUMN.flags, flags);
    this.#push(COLUMN.opened, summary.opened);
    this.#push(COLUMN.closed, summary.closed);
    this.#push(COLUMN.changed, summary.changed);
    this.#push(COLUMN.lost, summary.lost);
    const counts = summary.stateCounts;
    const others = SUMMARY_STATES - 1;
    for (let state = 0; state < others; state++) this.#push(COLUMN.states + state, counts[state] ?? 0);
    let rest = 0;
    for (let state = others; state < counts.length; state++) rest += counts[state] as number;
    this.#push(COLUMN.states + others, rest);
  }

  /** The log time of a sample: of the last one unless said otherwise. */
  logTime(sample = this.length - 1): bigint {
    return logTimeOf(this.#start, this.#monotonic[sample] as number);
  }

  tick(sample = this.length - 1): number {
    return (this.#columns[COLUMN.tick] as number[])[sample] as number;
  }

  /** Wall clock of a sample, whole milliseconds since 1970-01-01 UTC. */
  time(sample = this.length - 1): number {
    return (this.#columns[COLUMN.time] as number[])[sample] as number;
  }

  /** Leaves out the samples that are later than a log time. */
  cutAfter(logTime: bigint): void {
    while (this.length > 0 && this.logTime() > logTime) {
      this.#monotonic.pop();
      for (const column of this.#columns) column.pop();
    }
  }

  /** The message. There must be a sample. */
  encode(): Uint8Array {
    const bytes: number[] = [];
    for (const [at, [, how]] of SUMMARY_COLUMNS.entries()) {
      const column = differences(this.#columns[at] as number[], (values, index) =>
        expected(how, values, index, this.#monotonic),
      );
      pushVarint(bytes, column.length);
      for (const byte of column) bytes.push(byte);
    }
    const message = new Uint8Array(SUMMARIES_HEADER + bytes.length);
    const view = new DataView(message.buffer);
    view.setUint32(SUMMARIES_AT.magic, SUMMARIES_MAGIC, true);
    view.setUint16(SUMMARIES_AT.version, SUMMARIES_VERSION, true);
    view.setUint16(SUMMARIES_AT.columns, SUMMARY_COLUMNS.length, true);
    view.setUint32(SUMMARIES_AT.samples, this.length, true);
    view.setBigUint64(SUMMARIES_AT.start, this.#start, true);
    view.setBigUint64(SUMMARIES_AT.keyIPv4, this.#keyIPv4, true);
    view.setBigUint64(SUMMARIES_AT.keyIPv6, this.#keyIPv6, true);
    message.set(bytes, SUMMARIES_HEADER);
    return message;
  }

  #push(column: number, value: number): void {
    (this.#columns[column] as number[]).push(value);
  }
}

/** What the values differ by from what is expected, as signed varints; behind a 0 stands how many more of them follow. */
function differences(values: readonly number[], expect: (values: readonly number[], at: number) => number): number[] {
  const bytes: number[] = [];
  let zeros = 0;
  const endZeros = () => {
    if (zeros === 0) return;
    bytes.push(0);
    pushVarint(bytes, zeros - 1);
    zeros = 0;
  };
  for (let at = 0; at < values.length; at++) {
    const difference = (values[at] as number) - expect(values, at);
    if (difference === 0) {
      zeros++;
      continue;
    }
    endZeros();
    pushVarint(bytes, difference < 0 ? -2 * difference - 1 : 2 * difference);
  }
  endZeros();
  return bytes;
}

/** Below 2^53: bits can't be picked by JavaScript's operators there. */
function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
