import type { EngineName } from "../decoder/table/engine.js";
import type { Filter } from "../filter/filter.js";
import type { Format } from "./arguments.js";
import { filterFor, type RangeArguments, type RangeOptions } from "./recorded-connections.js";
import type { FamilyOptions } from "./wanted.js";

/** What `tcptable scan` is asked for. */
export interface ScanArguments extends RangeArguments {
  readonly file: string;
  /** Of the connections, families included. */
  readonly filter: Filter;
  /** Lines at most; Infinity where it is not said. */
  readonly limit: number;
  readonly format: Format;
  readonly header: boolean;
  /** Times for people in UTC, not in the zone of the recorded host. */
  readonly utc: boolean;
  readonly engine: EngineName | undefined;
}

/** Options as commander gives them. */
export interface ScanOptions extends FamilyOptions, RangeOptions {
  limit?: number;
  json?: true;
  ndjson?: true;
  csv?: true;
  header: boolean;
  utc?: true;
  engine?: EngineName;
}

/**
 * Makes sense of a command line that commander has taken apart.
 *
 * @throws {FilterSyntaxError} the words behind the file are no filter
 */
export function interpretScan([file = "", ...words]: readonly string[], options: ScanOptions): ScanArguments {
  return {
    file,
    filter: filterFor(words, options),
    from: options.from,
    to: options.to,
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    format: options.json ? "json" : options.ndjson ? "ndjson" : options.csv ? "csv" : "table",
    header: options.header,
    utc: options.utc ?? false,
    engine: options.engine,
  };
}
