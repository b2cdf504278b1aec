import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";

/** What may keep the process alive while it waits, or not. */
export interface Timer {
  ref(): unknown;
  unref(): unknown;
}

/** The clocks and timers that a sampler runs on. Tests have one of their own. */
export interface Clock {
  /** Milliseconds, with fractions, that only ever go up. */
  monotonic(): number;
  /** Milliseconds since 1970-01-01 UTC. Somebody may set this clock. */
  wall(): number;
  /** Calls back once, after about so many milliseconds: it may be a little sooner, or much later. */
  after(milliseconds: number, callback: () => void): Timer;
  /** Calls back again and again, about every so many milliseconds. */
  repeat(milliseconds: number, callback: () => void): Timer;
  cancel(timer: Timer): void;
}

/** Longer waits than this, setTimeout makes one of a millisecond. */
const LONGEST_WAIT = 2 ** 31 - 1;

// Node's own timers, not the global ones: those of other runtimes are numbers, which can't be unreferenced.
export const SYSTEM_CLOCK: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  // setTimeout cuts a fraction off, and would be early at each tick.
  after: (milliseconds, callback) => setTimeout(callback, Math.min(Math.ceil(milliseconds), LONGEST_WAIT)),
  repeat: (milliseconds, callback) => setInterval(callback, milliseconds),
  cancel: (timer) => {
    clearTimeout(timer as NodeJS.Timeout);
    clearInterval(timer as NodeJS.Timeout);
  },
};

/**
 * The times at which samples are due: the first one's, and every so many milliseconds after it. However late one of them is,
 * the others stay where they are: nothing adds up.
 */
export class Grid {
  readonly #start: number;
  readonly #every: number;

  /**
   * @param start the first tick's time, by the monotonic clock
   * @param every milliseconds from one tick to the next
   */
  constructor(start: number, every: number) {
    this.#start = start;
    this.#every = every;
  }

  /** When a tick is due, by the monotonic clock. The first is number 0. */
  dueAt(tick: number): number {
    return this.#start + tick * this.#every;
  }

  /** The last tick that is due at a time. */
  tickAt(time: number): number {
    const tick = Math.floor((time - this.#start) / this.#every);
    // The quotient of fractions may be a little too small or too large.
    if (time >= this.dueAt(tick + 1)) return tick + 1;
    return time < this.dueAt(tick) ? tick - 1 : tick;
  }
}
