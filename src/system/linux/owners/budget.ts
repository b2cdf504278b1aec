import type { Stopwatch } from "../../stopwatch.js";

/** Steps between two looks at the clock; a step is a system call of some three microseconds. */
const STEPS = 16;

/**
 * The time that a sample may take. Each part of the work makes some steps in any case: whatever the budget is, a series of
 * samples gets to the end.
 */
export class Budget {
  readonly #nanoseconds: number;
  readonly #stopwatch: Stopwatch | undefined;
  #limited = false;
  #steps = 0;

  /** @param stopwatch where there is none, there is no limit either */
  constructor(milliseconds: number | undefined, stopwatch: Stopwatch | undefined) {
    this.#nanoseconds = (milliseconds ?? 0) * 1e6;
    this.#stopwatch = stopwatch;
  }

  /** Starts a sample. @param limited whether the budget counts at this one */
  begin(limited: boolean): void {
    this.#limited = limited && this.#stopwatch !== undefined;
    if (this.#limited) this.#stopwatch?.start();
    this.#steps = 0;
  }

  /** Starts a part of the work. */
  beginPart(): void {
    this.#steps = 0;
  }

  /** Counts a step. @returns whether the budget is used up */
  step(): boolean {
    if (!this.#limited) return false;
    this.#steps++;
    return this.#steps % STEPS === 0 && (this.#stopwatch as Stopwatch).stop() > this.#nanoseconds;
  }
}
