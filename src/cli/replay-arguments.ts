import { type Arguments, interpret, type Options } from "./arguments.js";

/** What `tcptable replay` is asked for: what is asked of this machine otherwise, and the recording and the times. */
export interface ReplayArguments extends Omit<Arguments, "stats" | "order" | "sortsForTheSystem" | "notes"> {
  readonly file: string;
  /** The time of the table, as it was written; the end where it is missing. */
  readonly at: string | undefined;
  /** Events instead of a table. */
  readonly events: boolean;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** How much faster than they happened; at once where it is missing. */
  readonly speed: number | undefined;
  /** Times for people in UTC, not in the zone of the recorded host. */
  readonly utc: boolean;
}

/** Options as commander gives them. */
export interface ReplayOptions extends Options {
  at?: string;
  events?: true;
  from?: string;
  to?: string;
  speed?: number;
  utc?: true;
}

/**
 * Makes sense of a command line that commander has taken apart.
 *
 * @throws {FilterSyntaxError} the words behind the file are no filter
 */
export function interpretReplay([file = "", ...words]: readonly string[], options: ReplayOptions): ReplayArguments {
  const { at, events = false, from, to, speed, utc = false } = options;
  // The system plays no part: nothing is asked of it, and its names are not those of the recorded one.
  const { stats, order, sortsForTheSystem, notes, ...shown } = interpret(words, options, "linux", {});
  return { ...shown, file, at, events, from, to, speed, utc };
}
