import { SUMMARY_STATES } from "../../capture/index.js";

/** Samples next to each other, as one: a value for each bucket in each array. */
export class BucketColumns {
  readonly samples: Uint32Array;
  /** Of the sample with most rows. */
  readonly time: Float64Array;
  readonly rows: Uint32Array;
  readonly fewestRows: Uint32Array;
  readonly states: readonly Uint32Array[];
  /** Sums. */
  readonly opened: Uint32Array;
  readonly closed: Uint32Array;
  readonly changed: Uint32Array;
  readonly lost: Uint32Array;
  /** The most; NaN where nobody knows. */
  readonly late: Float64Array;
  readonly gaps: Uint8Array;

  constructor(length: number) {
    const words = () => new Uint32Array(length);
    this.samples = words();
    this.time = new Float64Array(length).fill(Number.NaN);
    this.rows = words();
    this.fewestRows = words();
    this.states = Array.from({ length: SUMMARY_STATES }, words);
    this.opened = words();
    this.closed = words();
    this.changed = words();
    this.lost = words();
    this.late = new Float64Array(length).fill(Number.NaN);
    this.gaps = new Uint8Array(length);
  }

  get length(): number {
    return this.samples.length;
  }

  /** Joins what a bucket of others holds to one of these. */
  join(at: number, others: BucketColumns, from: number): void {
    const samples = others.samples[from] as number;
    if (samples === 0) return;
    const isFirst = this.samples[at] === 0;
    const rows = others.rows[from] as number;
    const fewest = others.fewestRows[from] as number;
    if (isFirst || fewest < (this.fewestRows[at] as number)) this.fewestRows[at] = fewest;
    // Of equal ones the first stands for all.
    if (isFirst || rows > (this.rows[at] as number)) {
      this.rows[at] = rows;
      this.time[at] = others.time[from] as number;
      for (let state = 0; state < SUMMARY_STATES; state++)
        (this.states[state] as Uint32Array)[at] = (others.states[state] as Uint32Array)[from] as number;
    }
    const late = others.late[from] as number;
    if (!(late <= (this.late[at] as number)) && !Number.isNaN(late)) this.late[at] = late;
    (this.samples[at] as number) += samples;
    (this.opened[at] as number) += others.opened[from] as number;
    (this.closed[at] as number) += others.closed[from] as number;
    (this.changed[at] as number) += others.changed[from] as number;
    (this.lost[at] as number) += others.lost[from] as number;
    (this.gaps[at] as number) |= others.gaps[from] as number;
  }
}
