import type { Moment } from "../frames/index.js";
import type { FrameGroup } from "../sampler/frame-group.js";
import { bytesText, durationText } from "./quantities.js";
import { printable } from "./unsafe-text.js";

/** Milliseconds between two status lines: often enough for people. */
const INTERVAL = 500;

/** What a terminal needs to be told. */
export interface StatusStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Counts what is recorded, and shows it in the last line of a terminal. */
export class RecordStatus {
  readonly #to: StatusStream | undefined;
  #samples = 0;
  #gaps = 0;
  #bytes = 0;
  #path = "";
  #first: number | undefined;
  #monotonic = 0;
  #late = 0;
  #latest = 0;
  #lastError: string | undefined;
  #shownAt = Number.NEGATIVE_INFINITY;

  /** @param to shows nothing where that is no terminal */
  constructor(to: StatusStream) {
    this.#to = to.isTTY ? to : undefined;
  }

  get samples(): number {
    return this.#samples;
  }

  /** Families that could not be read, over all samples. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Counts a sample, and shows it if the last line is old. @param bytes of the file it goes into */
  count(
    group: Pick<FrameGroup, "late" | "monotonic">,
    moment: Pick<Moment, "gaps">,
    path: string,
    bytes: number,
  ): void {
    this.#samples++;
    this.#gaps += moment.gaps.length;
    if (moment.gaps.length > 0) this.#lastError = moment.gaps.at(-1)?.reason;
    this.#path = path;
    this.#bytes = bytes;
    this.#first ??= group.monotonic;
    this.#monotonic = group.monotonic;
    this.#late = group.late;
    this.#latest = Math.max(this.#latest, group.late);
    if (group.monotonic - this.#shownAt < INTERVAL) return;
    this.#shownAt = group.monotonic;
    this.show();
  }

  /** The line, for people. */
  text(): string {
    const elapsed = this.#monotonic - (this.#first ?? 0);
    const rate = elapsed > 0 ? `, ${(((this.#samples - 1) * 1000) / elapsed).toFixed(1)} a second` : "";
    const late = `late by ${durationText(this.#late)}, ${durationText(this.#latest)} at most`;
    const error = this.#lastError === undefined ? "" : `; last error: ${printable(this.#lastError)}`;
    const file = `${bytesText(this.#bytes)} in ${printable(this.#path)}`;
    return `${this.#samples} samples in ${durationText(elapsed)}${rate}; ${file}; ${late}${error}`;
  }

  show(): void {
    // A line that is as wide as the terminal would scroll it.
    const width = Math.max(20, (this.#to?.columns ?? 80) - 1);
    this.#to?.write(`\r${this.text().slice(0, width)}\x1b[K`);
  }

  /** Leaves the last line where it is. */
  end(): void {
    if (!this.#to || this.#samples === 0) return;
    this.show();
    this.#to.write("\n");
  }
}
