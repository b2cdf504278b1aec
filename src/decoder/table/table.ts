import { type ColumnName, type Columns, newColumn } from "../../format/columns.js";
import { type Family, LAYOUTS, type LayoutName, valuesPerRow } from "../../format/layouts.js";
import { QueryError, StaleTableError } from "../errors.js";
import { compileQuery, type Query, type QueryOptions } from "../query.js";
import { columnViews } from "./column-views.js";
import type { Engine } from "./engine.js";
import { readRow, type TcpRow } from "./row.js";

/** A decoded table: columns, counts, and queries over them. Valid until its decoder's next `decode` or `reserve`. */
export class TcpTable implements Iterable<TcpRow> {
  readonly #engine: Engine;
  readonly #columns: Columns;
  #generation: number;
  #selection: Selection | undefined;

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#generation = engine.generation;
    this.#columns = columnViews((name) => this.currentEngine("table").column(name));
  }

  /** Number of rows. */
  get length(): number {
    return this.currentEngine("table").length;
  }

  /** The layout of the bytes that it was decoded from. */
  get layout(): LayoutName {
    return this.currentEngine("table").layout;
  }

  /** Of the addresses: 4 or 6. */
  get family(): Family {
    return LAYOUTS[this.layout].family;
  }

  /** One typed array a column; numbers in host order. A view is made when it is first asked for. */
  get columns(): Columns {
    this.currentEngine("table");
    return this.#columns;
  }

  /**
   * Number of rows by state number: `table.stateCounts[MIB_TCP_STATE.ESTAB]`. 256 counters; the last counts the states from
   * 255 up. Counted when asked for.
   */
  get stateCounts(): Uint32Array {
    return this.currentEngine("table").countStates();
  }

  /** The bytes that it was decoded from, for recording. */
  get bytes(): Uint8Array {
    return this.currentEngine("table").raw;
  }

  /**
   * The rows that a query asks for, in its order. A selection is valid as long as its table; several at a time are.
   *
   * @param query options, or what `compileQuery` made of them once
   * @param reuse a selection of this table to refresh in place and return, for loops that must make no garbage
   * @throws {FilterSyntaxError} `where` is not in the grammar
   * @throws {QueryError} a sort key or the filter asks for a column that the layout has not, or the limit is no whole number
   * @throws {StaleTableError} the decoder has gone on to another table
   */
  select(query: QueryOptions | Query = {}, reuse?: Selection): Selection {
    const compiled = "keys" in query ? query : compileQuery(query);
    const engine = this.currentEngine("table");
    if (reuse && reuse.table !== this) throw new QueryError("The selection to reuse belongs to another table.");
    if (this.#selection !== reuse) this.#selection?.keep();
    const length = engine.select(compiled);
    if (reuse) reuse.renew(length);
    this.#selection = reuse ?? new Selection(this, engine, length);
    return this.#selection;
  }

  /** One row, as people read it. @throws {RangeError} there is no such row */
  row(index: number): TcpRow {
    this.#check(index);
    return readRow(this.#engine, index);
  }

  /** One row's own bytes, a MIB_TCPROW or a relative: what SetTcpEntry takes. @throws {RangeError} there is no such row */
  rawRow(index: number): Uint8Array {
    this.#check(index);
    const { firstRow, rowSize } = LAYOUTS[this.layout];
    const start = firstRow + index * rowSize;
    return this.bytes.subarray(start, start + rowSize);
  }

  *[Symbol.iterator](): Generator<TcpRow, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.row(index);
  }

  /** A table of its own, which never goes stale. It copies the bytes, and answers with the plain engine. */
  copy(): TcpTable {
    return new TcpTable(this.currentEngine("table").clone());
  }

  /** The engine, once it is sure that it still holds this table. @internal */
  currentEngine(what: "table" | "selection"): Engine {
    if (this.#generation !== this.#engine.generation) throw new StaleTableError(what);
    return this.#engine;
  }

  /** Makes this object stand for the engine's current table. @internal */
  refresh(engine: Engine): this {
    this.mustBelongTo(engine);
    this.#generation = engine.generation;
    return this;
  }

  /** @throws {QueryError} another decoder made this table. @internal */
  mustBelongTo(engine: Engine): void {
    if (engine !== this.#engine) throw new QueryError("The table to reuse belongs to another decoder.");
  }

  #check(index: number): void {
    const { length } = this;
    if (!Number.isInteger(index) || index < 0 || index >= length)
      throw new RangeError(`There is no row ${index}: the table has ${length}.`);
  }
}

/** The rows that a query picked, in its order. Valid as long as its table. */
export class Selection implements Iterable<TcpRow> {
  /** The table that it was selected from. */
  readonly table: TcpTable;
  readonly #engine: Engine;
  readonly #columns: Columns;
  #generation: number;
  #length: number;
  /** Row numbers that were moved out of the engine's memory, because a later selection needed the place. */
  #kept: Uint32Array | undefined;

  /** @internal */
  constructor(table: TcpTable, engine: Engine, length: number) {
    this.table = table;
    this.#engine = engine;
    this.#generation = engine.generation;
    this.#length = length;
    this.#columns = columnViews((name) => this.#gather(name));
  }

  /** Number of rows. */
  get length(): number {
    this.#currentEngine();
    return this.#length;
  }

  /** Row numbers in the table, in the query's order: `table.columns.localPort[selection.indices[0]]`. */
  get indices(): Uint32Array {
    const engine = this.#currentEngine();
    return this.#kept ?? engine.indices(this.#length);
  }

  /** The selected rows' columns, in the query's order. Each is gathered into an array of its own when it is asked for. */
  get columns(): Columns {
    this.#currentEngine();
    return this.#columns;
  }

  /** The selected rows as objects. They stay valid. */
  toArray(): TcpRow[] {
    return Array.from(this);
  }

  *[Symbol.iterator](): Generator<TcpRow, void, undefined> {
    for (let at = 0; at < this.length; at++) yield this.table.row(this.indices[at] as number);
  }

  #currentEngine(): Engine {
    if (this.#generation !== this.#engine.generation) throw new StaleTableError("selection");
    return this.#engine;
  }

  /** Moves the row numbers out of the engine's memory. @internal */
  keep(): void {
    if (this.#generation === this.#engine.generation) this.#kept ??= this.#engine.indices(this.#length).slice();
  }

  /** Makes this object stand for the engine's latest selection. @internal */
  renew(length: number): void {
    this.#generation = this.#engine.generation;
    this.#length = length;
    this.#kept = undefined;
  }

  #gather<Name extends ColumnName>(name: Name): Columns[Name] {
    const engine = this.#currentEngine();
    const from: Columns[ColumnName] = engine.column(name);
    if (from === undefined) return undefined as Columns[Name];
    const { indices } = this;
    const values = valuesPerRow(engine.layout, name);
    const to = newColumn(name, indices.length * values);
    for (let at = 0; at < indices.length; at++) {
      const row = (indices[at] as number) * values;
      for (let value = 0; value < values; value++) to[at * values + value] = from[row + value] as number & bigint;
    }
    return to as Columns[Name];
  }
}
