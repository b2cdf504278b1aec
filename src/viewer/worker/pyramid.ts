import { SUMMARY_STATES, type SummaryColumns } from "../../capture/index.js";
import type { Timeline, Window } from "../protocol.js";
import { BucketColumns } from "./bucket-columns.js";
import { GapRanges } from "./gap-ranges.js";
import { SampleTimes } from "./sample-times.js";

/** Buckets at most: 15 MB of them. Beyond, two become one. */
const MOST_BUCKETS = 2 ** 17;

/** Columns of a timeline at most: no screen has more. */
const MOST_COLUMNS = 16_384;

/**
 * What summaries tell, so that any window of it is drawn at once. A bucket is a sample, until there are too many: then it is two, four,
 * and so on. The memory does not grow with the recording, but for eight bytes a sample.
 */
export class Pyramid {
  readonly times = new SampleTimes();
  readonly #gaps: GapRanges;
  readonly #most: number;
  #buckets = new BucketColumns(1024);
  #length = 0;
  /** Samples of a bucket. */
  #samplesEach = 1;
  /** One sample, on its way into a bucket. */
  readonly #sample = new BucketColumns(1);
  #mostRows = 0;
  #first = Number.NaN;
  #loadedTo = Number.NEGATIVE_INFINITY;

  /**
   * @param every milliseconds between two samples; 0 where that is not known
   * @param most buckets
   */
  constructor(every: number, most = MOST_BUCKETS) {
    this.#gaps = new GapRanges(every);
    this.#most = most;
  }

  /** Wall clock of the earliest and the latest sample. */
  get from(): number {
    return this.#first;
  }

  get loadedTo(): number {
    return this.#loadedTo;
  }

  add(summaries: SummaryColumns): void {
    const { length, time, rows, states, opened, closed, changed, lost, late, gaps } = summaries;
    const sample = this.#sample;
    for (let at = 0; at < length; at++) {
      sample.samples[0] = 1;
      sample.time[0] = time[at] as number;
      sample.rows[0] = rows[at] as number;
      sample.fewestRows[0] = rows[at] as number;
      sample.opened[0] = opened[at] as number;
      sample.closed[0] = closed[at] as number;
      sample.changed[0] = changed[at] as number;
      sample.lost[0] = lost[at] as number;
      sample.late[0] = late[at] as number;
      sample.gaps[0] = gaps[at] as number;
      for (let state = 0; state < SUMMARY_STATES; state++)
        (sample.states[state] as Uint32Array)[0] = (states[state] as Uint32Array)[at] as number;
      this.#addSample(time[at] as number);
      this.#gaps.add(time[at] as number, gaps[at] as number);
    }
  }

  /** The columns of a window. */
  timeline({ from, to, columns }: Window): Timeline {
    const length = Math.max(1, Math.min(MOST_COLUMNS, Math.floor(columns) || 1));
    const joined = new BucketColumns(length);
    const buckets = this.#buckets;
    const scale = to > from ? length / (to - from) : 0;
    for (let bucket = 0; bucket < this.#length; bucket++) {
      const time = buckets.time[bucket] as number;
      if (time < from || time > to) continue;
      joined.join(Math.min(length - 1, Math.floor((time - from) * scale)), buckets, bucket);
    }
    const { samples, time, rows, fewestRows, states, opened, closed, changed, lost, late, gaps } = joined;
    const told = { samples, time, rows, fewestRows, states, opened, closed, changed, lost, late, gaps };
    const gapRanges = this.#gaps.within(from, to);
    return { from, to, length, ...told, mostRows: this.#mostRows, gapRanges, loadedTo: this.#loadedTo };
  }

  /**
   * The time of the nearest sample before or after a time at which something opened, closed or changed; NaN where there is none;
   * undefined where buckets are too coarse to tell.
   */
  change(at: number, direction: -1 | 1): number | undefined {
    if (this.#samplesEach > 1) return undefined;
    const { opened, closed, changed } = this.#buckets;
    let sample = this.times.lastAt(at) + (direction === 1 ? 1 : 0);
    if (direction === -1 && this.times.at(sample) === at) sample--;
    for (; sample >= 0 && sample < this.#length; sample += direction)
      if (((opened[sample] as number) | (closed[sample] as number) | (changed[sample] as number)) !== 0)
        return this.times.at(sample);
    return Number.NaN;
  }

  /** By how much a sample was late, milliseconds; NaN where nobody knows. */
  lateOf(sample: number): number {
    return this.#samplesEach === 1 && sample >= 0 ? (this.#buckets.late[sample] ?? Number.NaN) : Number.NaN;
  }

  #addSample(time: number): void {
    const isNew = this.times.length % this.#samplesEach === 0;
    this.times.add(time);
    if (isNew) this.#addBucket();
    this.#buckets.join(this.#length - 1, this.#sample, 0);
    this.#mostRows = Math.max(this.#mostRows, this.#sample.rows[0] as number);
    if (!(this.#first <= time)) this.#first = time;
    if (time > this.#loadedTo) this.#loadedTo = time;
  }

  #addBucket(): void {
    if (this.#length === this.#buckets.length) {
      if (this.#length * 2 <= this.#most) {
        const larger = new BucketColumns(this.#length * 2);
        for (let bucket = 0; bucket < this.#length; bucket++) larger.join(bucket, this.#buckets, bucket);
        this.#buckets = larger;
      } else this.#joinPairs();
    }
    this.#length++;
  }

  #joinPairs(): void {
    const halved = new BucketColumns(this.#buckets.length);
    for (let bucket = 0; bucket < this.#length; bucket++) halved.join(bucket >> 1, this.#buckets, bucket);
    this.#buckets = halved;
    this.#length = Math.ceil(this.#length / 2);
    this.#samplesEach *= 2;
  }
}
