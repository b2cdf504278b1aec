import { SUMMARY_STATES } from "./summary-columns.js";

/** A message of summaries: where its parts lie. format.md tells what they mean. All numbers are little-endian. */

/** "TCPS". */
export const SUMMARIES_MAGIC = 0x53504354;
export const SUMMARIES_VERSION = 1;

/** Bytes from the start of the message. */
export const SUMMARIES_AT = {
  magic: 0,
  version: 4,
  /** How many columns there are. */
  columns: 6,
  samples: 8,
  zero: 12,
  start: 16,
  keyIPv4: 24,
  keyIPv6: 32,
} as const;

export const SUMMARIES_HEADER = 40;

/** Samples of a message at most. */
export const MOST_SAMPLES = 65_536;

/** Instead of the log time of a key frame, where there is none. */
export const NO_KEY = 2n ** 64n - 1n;

/** Instead of a duration that is not known: the summary was made again from the frames. */
export const UNKNOWN_DURATION = -1;

/** Bits of the flags of a sample. */
export const SAMPLE_FLAGS = { complete: 1, keyIPv4: 2, keyIPv6: 4, gapIPv4: 8, gapIPv6: 16 } as const;

/**
 * By what a column's value is expected to be, so that only the difference is written.
 * `line`: it goes on as from the one before the last to the last; `level`: as the last; `none`: 0.
 * `clock`: the last, and what the monotonic clock has moved since.
 */
export type Expectation = "line" | "level" | "none" | "clock";

/** The columns in their order. Times are whole microseconds but for `time`, which is whole milliseconds. */
export const SUMMARY_COLUMNS = [
  ["tick", "line"],
  ["due", "line"],
  ["late", "none"],
  ["time", "clock"],
  ["duration", "none"],
  ["attempts", "level"],
  ["flags", "level"],
  ["opened", "none"],
  ["closed", "none"],
  ["changed", "none"],
  ["lost", "none"],
  ...Array.from({ length: SUMMARY_STATES }, (_, state) => [`state${state}`, "level"] as const),
] as const satisfies readonly (readonly [string, Expectation])[];

/** Where the columns are in that order. */
export const COLUMN = {
  tick: 0,
  due: 1,
  late: 2,
  time: 3,
  duration: 4,
  attempts: 5,
  flags: 6,
  opened: 7,
  closed: 8,
  changed: 9,
  lost: 10,
  states: 11,
} as const;

/** Milliseconds as whole microseconds. */
export function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}

/** The wall clock at monotonic 0, from which a recording's log times are counted: nanoseconds since 1970-01-01 UTC. */
export function startOf(time: number, monotonic: number): bigint {
  return BigInt(microseconds(time) - microseconds(monotonic)) * 1000n;
}

/** @param start as `startOf` gives it @param monotonic whole microseconds */
export function logTimeOf(start: bigint, monotonic: number): bigint {
  return start + BigInt(monotonic) * 1000n;
}

/** What a value of a column is expected to be. @param monotonic whole microseconds of the samples so far */
export function expected(
  how: Expectation,
  values: ArrayLike<number>,
  at: number,
  monotonic: ArrayLike<number>,
): number {
  if (at === 0 || how === "none") return 0;
  const last = values[at - 1] as number;
  switch (how) {
    case "level":
      return last;
    case "line":
      return at === 1 ? last : 2 * last - (values[at - 2] as number);
    case "clock":
      return last + Math.round(((monotonic[at] as number) - (monotonic[at - 1] as number)) / 1000);
  }
}
