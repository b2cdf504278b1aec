import type { SummaryBlock } from "./summary-columns.js";

/** A sample, as far as summaries tell of it. */
export interface KnownSample {
  readonly tick: number;
  readonly monotonic: number;
}

type Clocks = Pick<SummaryBlock, "length" | "tick" | "time" | "monotonic">;

/** Finds samples by the wall clock, which may jump, in what the summaries say of both clocks. */
export class ClockMap {
  readonly #blocks: Clocks[] = [];
  /** Of the first sample. */
  readonly #start: number;
  readonly #startMonotonic: number;

  constructor(start: number, monotonic: number) {
    this.#start = start;
    this.#startMonotonic = monotonic;
  }

  add({ length, tick, time, monotonic }: SummaryBlock): void {
    this.#blocks.push({ length, tick, time, monotonic });
  }

  /** The last sample that is not later; `undefined` where that may be one behind those that summaries tell of. */
  lastAt(time: number): KnownSample | undefined {
    const last = this.#blocks.at(-1);
    if (!last || time > (last.time[last.length - 1] as number)) return undefined;
    for (let at = this.#blocks.length - 1; at >= 0; at--) {
      const block = this.#blocks[at] as Clocks;
      for (let sample = block.length - 1; sample >= 0; sample--)
        if ((block.time[sample] as number) <= time)
          return { tick: block.tick[sample] as number, monotonic: block.monotonic[sample] as number };
    }
    return undefined;
  }

  /** The first sample that is not earlier, likewise. */
  firstAt(time: number): KnownSample | undefined {
    for (const block of this.#blocks)
      for (let sample = 0; sample < block.length; sample++)
        if ((block.time[sample] as number) >= time)
          return { tick: block.tick[sample] as number, monotonic: block.monotonic[sample] as number };
    return undefined;
  }

  /** About when a time was by the monotonic clock, if the wall clock has not jumped since the last sample that is known. */
  guess(time: number): number {
    const last = this.#blocks.at(-1);
    if (!last) return this.#startMonotonic + time - this.#start;
    return (last.monotonic[last.length - 1] as number) + time - (last.time[last.length - 1] as number);
  }
}
