import type { EngineName } from "../decoder/table/engine.js";
import { compileFilter, type Filter } from "../filter/filter.js";
import type { Family } from "../format/layouts.js";
import { filterText, NAMES_HERE } from "./filters.js";
import { type FamilyOptions, familiesOf } from "./wanted.js";
import { BY_AGE, type Sort } from "./watch/sort.js";

/** What `tcptable watch` is asked for. */
export interface WatchArguments {
  /** IPv4 first. */
  readonly families: readonly Family[];
  /** `undefined` means every connection. */
  readonly filter: Filter | undefined;
  /** Milliseconds from one sample to the next. */
  readonly every: number;
  readonly sort: Sort;
  /** Whether to show the owners from the start. */
  readonly processes: boolean;
  /** Whether to show what waits in the queues, where there is room. */
  readonly extended: boolean;
  /** Whether to draw with ASCII alone. Also where the locale says so. */
  readonly ascii: boolean;
  /** Whether the mouse scrolls and picks rows; else the terminal has it. */
  readonly mouse: boolean;
  readonly engine: EngineName | undefined;
}

/** Options as commander gives them. */
export interface WatchOptions extends FamilyOptions {
  every: number;
  sort?: Sort;
  processes?: true;
  extended?: true;
  ascii?: true;
  mouse: boolean;
  engine?: EngineName;
}

/**
 * Makes sense of a command line that commander has taken apart.
 *
 * @throws {FilterSyntaxError} the words are no filter
 */
export function interpretWatch(words: readonly string[], options: WatchOptions): WatchArguments {
  const text = filterText(words);
  return {
    families: familiesOf(options),
    filter: text === "" ? undefined : compileFilter(text, { resolve: NAMES_HERE }),
    every: options.every,
    sort: options.sort ?? BY_AGE,
    processes: options.processes ?? false,
    extended: options.extended ?? false,
    ascii: options.ascii ?? false,
    mouse: options.mouse,
    engine: options.engine,
  };
}
