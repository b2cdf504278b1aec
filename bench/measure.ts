import { add, suite } from "benny";
import { median } from "./results.js";

/** How long a contestant is measured. */
export interface Effort {
  /** Milliseconds that it runs before the clock starts, so that its code is compiled and optimised. */
  readonly warmUp: number;
  /** Milliseconds of measuring, at least. */
  readonly duration: number;
  /** Samples that the median is taken of, at least. */
  readonly samples: number;
}

/** What is measured: all that `run` does, or what `time` tells of itself. */
export type Work =
  | {
      /** Returns a number that depends on the results, so that nobody can leave them out. */
      run(): number;
      readonly time?: undefined;
    }
  | {
      /** Nanoseconds of the part that is to be timed. Something that is not must come before it. */
      time(): number;
      readonly run?: undefined;
    };

/** Milliseconds of one sample, at least: the clock's own time must not count. */
const SAMPLE = 5;

/** What the work returned. Nobody reads it, but an optimiser can't know. */
let sink = 0;

/** The median nanoseconds that one call takes, by benny. */
export async function nanosecondsOf(work: () => number | Promise<number>, effort: Effort): Promise<number> {
  await warmUp(work, effort.warmUp);
  const test = isAsynchronous(work)
    ? async () => {
        sink = (sink + (await work())) | 0;
      }
    : () => {
        sink = (sink + (work() as number)) | 0;
      };
  const options = { minTime: SAMPLE / 1e3, maxTime: effort.duration / 1e3, minSamples: effort.samples };
  const { results } = await suite("case", add("case", test, options));
  const median = results[0]?.details.median;
  if (!median || !Number.isInteger(sink)) throw new Error("benny measured nothing: the work failed.");
  return median * 1e9;
}

/** The median nanoseconds of some work. What must come before it is not taken off afterwards: that would double the noise. */
export async function nanosecondsOfWork(work: Work, effort: Effort): Promise<number> {
  if (work.run) return nanosecondsOf(work.run, effort);
  await warmUp(work.time, effort.warmUp);
  const times: number[] = [];
  const end = performance.now() + effort.duration;
  while (times.length < effort.samples || performance.now() < end) times.push(work.time());
  return median(times);
}

/** For `time`: nobody can leave out what a number depends on. @throws {Error} it is none */
export function mustBeNumbers(sink: number): void {
  if (!Number.isFinite(sink)) throw new Error("The work gave no numbers.");
}

/** Nanoseconds since `start`, which `performance.now()` gave. */
export function nanosecondsSince(start: number): number {
  return (performance.now() - start) * 1e6;
}

async function warmUp(work: () => number | Promise<number>, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  do {
    sink = (sink + (await work())) | 0;
  } while (performance.now() < end);
  // What was compiled in the background takes over.
  await new Promise((resolve) => setTimeout(resolve, 1));
}

function isAsynchronous(work: () => number | Promise<number>): work is () => Promise<number> {
  return work.constructor.name === "AsyncFunction";
}
