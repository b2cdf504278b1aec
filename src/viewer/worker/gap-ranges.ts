import type { Family } from "../../decoder/index.js";
import type { GapRange } from "../protocol.js";

/** Ranges that are kept: what comes later is joined to the last one. */
const MOST = 10_000;

/** Finds the stretches in which a family was not read, or nothing was sampled. */
export class GapRanges {
  readonly #ranges: { from: number; to: number; families: Family[] }[] = [];
  /** Milliseconds between two samples that are nothing to wonder at. */
  readonly #longest: number;
  #last = Number.NaN;
  #flags = 0;

  /** @param every milliseconds between two samples; 0 where that is not known */
  constructor(every: number) {
    this.#longest = Math.max(2.5 * (every || 1000), 1500);
  }

  /** @param flags families that were not read: bit 0 IPv4, bit 1 IPv6 */
  add(time: number, flags: number): void {
    if (time - this.#last > this.#longest) this.#addRange(this.#last, time, 3);
    if (this.#flags !== 0 && this.#flags === flags) {
      const range = this.#ranges.at(-1);
      if (range && time > range.to) range.to = time;
    } else {
      // It lasts up to the sample that has the family again.
      if (this.#flags !== 0) {
        const range = this.#ranges.at(-1);
        if (range && time > range.to) range.to = time;
      }
      if (flags !== 0) this.#addRange(time, time, flags);
    }
    this.#flags = flags;
    this.#last = time;
  }

  /** Those that overlap a window. */
  within(from: number, to: number): GapRange[] {
    return this.#ranges
      .filter((range) => range.to >= from && range.from <= to)
      .map((range) => ({ from: range.from, to: range.to, families: range.families }));
  }

  #addRange(from: number, to: number, flags: number): void {
    const families: Family[] = [];
    if (flags & 1) families.push(4);
    if (flags & 2) families.push(6);
    const last = this.#ranges.at(-1);
    if (this.#ranges.length >= MOST && last) last.to = Math.max(last.to, to);
    else this.#ranges.push({ from, to, families });
  }
}
