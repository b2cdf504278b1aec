import { TASKS, type Task } from "./contestants/contestant.js";
import { type Options, sizesOf } from "./options.js";
import { contestantsOf } from "./suites/tables.js";

/** Seconds that a turn takes besides its warm-up and its measuring: to start, to read its tables and to have its rows checked. */
const TURN = 0.4;
/** Rows that are made, checked and gone through in a second, by a usual contestant. */
const ROWS_A_SECOND = 250_000;
/** C, and memcpy or std::sort. */
const NATIVES: Readonly<Record<Task, number>> = { decode: 2, filter: 1, sort: 1, pipeline: 0 };
/** Contestants of a suite of the machine's own table, and the seconds that its sockets take to open and to close. */
const SAMPLERS = 5;
const OPENING = 6;
/** Samples that the suite memory takes in a second, all its workloads together; and what they take before that. */
const SAMPLES_A_SECOND = 10_000;
const MEMORY = 15;

/** About how many seconds a run takes on two cores that have nothing else to do. */
export function secondsOf(options: Options): number {
  return options.suites.reduce((sum, suite) => {
    if (suite === "memory") return sum + MEMORY + options.samples / SAMPLES_A_SECOND;
    const task = TASKS.find((task) => task === suite);
    return sum + (task ? secondsOfTask(task, options) : OPENING + SAMPLERS * secondsOfTurns(1, options));
  }, 0);
}

function secondsOfTask(task: Task, options: Options): number {
  const contestants = contestantsOf(task).length + NATIVES[task];
  const sizes = sizesOf(task, options);
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const turns = options.kinds.length * contestants;
  return secondsOfTurns(turns * sizes.length, options) + (turns * options.rounds * rows) / ROWS_A_SECOND;
}

function secondsOfTurns(turns: number, { rounds, effort }: Options): number {
  return turns * rounds * (TURN + (effort.warmUp + effort.duration) / 1e3);
}

/** `40 seconds`, `3 minutes`. */
export function aboutTime(seconds: number): string {
  return seconds < 90 ? `${Math.max(10, Math.ceil(seconds / 10) * 10)} seconds` : `${Math.round(seconds / 60)} minutes`;
}
