/** What comparing two consecutive tables of one layout gives. Row numbers are those of the tables. */
export interface Comparison {
  /**
   * Runs of copied rows, in the order of the current table, three numbers each: new rows before the run, its first row in
   * the previous table, its length. Each previous row is copied once at the most.
   */
  readonly runs: ArrayLike<number>;
  /** Current rows, ascending. */
  readonly opened: ArrayLike<number>;
  /** Previous rows, ascending. */
  readonly closed: ArrayLike<number>;
  /** Pairs of a current and a previous row, ascending by the first. */
  readonly changed: ArrayLike<number>;
}
