import type { Columns } from "./columns.js";
import type { EngineName } from "./decoder.js";
import { QueryError, StaleTableError } from "./errors.js";
import { type ColumnName, type Family, LAYOUTS, type LayoutName } from "./layouts.js";
import { compileQuery, type Query, type QueryOptions } from "./query.js";
import { readRow, type TcpRow } from "./row.js";
import { Selection } from "./selection.js";

/** What a TcpTable asks of the engine that decoded it. @internal */
export interface Engine {
  readonly engine: EngineName;
  /** Goes up at each decode and reserve: what was given out under another number is stale. */
  readonly generation: number;
  readonly layout: LayoutName;
  readonly length: number;
  /** The bytes that were decoded. */
  readonly raw: Uint8Array;
  /** A column of the current table, `undefined` where its layout has none. The same view as long as it fits. */
  column<Name extends ColumnName>(name: Name): Columns[Name];
  /** Rows by state number, 256 counters. The same view at every call. */
  countStates(): Uint32Array;
  /** Runs a query and leaves the row numbers in `indices`. Returns how many. */
  select(query: Query): number;
  /** The first `length` row numbers that the last `select` left. */
  indices(length: number): Uint32Array;
  /** A table of its own, from a copy of the bytes. */
  copy(): TcpTable;
}

/** A decoded table: columns, counts, and queries over them. Valid until its decoder's next `decode` or `reserve`. */
export class TcpTable implements Iterable<TcpRow> {
  readonly #engine: Engine;
  readonly #columns: TableColumns;
  #generation: number;
  #selection: Selection | undefined;

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#generation = engine.generation;
    this.#columns = new TableColumns(this);
  }

  /** Number of rows. */
  get length(): number {
    return this.fresh("table").length;
  }

  /** The layout of the bytes that it was decoded from. */
  get layout(): LayoutName {
    return this.fresh("table").layout;
  }

  /** Of the addresses: 4 or 6. */
  get family(): Family {
    return LAYOUTS[this.layout].family;
  }

  /** One typed array a column; numbers in host order. A view is made when it is first asked for. */
  get columns(): Columns {
    this.fresh("table");
    return this.#columns;
  }

  /**
   * Number of rows by state number: `table.stateCounts[MIB_TCP_STATE.ESTAB]`. 256 counters; the last counts the states from
   * 255 up. Counted when asked for.
   */
  get stateCounts(): Uint32Array {
    return this.fresh("table").countStates();
  }

  /** The bytes that it was decoded from, for recording. */
  get bytes(): Uint8Array {
    return this.fresh("table").raw;
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
    const engine = this.fresh("table");
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
    return this.fresh("table").copy();
  }

  /** The engine, once it is sure that it still holds this table. @internal */
  fresh(what: "table" | "selection"): Engine {
    if (this.#generation !== this.#engine.generation) throw new StaleTableError(what);
    return this.#engine;
  }

  /** Makes this object stand for the engine's current table. @internal */
  renew(engine: Engine): this {
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

/** The columns of a table, each looked up when it is asked for. */
class TableColumns implements Columns {
  readonly #table: TcpTable;
  constructor(table: TcpTable) {
    this.#table = table;
  }
  get state(): Columns["state"] {
    return this.#table.fresh("table").column("state");
  }
  get localAddress(): Columns["localAddress"] {
    return this.#table.fresh("table").column("localAddress");
  }
  get localPort(): Columns["localPort"] {
    return this.#table.fresh("table").column("localPort");
  }
  get remoteAddress(): Columns["remoteAddress"] {
    return this.#table.fresh("table").column("remoteAddress");
  }
  get remotePort(): Columns["remotePort"] {
    return this.#table.fresh("table").column("remotePort");
  }
  get localScopeId(): Columns["localScopeId"] {
    return this.#table.fresh("table").column("localScopeId");
  }
  get remoteScopeId(): Columns["remoteScopeId"] {
    return this.#table.fresh("table").column("remoteScopeId");
  }
  get owningPid(): Columns["owningPid"] {
    return this.#table.fresh("table").column("owningPid");
  }
  get offloadState(): Columns["offloadState"] {
    return this.#table.fresh("table").column("offloadState");
  }
  get createTimestamp(): Columns["createTimestamp"] {
    return this.#table.fresh("table").column("createTimestamp");
  }
}
