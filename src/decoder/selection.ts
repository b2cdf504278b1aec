import { type Columns, newColumn, valuesPerRow } from "./columns.js";
import { StaleTableError } from "./errors.js";
import type { ColumnName } from "./layouts.js";
import type { TcpRow } from "./row.js";
import type { Engine, TcpTable } from "./table.js";

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
  fresh(): Engine {
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
}

/** The columns of a selection, each gathered when it is asked for. */
class SelectionColumns implements Columns {
  readonly #selection: Selection;
  constructor(selection: Selection) {
    this.#selection = selection;
  }
  get state(): Columns["state"] {
    return this.#gather("state");
  }
  get localAddress(): Columns["localAddress"] {
    return this.#gather("localAddress");
  }
  get localPort(): Columns["localPort"] {
    return this.#gather("localPort");
  }
  get remoteAddress(): Columns["remoteAddress"] {
    return this.#gather("remoteAddress");
  }
  get remotePort(): Columns["remotePort"] {
    return this.#gather("remotePort");
  }
  get localScopeId(): Columns["localScopeId"] {
    return this.#gather("localScopeId");
  }
  get remoteScopeId(): Columns["remoteScopeId"] {
    return this.#gather("remoteScopeId");
  }
  get owningPid(): Columns["owningPid"] {
    return this.#gather("owningPid");
  }
  get offloadState(): Columns["offloadState"] {
    return this.#gather("offloadState");
  }
  get createTimestamp(): Columns["createTimestamp"] {
    return this.#gather("createTimestamp");
  }

  #gather<Name extends ColumnName>(name: Name): Columns[Name] {
    const engine = this.#selection.fresh();
    const from: Columns[ColumnName] = engine.column(name);
    if (from === undefined) return undefined as Columns[Name];
    const { indices } = this.#selection;
    const values = valuesPerRow(engine.layout, name);
    const to = newColumn(name, indices.length * values);
    for (let at = 0; at < indices.length; at++) {
      const row = (indices[at] as number) * values;
      for (let value = 0; value < values; value++) to[at * values + value] = from[row + value] as number & bigint;
    }
    return to as Columns[Name];
  }
}
