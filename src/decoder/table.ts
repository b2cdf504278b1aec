import { formatIPv4 } from "./address.js";
import type { EngineName } from "./decoder.js";
import { QueryError, StaleTableError } from "./errors.js";
import { type ColumnName, LAYOUTS, type LayoutName } from "./layouts.js";
import { compileQuery, type Query, type QueryOptions } from "./query.js";
import { MIB_TCP_STATE, type StateName, stateName } from "./states.js";

/** One connection, as people read it. What `--json` and `--ndjson` print. */
export interface TcpRow {
  /** RFC 9293's name, or `UNKNOWN(n)`. */
  state: StateName;
  /** Dotted decimal. */
  localAddress: string;
  /** 0 to 65535. */
  localPort: number;
  /** Dotted decimal; `0.0.0.0` for a listener, which has no remote end whatever the table's bytes say. */
  remoteAddress: string;
  /** 0 to 65535; 0 for a listener. */
  remotePort: number;
}

/** A table's columns: one number a row, in the table's order. Views on the decoder's memory where it has some. */
export interface Columns {
  /** MIB_TCP_STATE numbers; 255 stands for 255 and above. */
  readonly state: Uint8Array;
  /** IPv4 addresses in host order: 10.0.0.1 is 0x0a000001. */
  readonly localAddress: Uint32Array;
  /** Port numbers in host order. */
  readonly localPort: Uint16Array;
  /** As the table holds it, also for listeners, where it has no meaning. */
  readonly remoteAddress: Uint32Array;
  /** As the table holds it, also for listeners, where it has no meaning. */
  readonly remotePort: Uint16Array;
}

/** What a TcpTable asks of the engine that decoded it. @internal */
export interface Engine {
  readonly engine: EngineName;
  /** Goes up at each decode and reserve: what was given out under another number is stale. */
  readonly generation: number;
  readonly layout: LayoutName;
  readonly length: number;
  /** The bytes that were decoded. */
  readonly raw: Uint8Array;
  /** A column of the current table. The same view as long as it fits. */
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
   * @throws {QueryError} a sort key names no column, or the limit is no whole number
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
    const engine = this.fresh("table");
    if (!Number.isInteger(index) || index < 0 || index >= engine.length)
      throw new RangeError(`There is no row ${index}: the table has ${engine.length}.`);
    const state = engine.column("state")[index] as number;
    const listening = state === MIB_TCP_STATE.LISTEN;
    return {
      state: stateName(state === 255 ? this.#exactState(index) : state),
      localAddress: formatIPv4(engine.column("localAddress")[index] as number),
      localPort: engine.column("localPort")[index] as number,
      remoteAddress: listening ? "0.0.0.0" : formatIPv4(engine.column("remoteAddress")[index] as number),
      remotePort: listening ? 0 : (engine.column("remotePort")[index] as number),
    };
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
    if (engine !== this.#engine) throw new QueryError("The table to reuse belongs to another decoder.");
    this.#generation = engine.generation;
    return this;
  }

  /** The column saturates at 255: the row itself has the number. */
  #exactState(index: number): number {
    const { raw, layout } = this.#engine;
    const { firstRow, rowSize, fields } = LAYOUTS[layout];
    const at = firstRow + index * rowSize + fields.dwState.offset;
    return new DataView(raw.buffer, raw.byteOffset, raw.byteLength).getUint32(at, true);
  }
}

/** The rows that a query picked, in its order. Valid as long as its table. */
export class Selection implements Iterable<TcpRow> {
  /** The table that it was selected from. */
  readonly table: TcpTable;
  readonly #engine: Engine;
  readonly #columns: SelectionColumns;
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
    this.#columns = new SelectionColumns(this);
  }

  /** Number of rows. */
  get length(): number {
    this.fresh();
    return this.#length;
  }

  /** Row numbers in the table, in the query's order: `table.columns.localPort[selection.indices[0]]`. */
  get indices(): Uint32Array {
    this.fresh();
    return this.#kept ?? this.#engine.indices(this.#length);
  }

  /** The selected rows' columns, in the query's order. Each is gathered into an array of its own when it is asked for. */
  get columns(): Columns {
    this.fresh();
    return this.#columns;
  }

  /** The selected rows as objects. They stay valid. */
  toArray(): TcpRow[] {
    return Array.from(this);
  }

  *[Symbol.iterator](): Generator<TcpRow, void, undefined> {
    for (let at = 0; at < this.length; at++) yield this.table.row(this.indices[at] as number);
  }

  /** @internal */
  fresh(): void {
    if (this.#generation !== this.#engine.generation) this.table.fresh("selection");
    if (this.#generation !== this.#engine.generation) throw new StaleTableError("selection");
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
}

class TableColumns implements Columns {
  readonly #table: TcpTable;
  constructor(table: TcpTable) {
    this.#table = table;
  }
  get state(): Uint8Array {
    return this.#table.fresh("table").column("state");
  }
  get localAddress(): Uint32Array {
    return this.#table.fresh("table").column("localAddress");
  }
  get localPort(): Uint16Array {
    return this.#table.fresh("table").column("localPort");
  }
  get remoteAddress(): Uint32Array {
    return this.#table.fresh("table").column("remoteAddress");
  }
  get remotePort(): Uint16Array {
    return this.#table.fresh("table").column("remotePort");
  }
}

class SelectionColumns implements Columns {
  readonly #selection: Selection;
  constructor(selection: Selection) {
    this.#selection = selection;
  }
  get state(): Uint8Array {
    return this.#gather(this.#selection.table.columns.state, Uint8Array);
  }
  get localAddress(): Uint32Array {
    return this.#gather(this.#selection.table.columns.localAddress, Uint32Array);
  }
  get localPort(): Uint16Array {
    return this.#gather(this.#selection.table.columns.localPort, Uint16Array);
  }
  get remoteAddress(): Uint32Array {
    return this.#gather(this.#selection.table.columns.remoteAddress, Uint32Array);
  }
  get remotePort(): Uint16Array {
    return this.#gather(this.#selection.table.columns.remotePort, Uint16Array);
  }
  #gather<Column extends Uint8Array | Uint16Array | Uint32Array>(
    from: Column,
    Kind: new (length: number) => Column,
  ): Column {
    const { indices } = this.#selection;
    const gathered = new Kind(indices.length);
    for (let at = 0; at < indices.length; at++) gathered[at] = from[indices[at] as number] as number;
    return gathered;
  }
}
