import { StaleTableError } from "../decoder/errors.js";
import type { Query } from "../decoder/query.js";
import { CANNOT_BE_CLONED, INSPECT, rowsText } from "../decoder/table/display.js";
import type { RowReader, TcpRow } from "../decoder/table/row.js";
import type { Selection, TcpTable } from "../decoder/table/table.js";
import { type FamilyQueries, MergedOrder } from "./order.js";
import type { Sample } from "./sample.js";

/** Where a connection's row stands. */
export interface RowPosition {
  /** The table that has it. */
  readonly table: TcpTable;
  /** Of the row in the table. */
  readonly index: number;
}

/**
 * The rows that a query picked from a reading: those of all families in one order. Valid as long as the reading's tables;
 * afterwards everything here throws StaleTableError. `JSON.stringify(connections)` gives the rows.
 */
export class Connections implements Iterable<TcpRow> {
  /** @internal */
  readonly cloning = CANNOT_BE_CLONED;
  readonly #selections: Selection[] = [];
  readonly #order = new MergedOrder();
  /** Goes up when this object is refreshed, so that a loop over it notices. */
  #version = 0;
  /** Not where a `select` that was to refresh this object has failed: its selections are of two queries then. */
  #isWhole = false;

  /** Number of rows. */
  get length(): number {
    this.#mustBeValid();
    return this.#order.length;
  }

  /** What each family's table gave to it, IPv4's first: for columns, and counts by family. A limit holds for each here. */
  get selections(): readonly Selection[] {
    this.#mustBeValid();
    return this.#selections;
  }

  /** Where the row stands that is at this place of the order, from 0. @throws {RangeError} there is no such row */
  at(place: number): RowPosition {
    return { table: this.tableAt(place), index: this.indexAt(place) };
  }

  /** The table that has the row, as `at` tells it, without an object a call. @throws {RangeError} there is no such row */
  tableAt(place: number): TcpTable {
    this.#mustHave(place);
    return (this.#selections[this.#order.selections[place] as number] as Selection).table;
  }

  /** Where the row stands in its table, as `at` tells it. @throws {RangeError} there is no such row */
  indexAt(place: number): number {
    this.#mustHave(place);
    return this.#order.indices[place] as number;
  }

  /** The rows as objects. They stay valid. */
  toArray(): TcpRow[] {
    return Array.from(this);
  }

  /** What JSON.stringify makes of it: the rows. @throws {StaleTableError} the reader has gone on */
  toJSON(): TcpRow[] {
    return this.toArray();
  }

  /** What console.log shows. @internal */
  [INSPECT](): string {
    const counts = new Uint32Array(256);
    try {
      for (let place = 0; place < this.length; place++)
        (counts[this.tableAt(place).columns.state[this.indexAt(place)] as number] as number)++;
      return `Connections ${rowsText(this.length, counts)}`;
    } catch {
      return "Connections { stale }";
    }
  }

  /** @throws {StaleTableError} the reader has gone on, or this object was refreshed, while the loop was under way */
  *[Symbol.iterator](): Generator<TcpRow, void, undefined> {
    const version = this.#version;
    for (let place = 0; place < this.length; place++) {
      const { table } = this.#selections[this.#order.selections[place] as number] as Selection;
      yield table.row(this.#order.indices[place] as number);
      if (version !== this.#version) throw new StaleTableError("selection");
    }
  }

  /**
   * The rows, each in the place of the one before, for loops that are done with a row before they ask for the next one: there is
   * one object for each family. Where a socket is not held by several processes, `owningPids` is there and `undefined`.
   *
   * @throws {StaleTableError} like a loop over this object. @internal
   */
  *inPlace(): Generator<TcpRow, void, undefined> {
    const version = this.#version;
    const { selections } = this;
    const readers = selections.map(({ table }) => table.rowReader);
    const rows = readers.map((reader) => reader.movable());
    for (let place = 0; place < this.length; place++) {
      const at = this.#order.selections[place] as number;
      const row = rows[at] as TcpRow;
      (readers[at] as RowReader).move(row, this.#order.indices[place] as number);
      yield row;
      if (version !== this.#version) throw new StaleTableError("selection");
    }
  }

  /** Makes this object hold what a query picks from these tables. Returns this. @internal */
  refresh(samples: readonly Pick<Sample, "table">[], query: Query, queries: FamilyQueries): this {
    this.#version++;
    this.#isWhole = false;
    for (let at = 0; at < samples.length; at++) {
      const { table } = samples[at] as Pick<Sample, "table">;
      const reuse = this.#selections[at];
      const answerable = queries.of(query, table.family);
      // A family that could not be read moves the others up: theirs is another table's selection then.
      this.#selections[at] = table.select(answerable, reuse?.table === table ? reuse : undefined);
    }
    if (this.#selections.length !== samples.length) this.#selections.length = samples.length;
    this.#order.merge(this.#selections, query);
    this.#isWhole = true;
    return this;
  }

  #mustHave(place: number): void {
    const { length } = this;
    if (!Number.isInteger(place) || place < 0 || place >= length)
      throw new RangeError(`There is no row ${place}: the query picked ${length}.`);
  }

  #mustBeValid(): void {
    if (!this.#isWhole) throw new StaleTableError("selection");
    // Each selection knows whether its table is still there, and says so here.
    for (let at = 0; at < this.#selections.length; at++) void (this.#selections[at] as Selection).length;
  }
}
