import type { ScanMarks } from "../types.js";
import type { MatchCounts } from "./family-scan.js";

/** Collects where matches appeared and went. */
export class MarkList {
  readonly #time: number[] = [];
  readonly #appeared: number[] = [];
  readonly #went: number[] = [];
  readonly #live: number[] = [];
  #now = 0;

  /** @param counts of the families at one sample */
  add(time: number, { appeared, went }: MatchCounts): void {
    if (appeared === 0 && went === 0) return;
    this.#now += appeared - went;
    this.#time.push(time);
    this.#appeared.push(appeared);
    this.#went.push(went);
    this.#live.push(this.#now);
  }

  marks(): ScanMarks {
    return {
      length: this.#time.length,
      time: Float64Array.from(this.#time),
      appeared: Uint32Array.from(this.#appeared),
      went: Uint32Array.from(this.#went),
      live: Uint32Array.from(this.#live),
    };
  }
}
