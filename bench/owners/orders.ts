/** What a holder is told to open. Then a number tells how many connections a second are to come and go there. */
export interface HoldOrder {
  readonly host: string;
  readonly connections: number;
  readonly files: number;
}

/** What the network is to have. */
export interface NetworkOrder {
  /** Processes, which share the connections evenly; the first of them has the files. */
  readonly processes: number;
  /** Rows of connections: each has two ends here. */
  readonly rows: number;
  readonly files: number;
}

/** Who has connections come and go, a hundred a second. */
export const CHURNS = {
  still: "nothing changes",
  beside: "100 new connections a second",
  within: "100 new connections a second, of the process with many files",
} as const;
export type Churn = keyof typeof CHURNS;

export interface MeasureOrder {
  readonly contestant: string;
  readonly churn: Churn;
  /** Samples, ten a second. */
  readonly samples: number;
}

/** Nanoseconds of a sample, during which the event loop stands still. */
export interface Measured {
  readonly median: number;
  readonly longest: number;
}

export type Reply = { readonly measured: Measured } | { readonly ready: true } | { readonly error: string };
