/** States that are counted one by one: 0 to 12, and place 13 for all others. */
export const SUMMARY_STATES = 14;

/** What a timeline shows of samples: a typed array for each column, a value a sample. */
export interface SummaryColumns {
  /** Samples. */
  readonly length: number;
  /** Numbers of the samples on the recorder's grid. */
  readonly tick: Uint32Array;
  /** Wall clock, milliseconds since 1970-01-01 UTC. */
  readonly time: Float64Array;
  /** Monotonic clock, milliseconds since the recording began. */
  readonly monotonic: Float64Array;
  /** Rows of all tables. */
  readonly rows: Uint32Array;
  /** Rows by MIB state number: SUMMARY_STATES arrays, of the states 0 to 12, and of all others. */
  readonly states: readonly Uint32Array[];
  /** Connections that opened. */
  readonly opened: Uint32Array;
  /** Connections that closed. */
  readonly closed: Uint32Array;
  /** Connections that changed state or owner. */
  readonly changed: Uint32Array;
  /** Calls that it took to read the tables. */
  readonly attempts: Uint32Array;
  /** Milliseconds by which the sample was late; NaN where the summary had to be made again from the tables. */
  readonly late: Float64Array;
  /** Milliseconds that collecting took; NaN as in `late`. */
  readonly duration: Float64Array;
  /** 1 where every table is whole. */
  readonly complete: Uint8Array;
  /** Ends of connections that were lost. */
  readonly lost: Uint32Array;
  /** Families that were not read: bit 0 IPv4, bit 1 IPv6. */
  readonly gaps: Uint8Array;
}

/** The samples of a minute. */
export interface SummaryBlock extends SummaryColumns {
  /** Whether it had to be made again from the tables: the recorder did not get to write it. */
  readonly isRemade: boolean;
}
