/** Two tables, as they lie in the memory of whoever compares them, and what has come of it. */
export interface Comparison {
  /**
   * Runs of copied rows, in the order of the current table, three numbers each: new rows before the run, its first row in
   * the previous table, its length. Each previous row is copied once at the most.
   */
  readonly runs: Uint32Array;
  /** Row numbers in the current table, ascending. */
  readonly opened: Uint32Array;
  /** Row numbers in the previous table, ascending. */
  readonly closed: Uint32Array;
  /** Pairs of row numbers, in the current and in the previous table, ascending by the first. */
  readonly changed: Uint32Array;
}
