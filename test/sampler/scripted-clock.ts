import type { Clock, Timer } from "../../src/sampler/clock.js";

interface ScriptedTimer extends Timer {
  due: number;
  /** Of one that comes back again and again. */
  readonly every: number | undefined;
  readonly callback: () => void;
  isReferenced: boolean;
}

/** A clock that a test moves: no time passes by itself. */
export class ScriptedClock implements Clock {
  /** When the test began, by each clock. */
  now: number;
  time = 1_700_000_000_000;
  /** Milliseconds by which each single timer is early, as Node's may be. */
  early = 0;
  readonly #timers = new Set<ScriptedTimer>();

  constructor(now = 1000.25) {
    this.now = now;
  }

  monotonic(): number {
    return this.now;
  }

  wall(): number {
    return this.time;
  }

  after(milliseconds: number, callback: () => void): Timer {
    // A timer waits for a millisecond at least, as Node's does.
    return this.#add(Math.max(1, milliseconds - this.early), undefined, callback);
  }

  repeat(milliseconds: number, callback: () => void): Timer {
    return this.#add(milliseconds, milliseconds, callback);
  }

  cancel(timer: Timer): void {
    this.#timers.delete(timer as ScriptedTimer);
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Timers that would keep a process alive. */
  get referenced(): number {
    let count = 0;
    for (const { isReferenced } of this.#timers) if (isReferenced) count++;
    return count;
  }

  /** Lets time pass, and calls whatever is due meanwhile, each at its time. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let timer = this.#first(end); timer; timer = this.#first(end)) {
      this.#moveTo(Math.max(this.now, timer.due));
      this.#call(timer);
    }
    this.#moveTo(end);
  }

  /** The thread is busy for so long: no timer is called until `advance`, which calls those that are due late. */
  block(milliseconds: number): void {
    this.#moveTo(this.now + milliseconds);
  }

  #moveTo(now: number): void {
    this.time += now - this.now;
    this.now = now;
  }

  #first(end: number): ScriptedTimer | undefined {
    let first: ScriptedTimer | undefined;
    for (const timer of this.#timers) if (timer.due <= end && (!first || timer.due < first.due)) first = timer;
    return first;
  }

  #call(timer: ScriptedTimer): void {
    if (timer.every === undefined) this.#timers.delete(timer);
    else timer.due = this.now + timer.every;
    timer.callback();
  }

  #add(wait: number, every: number | undefined, callback: () => void): ScriptedTimer {
    const timer: ScriptedTimer = {
      ...{ due: this.now + wait, every, callback, isReferenced: true },
      ref: () => {
        timer.isReferenced = true;
      },
      unref: () => {
        timer.isReferenced = false;
      },
    };
    this.#timers.add(timer);
    return timer;
  }
}
