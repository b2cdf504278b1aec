import { extname } from "node:path";
import type { EngineName } from "../decoder/table/engine.js";
import type { Filter } from "../filter/filter.js";
import type { Family } from "../format/layouts.js";
import { CommandMistake } from "./options.js";
import { filterFor, type RangeArguments, type RangeOptions } from "./recorded-connections.js";
import { type FamilyOptions, familiesOf } from "./wanted.js";

/** How a file for other programs is written. */
export type ExportFormat = "parquet" | "arrow" | "csv" | "ndjson";

const FORMATS: readonly ExportFormat[] = ["parquet", "arrow", "csv", "ndjson"];

/** What `tcptable export` is asked for. */
export interface ExportArguments extends RangeArguments {
  readonly file: string;
  readonly out: string;
  readonly format: ExportFormat;
  readonly families: readonly Family[];
  /** Of the connections, families included. */
  readonly filter: Filter;
  /** A row an event, instead of one a connection and sample. */
  readonly events: boolean;
  /** Whether a file that is there may be replaced. */
  readonly force: boolean;
  readonly engine: EngineName | undefined;
}

/** Options as commander gives them. */
export interface ExportOptions extends FamilyOptions, RangeOptions {
  events?: true;
  force?: true;
  engine?: EngineName;
}

/**
 * Makes sense of a command line that commander has taken apart.
 *
 * @throws {FilterSyntaxError} the words behind the files are no filter
 * @throws {CommandMistake} nobody knows how to write the file
 */
export function interpretExport(
  [file = "", out = "", ...words]: readonly string[],
  options: ExportOptions,
): ExportArguments {
  const ending = extname(out).slice(1).toLowerCase();
  const format = FORMATS.find((one) => one === ending);
  if (!format) throw new CommandMistake(`The ending of "${out}" says how to write: .parquet, .arrow, .csv or .ndjson.`);
  return {
    ...{ file, out, format, families: familiesOf(options), filter: filterFor(words, options) },
    ...{ from: options.from, to: options.to, events: options.events ?? false },
    ...{ force: options.force ?? false, engine: options.engine },
  };
}
