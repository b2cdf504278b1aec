import { type Koffi, loadKoffi } from "./koffi.js";
import { KERNEL32 } from "./windows/system-library.js";

/**
 * Measures how long a sample takes, without garbage. Node's own clocks give an object or a boxed number at each call, which
 * at a high rate is a scavenge every few thousand samples.
 */
export interface Stopwatch {
  start(): void;
  /** Nanoseconds since `start`. */
  stop(): number;
}

/**
 * The system's monotonic clock through koffi; Node's where koffi can't be loaded.
 *
 * @param load gives koffi, unless said otherwise this package's own
 */
export function createStopwatch(load: () => Koffi = loadKoffi, platform: string = process.platform): Stopwatch {
  try {
    const koffi = load();
    return platform === "win32" ? new PerformanceCounter(koffi) : new MonotonicClock(koffi);
  } catch {
    return new NodeClock();
  }
}

const NANOSECONDS = 1_000_000_000;
/** `time.h` of Linux. */
const CLOCK_MONOTONIC = 1;

/** clock_gettime(CLOCK_MONOTONIC): a timespec of two C longs, little-endian. */
class MonotonicClock implements Stopwatch {
  readonly #now: (clock: number, timespec: Uint32Array) => number;
  readonly #started = new Uint32Array(4);
  readonly #stopped = new Uint32Array(4);
  /** Where the nanoseconds lie, in words. */
  readonly #nanoseconds: number;

  constructor(koffi: Koffi) {
    this.#now = koffi.load(null).func("clock_gettime", "int", ["int", "void *"]);
    this.#nanoseconds = koffi.sizeof("long") / 4;
  }

  start(): void {
    this.#now(CLOCK_MONOTONIC, this.#started);
  }

  stop(): number {
    this.#now(CLOCK_MONOTONIC, this.#stopped);
    const seconds = (this.#stopped[0] as number) - (this.#started[0] as number);
    return (
      seconds * NANOSECONDS +
      (this.#stopped[this.#nanoseconds] as number) -
      (this.#started[this.#nanoseconds] as number)
    );
  }
}

/** QueryPerformanceCounter: ticks as a u64, most often ten million a second. */
class PerformanceCounter implements Stopwatch {
  readonly #now: (counter: Uint32Array) => number;
  readonly #started = new Uint32Array(2);
  readonly #stopped = new Uint32Array(2);
  readonly #nanosecondsPerTick: number;

  constructor(koffi: Koffi) {
    const kernel32 = koffi.load(KERNEL32);
    this.#now = kernel32.func("__stdcall", "QueryPerformanceCounter", "int", ["void *"]);
    const frequency = new Uint32Array(2);
    kernel32.func("__stdcall", "QueryPerformanceFrequency", "int", ["void *"])(frequency);
    this.#nanosecondsPerTick = NANOSECONDS / ((frequency[0] as number) + (frequency[1] as number) * 2 ** 32);
  }

  start(): void {
    this.#now(this.#started);
  }

  stop(): number {
    this.#now(this.#stopped);
    // The lower halves are enough for seven minutes, and their difference is right when they wrap.
    const ticks = ((this.#stopped[0] as number) - (this.#started[0] as number)) >>> 0;
    return Math.round(ticks * this.#nanosecondsPerTick);
  }
}

class NodeClock implements Stopwatch {
  #started = 0;

  start(): void {
    this.#started = performance.now();
  }

  stop(): number {
    return Math.round((performance.now() - this.#started) * 1e6);
  }
}
