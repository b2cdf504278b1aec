import type { Writable } from "node:stream";

/** Milliseconds until progress is shown at all, and between two times that it is. */
const [PATIENCE, INTERVAL] = [1000, 100];

/** Where progress is shown. */
export type ProgressStream = Pick<Writable, "write"> & { readonly isTTY?: boolean | undefined };

/** A line on a terminal that tells how far something has got, once it takes longer than a second; nothing elsewhere. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #what: string;
  readonly #now: () => number;
  readonly #begin: number;
  #last: number;
  #isShown = false;

  /**
   * @param what is being done, for people: `Reading`
   * @param now the monotonic clock, in milliseconds
   */
  constructor(what: string, stream: ProgressStream = process.stderr, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#what = what;
    this.#now = now;
    this.#begin = now();
    this.#last = this.#begin + PATIENCE - INTERVAL;
  }

  /** Shows how far it has got, where it is time to. @param fraction from 0 to 1 */
  show(fraction: number): void {
    if (!this.#stream.isTTY) return;
    const now = this.#now();
    if (now - this.#last < INTERVAL) return;
    this.#last = now;
    this.#isShown = true;
    const percent = Math.floor(Math.min(1, Math.max(0, fraction || 0)) * 100);
    this.#stream.write(`\r${this.#what}: ${percent} %${remaining(now - this.#begin, fraction)}\u001b[K`);
  }

  /** Wipes the line out: something else is to be printed. */
  hide(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#stream.write("\r\u001b[K");
  }
}

/** How long it will still take, in whole seconds, where that can be told. */
function remaining(elapsed: number, fraction: number): string {
  if (!(fraction > 0.02) || fraction >= 1) return "";
  return `, ${Math.ceil((elapsed * (1 - fraction)) / fraction / 1000)} s to go`;
}
