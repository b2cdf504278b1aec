import { QueryError } from "../decoder/errors.js";
import { compileQuery, type Query, type QueryOptions } from "../decoder/query.js";
import { CANNOT_BE_CLONED, INSPECT } from "../decoder/table/display.js";
import type { TcpRow } from "../decoder/table/row.js";
import type { Family } from "../format/layouts.js";
import { Connections } from "./connections.js";
import type { FamilyQueries } from "./order.js";
import type { TcpTableReader } from "./reader.js";
import type { Sample } from "./sample.js";

/** A family that could not be read, and why. */
export interface FamilyFailure {
  /** Which one. */
  readonly family: Family;
  /** Why it could not be read. */
  readonly error: Error;
}

/** The tables of all families that a reader is for, each in a decoder of its own. Valid until the reader's next read. */
export class Reading {
  /** @internal */
  readonly cloning = CANNOT_BE_CLONED;
  readonly #queries: FamilyQueries;
  /** By reader: the last sample that it gave for this reading, to be refreshed. */
  readonly #latest: (Sample | undefined)[] = [];
  readonly #samples: Sample[] = [];
  readonly #failures: FamilyFailure[] = [];

  /** @internal */
  constructor(queries: FamilyQueries) {
    this.#queries = queries;
  }

  /**
   * IPv4 first. A family that failed is not here: it stands in `failures`. Where the reader has a `where`, the tables may also
   * hold rows that it does not match: how many depends on what the operating system can leave out. `select` gives exactly
   * those that match.
   */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** The families that could not be read, and why. */
  get failures(): readonly FamilyFailure[] {
    return this.#failures;
  }

  /** Whether every family that was asked for is there. A part must never be taken for the whole. */
  get complete(): boolean {
    return this.#failures.length === 0;
  }

  /** Number of rows that were read: those of all tables together. @throws {StaleTableError} the reader has gone on */
  get length(): number {
    let rows = 0;
    for (let at = 0; at < this.#samples.length; at++) rows += (this.#samples[at] as Sample).table.length;
    return rows;
  }

  /**
   * The rows that a query asks for, those of all families in its order: IPv4 addresses before those of IPv6, and the limit
   * over both. Where the reader has a `where`, only rows that it matches, and the query's own filter among those.
   *
   * @param query options, or what `compileQuery` made of them once; without one, every row that the reader is for
   * @param reuse what an earlier call gave, of this reading or another of this reader, to refresh in place and return: that
   *   makes no garbage, where the query is compiled and no sort key has 64 bits. It is stale where this call throws.
   * @throws {FilterSyntaxError} `where` is not in the grammar
   * @throws {QueryError} a sort key or the filter asks for a column that a table has not, or the limit is no whole number
   * @throws {StaleTableError} the reader has gone on
   */
  select(query: QueryOptions | Query = ALL, reuse?: Connections): Connections {
    const compiled = "keys" in query ? query : compileQuery(query);
    return (reuse ?? new Connections()).refresh(this.#samples, compiled, this.#queries);
  }

  /**
   * What JSON.stringify makes of it: the rows that the reader is for, and what they lack.
   *
   * @throws {StaleTableError} the reader has gone on
   */
  toJSON(): { complete: boolean; failures: { family: Family; message: string }[]; rows: TcpRow[] } {
    const failures = this.#failures.map(({ family, error }) => ({ family, message: error.message }));
    return { complete: this.complete, failures, rows: this.select().toArray() };
  }

  /** What console.log shows. @internal */
  [INSPECT](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    const parts = this.#samples.map(({ table }) => inspect(table, options));
    for (const { family, error } of this.#failures) parts.push(`IPv${family} failed: ${error.message}`);
    return `Reading { ${parts.join("; ")} }`;
  }

  /** Reads every family, and notes which fail beside those that could not even be opened. @internal */
  refresh(queries: FamilyQueries, readers: readonly TcpTableReader[], unopened: readonly FamilyFailure[]): void {
    if (queries !== this.#queries) throw new QueryError("The reading to reuse belongs to another reader.");
    const samples = this.#samples;
    const failures = this.#failures;
    let read = 0;
    // Setting a length makes an array's memory anew: only where it is another one.
    if (failures.length !== 0) failures.length = 0;
    for (let at = 0; at < unopened.length; at++) failures.push(unopened[at] as FamilyFailure);
    for (let at = 0; at < readers.length; at++) {
      const reader = readers[at] as TcpTableReader;
      try {
        const sample = reader.sample(this.#latest[at]);
        this.#latest[at] = sample;
        samples[read++] = sample;
      } catch (error) {
        failures.push({ family: reader.family, error: error as Error });
      }
    }
    if (samples.length !== read) samples.length = read;
  }
}

const ALL: Query = { filter: undefined, keys: [], limit: Number.POSITIVE_INFINITY };
