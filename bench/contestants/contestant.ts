import type { Row } from "../data/checksum.js";
import type { Question } from "../data/questions.js";

/** What is done to a table. */
export const TASKS = ["decode", "filter", "sort", "pipeline"] as const;
export type Task = (typeof TASKS)[number];

/** What a contestant gets to prepare itself: several tables, because a processor learns the branches of one by heart. */
export interface Preparation {
  readonly task: Task;
  readonly tables: readonly Uint8Array[];
  /** What filter and pipeline ask. */
  readonly question: Question;
}

/** A contestant, ready to run. What comes before its task is done: only `run` is timed. */
export interface Contestant {
  /** Does the task to every table, `repeats` times over. Returns a number that depends on the results, so that nobody can leave them out. */
  run(): number;
  /** More than once where a task is so short that the harness around it would count; once unless said otherwise. */
  readonly repeats?: number;
  /** What `run` has to do besides the task. Its time is taken off. */
  readonly besides?: () => number;
  /** The rows that it makes of a table, in its order. */
  rows(table: number): Iterable<Row>;
}
