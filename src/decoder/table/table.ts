import { type ColumnName, type Columns, newColumn } from "../../format/columns.js";
import { type Family, LAYOUTS, type LayoutName, valuesPerRow } from "../../format/layouts.js";
import { Views } from "../../format/views.js";
import { QueryError, StaleTableError } from "../errors.js";
import { checkQuery, compileQuery, type Query, type QueryOptions } from "../query.js";
import { columnViews } from "./column-views.js";
import { CANNOT_BE_CLONED, INSPECT, rowsText } from "./display.js";
import type { Engine } from "./engine.js";
import { type RowReader, rowReaderOf, type TcpRow } from "./row.js";
import { ownersOf } from "./shared-owners.js";

/**
 * A decoded table: columns, counts, and queries over them. Valid until its decoder's next `decode` or `reserve`: then its members
 * throw StaleTableError, unless that `decode` was given this very object to refresh. Views that were taken out of it before can't
 * tell: what they hold then is no longer this table's.
 *
 * `JSON.stringify(table)` gives its rows, `console.log(table)` its layout and counts. It can't be posted to a worker or cloned,
 * which throws a DataCloneError: `table.bytes` and `table.layout` can, and are decoded there.
 */
export class TcpTable implements Iterable<TcpRow> {
  readonly #engine: Engine;
  readonly #columns: Columns;
  #generation: number;
  /** @internal */
  readonly cloning = CANNOT_BE_CLONED;
  /** The selection whose row numbers the engine holds. */
  #selection: Selection | undefined;
  /** The last query that was checked. */
  #query: Query | undefined;

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

  /**
   * One typed array a column; numbers in host order. Each is a view on the decoder's memory, made when it is first asked for,
   * and valid until the next `decode` or `reserve`, whatever is selected in between. It must not be written to.
   */
  get columns(): Columns {
    this.currentEngine("table");
    return this.#columns;
  }

  /**
   * Number of rows by state number: `table.stateCounts[MIB_TCP_STATE.ESTAB]`. 256 counters; the last counts the states from
   * 255 up. Counted when asked for, into an array that all tables of a decoder share: valid until the next `decode` or
   * `reserve`, so copy it to compare two tables.
   */
  get stateCounts(): Uint32Array {
    return this.currentEngine("table").countStates();
  }

  /**
   * The bytes that it was decoded from, for recording and for other threads: a view, valid until the next `decode` or `reserve`.
   * With `layout` it is all that another decoder needs: `postMessage({ bytes: table.bytes.slice(), layout: table.layout })`.
   */
  get bytes(): Uint8Array {
    return this.currentEngine("table").raw;
  }

  /**
   * The rows that a query asks for, in its order. A selection is valid as long as its table; several at a time are, and none
   * changes what another one holds.
   *
   * @param query options, or what `compileQuery` made of them once
   * @param reuse a selection of this table to refresh in place and return, for loops that must make no garbage. Where `select`
   *   throws, it is what it was
   * @throws {FilterSyntaxError} `where` is not in the grammar
   * @throws {QueryError} a part of the query is none, or asks for a column that the layout has not; or `reuse` is another table's
   * @throws {StaleTableError} the decoder has gone on to another table
   */
  select(query: QueryOptions | Query = {}, reuse?: Selection): Selection {
    const engine = this.currentEngine("table");
    if (query !== this.#query) this.#query = isQuery(query) ? checkQuery(query) : compileQuery(query);
    if (reuse && reuse.table !== this) throw new QueryError("The selection to reuse belongs to another table.");
    if (this.#selection !== reuse) this.#selection?.copyIndices();
    const length = engine.select(this.#query);
    if (reuse) reuse.refresh(length);
    this.#selection = reuse ?? new Selection(this, engine, length);
    return this.#selection;
  }

  /** One row, as people read it. @throws {RangeError} there is no such row */
  row(index: number): TcpRow {
    this.#check(index);
    return rowReaderOf(this.#engine).row(index);
  }

  /**
   * The processes that hold a row's socket: its `owningPid` first, then those that share it. None where nobody does, where it
   * can't be told, and where the layout has no owners.
   *
   * @throws {RangeError} there is no such row
   */
  ownersOf(index: number): number[] {
    this.#check(index);
    return ownersOf(this.#engine, index);
  }

  /**
   * One row's own bytes, a MIB_TCPROW or a relative: what SetTcpEntry takes. A view, valid until the next `decode` or `reserve`.
   *
   * @throws {RangeError} there is no such row
   */
  rawRow(index: number): Uint8Array {
    this.#check(index);
    const { firstRow, rowSize } = LAYOUTS[this.layout];
    const start = firstRow + index * rowSize;
    return this.bytes.subarray(start, start + rowSize);
  }

  /** All rows. @throws {StaleTableError} at the next row, where the decoder went on in between: no loop sees two tables */
  *[Symbol.iterator](): Generator<TcpRow, void, undefined> {
    const engine = this.currentEngine("table");
    const { generation, length } = engine;
    const reader = rowReaderOf(engine);
    for (let index = 0; ; index++) {
      if (engine.generation !== generation) throw new StaleTableError("table");
      if (index === length) return;
      yield reader.row(index);
    }
  }

  /** A table of its own, which never goes stale. It copies bytes and shared owners, and answers with the plain engine. */
  copy(): TcpTable {
    return new TcpTable(this.currentEngine("table").clone());
  }

  /** What makes rows of this table. @internal */
  get rowReader(): RowReader {
    return rowReaderOf(this.currentEngine("table"));
  }

  /** What JSON.stringify makes of it: its rows. @throws {StaleTableError} the decoder has gone on */
  toJSON(): TcpRow[] {
    return Array.from(this);
  }

  /** What console.log shows. @internal */
  [INSPECT](): string {
    const engine = this.#engine;
    if (this.#generation !== engine.generation) return "TcpTable { stale }";
    return `TcpTable ${engine.layout} ${rowsText(engine.length, engine.countStates())}`;
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

/** A hand-made query has keys, as those of `compileQuery` have; options have not. */
function isQuery(query: QueryOptions | Query): query is Query {
  return typeof query === "object" && query !== null && "keys" in query;
}

/**
 * The rows that a query picked, in its order. Valid as long as its table: then its members throw StaleTableError, until it is
 * reused. JSON.stringify and console.log do with it as with a table.
 */
export class Selection implements Iterable<TcpRow> {
  /** The table that it was selected from. */
  readonly table: TcpTable;
  readonly #engine: Engine;
  readonly #columns: Columns;
  #generation: number;
  #length: number;
  /** How often it was reused. */
  #round = 0;
  /** Row numbers of its own, with room for more. */
  #numbers = new Uint32Array(0);
  readonly #views = new Views((length) => this.#numbers.subarray(0, length));
  /** Whether they are this selection's. Else the engine still holds them: nobody has asked for them so far. */
  #copied = false;

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

  /**
   * Row numbers in the table, in the query's order: `table.columns.localPort[selection.indices[0]]`. They are this selection's
   * own: no other one overwrites them. Where this very selection is reused, the next `indices` overwrites these.
   */
  get indices(): Uint32Array {
    this.#currentEngine();
    this.copyIndices();
    return this.#views.of(this.#length);
  }

  /**
   * The selected rows' columns, in the query's order. Each is gathered into a new array when it is asked for: it stays as it is,
   * and asking again gathers again.
   */
  get columns(): Columns {
    this.#currentEngine();
    return this.#columns;
  }

  /** The selected rows as objects. They stay valid. */
  toArray(): TcpRow[] {
    return Array.from(this);
  }

  /** What JSON.stringify makes of it: the selected rows. @throws {StaleTableError} the decoder has gone on */
  toJSON(): TcpRow[] {
    return this.toArray();
  }

  /** What console.log shows. @internal */
  [INSPECT](): string {
    if (this.#generation !== this.#engine.generation) return "Selection { stale }";
    const { state } = this.table.columns;
    const counts = new Uint32Array(256);
    for (const index of this.indices) (counts[state[index] as number] as number)++;
    return `Selection of ${this.#engine.layout} ${rowsText(this.#length, counts)}`;
  }

  /**
   * The selected rows. @throws {StaleTableError} at the next row, where the decoder went on or this selection was reused in
   * between: no loop sees two tables, or two queries
   */
  *[Symbol.iterator](): Generator<TcpRow, void, undefined> {
    const { indices } = this;
    const engine = this.#currentEngine();
    const { generation } = engine;
    const round = this.#round;
    const reader = rowReaderOf(engine);
    for (let at = 0; ; at++) {
      if (engine.generation !== generation || this.#round !== round) throw new StaleTableError("selection");
      if (at === indices.length) return;
      yield reader.row(indices[at] as number);
    }
  }

  #currentEngine(): Engine {
    if (this.#generation !== this.#engine.generation) throw new StaleTableError("selection");
    return this.#engine;
  }

  /** Copies the row numbers out of the engine, before another selection overwrites them there. @internal */
  copyIndices(): void {
    if (this.#copied || this.#generation !== this.#engine.generation) return;
    this.#makeRoom(this.#length);
    this.#numbers.set(this.#engine.indices(this.#length));
    this.#copied = true;
  }

  /** Makes this object stand for the engine's latest selection. @internal */
  refresh(length: number): void {
    this.#generation = this.#engine.generation;
    this.#length = length;
    this.#round++;
    this.#copied = false;
  }

  /**
   * Makes this object stand for rows that something else than a query picked: the `length` numbers of every `step`th from `from`
   * on. @internal
   */
  refreshWith(numbers: Uint32Array, from: number, length: number, step: number): this {
    this.#makeRoom(length);
    for (let at = 0; at < length; at++) this.#numbers[at] = numbers[from + at * step] as number;
    this.refresh(length);
    this.#copied = true;
    return this;
  }

  #makeRoom(length: number): void {
    if (length <= this.#numbers.length) return;
    this.#numbers = new Uint32Array(length + (length >> 2));
    this.#views.clear();
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
