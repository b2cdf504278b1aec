import type { EngineName } from "../decoder/table/engine.js";
import type { ColumnName } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import { openCollectors } from "../system/system.js";
import { openTcpTable, type ReaderOptions, type Sample, type TcpTableReader } from "./reader.js";

/** A family that could not be read, and why. */
export interface FamilyFailure {
  readonly family: Family;
  readonly error: Error;
}

/** The tables of several families, each in a decoder of its own. Valid until the next reading. */
export interface Reading {
  /** IPv4 first. A family that failed is not here: it stands in `failures`. */
  readonly samples: readonly Sample[];
  readonly failures: readonly FamilyFailure[];
  /** Whether every family that was asked for is there. A part must never be taken for the whole. */
  readonly complete: boolean;
}

export interface TablesOptions extends Omit<ReaderOptions, "family" | "collector"> {
  /** Both unless said otherwise. */
  readonly families?: readonly Family[] | undefined;
}

/**
 * Opens IPv4's and IPv6's tables together. Where one of them can't be had, the other is still given, and each reading says so.
 *
 * @throws the first family's error, where none can be opened
 */
export async function openTcpTables({ families = [4, 6], ...options }: TablesOptions = {}): Promise<TcpTablesReader> {
  const readers: TcpTableReader[] = [];
  const failures: FamilyFailure[] = [];
  for (const opened of openCollectors(families, options)) {
    const { family } = opened;
    if ("error" in opened) failures.push(opened);
    else readers.push(await openTcpTable({ ...options, family, collector: opened.collector }));
  }
  if (readers.length === 0 && failures[0]) throw failures[0].error;
  return new TcpTablesReader(readers, failures);
}

/** Reads the tables of several families, one after the other. */
export class TcpTablesReader {
  readonly #readers: readonly TcpTableReader[];
  /** Families that could not even be opened. */
  readonly #unopened: readonly FamilyFailure[];

  /** @internal */
  constructor(readers: readonly TcpTableReader[], unopened: readonly FamilyFailure[]) {
    this.#readers = readers;
    this.#unopened = unopened;
  }

  /** Where the tables come from, for people. */
  get sources(): readonly string[] {
    return this.#readers.map(({ source }) => source);
  }

  /** Of the columns that were asked for, those that no table will have: this system can't tell them. */
  get missingColumns(): readonly ColumnName[] {
    const [first, ...others] = this.#readers.map((reader) => reader.missingColumns);
    return (first ?? []).filter((column) => others.every((missing) => missing.includes(column)));
  }

  /** What decodes them. */
  get engine(): EngineName {
    return (this.#readers[0] as TcpTableReader).engine;
  }

  /**
   * Reads every family. One that fails is told in `failures`, and the others are still given.
   *
   * @throws the first family's error, where none can be read
   */
  read(): Reading {
    const samples: Sample[] = [];
    const failures = [...this.#unopened];
    for (const reader of this.#readers) {
      try {
        samples.push(reader.sample());
      } catch (error) {
        failures.push({ family: reader.family, error: error as Error });
      }
    }
    if (samples.length === 0 && failures[0]) throw failures[0].error;
    return { samples, failures, complete: failures.length === 0 };
  }

  /** Gives back what the operating system lent. */
  close(): void {
    for (const reader of this.#readers) reader.close();
  }
}
