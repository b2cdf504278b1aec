import { compileQuery } from "../decoder/query.js";
import { compileForProcesses, type Filter } from "../filter/filter.js";
import { processesNamed } from "../filter/names.js";
import type { Family } from "../format/layouts.js";
import type { Owner } from "../system/contract.js";
import { filterText, NAMES_HERE, whereToRead } from "./filters.js";
import { CommandMistake } from "./options.js";
import { parseBytes, parseDuration } from "./quantities.js";
import { NamePattern } from "./recording-files.js";
import { type FamilyOptions, familiesOf, ownerFor } from "./wanted.js";

/** What `tcptable record` is asked for. */
export interface RecordArguments {
  readonly pattern: NamePattern;
  /** IPv4 first. */
  readonly families: readonly Family[];
  readonly owner: Owner | undefined;
  /** `undefined` means every connection. */
  readonly filter: Filter | undefined;
  /** Milliseconds from one sample to the next. */
  readonly every: number;
  /** Milliseconds from the first sample to the last; `undefined` where it goes on until it is stopped. */
  readonly duration: number | undefined;
  /** Whether to record the names of the processes. */
  readonly processes: boolean;
  /** When another file is begun; `undefined` where there is only one. */
  readonly rotate: Rotation | undefined;
  /** How many files stay; `undefined` where all do. */
  readonly keep: number | undefined;
  readonly force: boolean;
  readonly zstd: boolean;
}

/** After so many bytes, or so many milliseconds. */
export type Rotation = { readonly bytes: number } | { readonly milliseconds: number };

/** Options as commander gives them. */
export interface RecordOptions extends FamilyOptions {
  every: number;
  for?: number;
  processes?: true;
  rotate?: Rotation;
  keep?: number;
  force?: true;
  zstd?: true;
}

/**
 * Makes sense of a command line that commander has taken apart.
 *
 * @throws {FilterSyntaxError} the words behind the file's name are no filter
 * @throws {CommandMistake} the file's name, or what is asked for together, makes no sense
 */
export function interpretRecord([file = "", ...words]: readonly string[], options: RecordOptions): RecordArguments {
  const text = filterText(words);
  const filter = text === "" ? undefined : compileForProcesses(text, NAMES_HERE);
  // Who reads the recording may ask for a name again: it must be in there.
  const processes = options.processes ?? (filter !== undefined && processesNamed(filter).length > 0);
  const pattern = patternOf(file);
  const { rotate, keep } = options;
  if (rotate && !pattern.hasTime)
    throw new CommandMistake(
      "With --rotate, each file needs a name of its own: have the time in it, as in connections-%Y%m%d-%H%M%S.mcap.",
    );
  if (keep !== undefined && !rotate) throw new CommandMistake("--keep is for files that --rotate makes.");
  return {
    pattern,
    families: familiesOf(options),
    owner: ownerFor(compileQuery({ where: filter }), [], processes),
    filter: whereToRead(filter),
    every: options.every,
    duration: options.for,
    processes,
    rotate,
    keep,
    force: options.force ?? false,
    zstd: options.zstd ?? false,
  };
}

function patternOf(file: string): NamePattern {
  try {
    return new NamePattern(file);
  } catch (error) {
    throw new CommandMistake((error as Error).message);
  }
}

/**
 * Parses what `--rotate` takes: `64MB`, `10m`.
 *
 * @throws {RangeError} it is neither bytes nor a duration
 */
export function parseRotation(text: string): Rotation {
  const bytes = parseBytes(text);
  if (bytes !== undefined) return { bytes };
  try {
    return { milliseconds: parseDuration(text) };
  } catch {
    throw new RangeError("Another file is begun after so many bytes, as 64MB, or so long, as 10m.");
  }
}

/** @throws {RangeError} it is no number of files */
export function parseKeep(text: string): number {
  const files = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(files) || files < 1)
    throw new RangeError("A number of files is a whole number from 1 up.");
  return files;
}
