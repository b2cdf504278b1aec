import type { Task } from "./contestants/contestant.js";
import { DIFFERS } from "./diff/contestants.js";
import { carriersOf } from "./frames/contestants.js";
import type { Effort } from "./measure.js";
import { type Options, type Suite, sizesOf, type TableSuite } from "./options.js";
import { stepsOf } from "./suites/diff.js";
import { SAMPLES as OWNERS_SAMPLES } from "./suites/owners.js";
import { PROCESSES } from "./suites/start.js";
import { contestantsOf } from "./suites/tables.js";

/** Seconds that a turn takes besides its warm-up and its measuring: to start, to read its tables and to have its rows checked. */
const TURN = 0.4;
/** Rows that are made, checked and gone through in a second, by a usual contestant. */
const ROWS_A_SECOND = 250_000;
/** C, and memcpy or std::sort. */
const NATIVES: Readonly<Record<Task, number>> = { decode: 2, filter: 1, sort: 1, pipeline: 0 };
/** Seconds that many sockets take to open and to close. */
const OPENING = 6;
/** Turns of the suites of the machine's own table in a round: contestants, by the cases that they are in. */
const COLLECT_TURNS = 5;
const PUSHDOWN_TURNS = 2 * 3;
const OWNERS_TURNS = 3 * 4;
/** Of the suite owners: seconds of a sample with the pause before it, and of a turn for connections to come and to go. */
const OWNERS_SAMPLE = 0.25;
const OWNERS_CHURN = 2;
/** Seconds of a round of the suite recording, its files included. */
const RECORDING = 60;
/** Seconds of all commands of the suite start, each run once. */
const COMMANDS = 3.5;
/** Samples that the suite memory takes in a second, all its workloads together; and what they take before that. */
const SAMPLES_A_SECOND = 25_000;
const MEMORY = 10;

/** About how many seconds a run takes on two cores that have nothing else to do. */
export function secondsOf(options: Options): number {
  return options.suites.reduce((sum, suite) => sum + secondsOfSuite(suite, options), 0);
}

function secondsOfSuite(suite: Suite, options: Options): number {
  const { rounds, effort, samples } = options;
  switch (suite) {
    case "diff":
      // In two orders.
      return secondsOfSeries(suite, 2 * DIFFERS.length, options);
    case "frames":
      return secondsOfSeries(suite, carriersOf("read").length + carriersOf("write").length + 1, options);
    case "collect":
      return OPENING + secondsOfTurns(COLLECT_TURNS, options);
    case "pushdown":
      return OPENING + secondsOfTurns(PUSHDOWN_TURNS, options);
    case "owners":
      return OPENING + OWNERS_TURNS * rounds * (OWNERS_CHURN + effort.samples * OWNERS_SAMPLES * OWNERS_SAMPLE);
    case "recording":
      return options.quick ? RECORDING / 10 : RECORDING * rounds;
    case "start":
      return 2 * OPENING + rounds * (effort.samples * PROCESSES + 1) * COMMANDS;
    case "memory":
      return MEMORY + samples / SAMPLES_A_SECOND;
    default:
      return secondsOfTask(suite, options);
  }
}

/** @param contestants all of them, in all cases of a kind and size */
function secondsOfSeries(suite: TableSuite, contestants: number, options: Options): number {
  const sizes = sizesOf(suite, options);
  const rows = sizes.reduce((sum, size) => sum + size * stepsOf(size), 0);
  const turns = options.kinds.length * contestants;
  return secondsOfTurns(turns * sizes.length, options) + (turns * options.rounds * rows) / ROWS_A_SECOND;
}

function secondsOfTask(task: Task, options: Options): number {
  const contestants = contestantsOf(task).length + NATIVES[task];
  const sizes = sizesOf(task, options);
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const turns = options.kinds.length * contestants;
  return secondsOfTurns(turns * sizes.length, options) + (turns * options.rounds * rows) / ROWS_A_SECOND;
}

function secondsOfTurns(turns: number, { rounds, effort }: Options): number {
  return turns * rounds * (TURN + secondsOfEffort(effort));
}

function secondsOfEffort({ warmUp, duration }: Effort): number {
  return (warmUp + duration) / 1e3;
}

/** `40 seconds`, `3 minutes`. */
export function aboutTime(seconds: number): string {
  return seconds < 90 ? `${Math.max(10, Math.ceil(seconds / 10) * 10)} seconds` : `${Math.round(seconds / 60)} minutes`;
}
