import { compileQuery } from "../decoder/query.js";
import type { EngineName } from "../decoder/table/engine.js";
import { compileForProcesses, type Filter } from "../filter/filter.js";
import type { Family } from "../format/layouts.js";
import type { Owner } from "../system/contract.js";
import type { Format } from "./arguments.js";
import { filterText, NAMES_HERE } from "./filters.js";
import { type FamilyOptions, familiesOf, ownerFor } from "./wanted.js";

/** What `tcptable events` is asked for. */
export interface EventsArguments {
  /** IPv4 first. */
  readonly families: readonly Family[];
  /** What the system must tell of the owners; `undefined` where nobody asks for them. */
  readonly owner: Owner | undefined;
  /** `undefined` means every connection. */
  readonly filter: Filter | undefined;
  /** Milliseconds from one sample to the next. */
  readonly every: number;
  /** Milliseconds from the first sample to the last; `undefined` where it goes on until it is stopped. */
  readonly duration: number | undefined;
  readonly format: Format;
  /** Whether to tell the names of the processes. */
  readonly processes: boolean;
  readonly header: boolean;
  /** Times for people in UTC, not in the zone of this machine. */
  readonly utc: boolean;
  readonly stats: boolean;
  readonly engine: EngineName | undefined;
}

/** Options as commander gives them. */
export interface EventsOptions extends FamilyOptions {
  every: number;
  for?: number;
  processes?: true;
  json?: true;
  ndjson?: true;
  csv?: true;
  header: boolean;
  utc?: true;
  stats?: true;
  engine?: EngineName;
}

/**
 * Makes sense of a command line that commander has taken apart.
 *
 * @throws {FilterSyntaxError} the words are no filter
 */
export function interpretEvents(words: readonly string[], options: EventsOptions): EventsArguments {
  const text = filterText(words);
  const filter = text === "" ? undefined : compileForProcesses(text, NAMES_HERE);
  const processes = options.processes ?? false;
  return {
    families: familiesOf(options),
    owner: ownerFor(compileQuery({ where: filter }), [], processes),
    filter,
    every: options.every,
    duration: options.for,
    format: options.json ? "json" : options.ndjson ? "ndjson" : options.csv ? "csv" : "table",
    processes,
    header: options.header,
    utc: options.utc ?? false,
    stats: options.stats ?? false,
    engine: options.engine,
  };
}
