import { createDecoder } from "../decoder/decoder.js";
import type { EngineName } from "../decoder/table/engine.js";
import type { ColumnName } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import { checkOptions } from "../format/options.js";
import { openCollectors } from "../system/system.js";
import { CHECKS } from "./options.js";
import { FamilyQueries } from "./order.js";
import { collectorOptions, compiled, type ReaderOptions, TcpTableReader } from "./reader.js";
import { type FamilyFailure, Reading } from "./reading.js";

/** What a reader of several families is to read, and how. */
export interface TablesOptions extends Omit<ReaderOptions, "family" | "collector" | "where"> {
  /** Both unless said otherwise. */
  readonly families?: readonly Family[] | undefined;
  /**
   * What the reader is for: `reading.select()` gives only rows that this filter matches. Text in ss's grammar, or a filter
   * compiled before. The columns that it uses are asked for by themselves, and the operating system is asked for no more than
   * it has to tell, as far as it can pick rows: `sample.asked` tells what that is.
   */
  readonly where?: ReaderOptions["where"];
}

/**
 * Opens IPv4's and IPv6's tables together. Where one of them can't be had, the other is still given, and each reading says so.
 *
 * @throws {TypeError} an option is none; it names those that exist
 * @throws {FilterSyntaxError} `where` is not in the grammar
 * @throws {UnsupportedSystemError} the operating system is neither Windows nor Linux
 * @throws {CollectError} no family can be opened: the first one's error
 */
export async function openTcpTables(options: TablesOptions = {}): Promise<TcpTablesReader> {
  checkOptions("openTcpTables", options, {
    families: CHECKS.families,
    columns: CHECKS.columns,
    owner: CHECKS.owner,
    engine: CHECKS.engine,
    order: CHECKS.order,
    where: CHECKS.where,
    ownerBudget: CHECKS.ownerBudget,
  });
  const filter = compiled(options.where);
  const families = [...(options.families ?? [4, 6])].sort();
  // Before the collectors, which must be closed again: what may fail here leaves nothing open.
  const decoders = await Promise.all(
    families.map(() => createDecoder(options.engine ? { engine: options.engine } : {})),
  );
  const readers: TcpTableReader[] = [];
  const failures: FamilyFailure[] = [];
  for (const [at, opened] of openCollectors(families, collectorOptions(options, filter)).entries()) {
    const { family } = opened;
    const decoder = decoders[at];
    if ("error" in opened) failures.push(opened);
    else if (decoder) readers.push(new TcpTableReader(opened.collector, decoder, family));
  }
  if (readers.length === 0 && failures[0]) throw failures[0].error;
  return new TcpTablesReader(readers, failures, new FamilyQueries(filter));
}

/** Reads the tables of several families, one after the other. */
export class TcpTablesReader {
  readonly #readers: readonly TcpTableReader[];
  /** Families that could not even be opened. */
  readonly #unopened: readonly FamilyFailure[];
  readonly #queries: FamilyQueries;

  /** @internal */
  constructor(
    readers: readonly TcpTableReader[],
    unopened: readonly FamilyFailure[] = [],
    queries = new FamilyQueries(),
  ) {
    this.#readers = readers;
    this.#unopened = unopened;
    this.#queries = queries;
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
   * Reads every family. One that fails is told in `failures`, and the others are still given. The reading before goes stale.
   *
   * @param reuse an earlier reading of this reader, to refresh in place, its samples and tables included, and return: such a
   *   read makes no garbage
   * @throws the first family's error, where none can be read
   * @throws {QueryError} another reader made `reuse`
   */
  read(reuse: Reading = new Reading(this.#queries)): Reading {
    reuse.refresh(this.#queries, this.#readers, this.#unopened);
    const [failure] = reuse.failures;
    if (failure && reuse.samples.length === 0) throw failure.error;
    return reuse;
  }

  /** Gives back what the operating system lent. The last tables stay readable. */
  close(): void {
    for (const reader of this.#readers) reader.close();
  }

  /** `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
