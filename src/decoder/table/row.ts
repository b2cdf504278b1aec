import { formatIPv4, formatIPv6 } from "../../format/address.js";
import { COLUMNS, type ColumnKind, type ColumnName, type CommonColumn } from "../../format/columns.js";
import { exactState } from "../../format/header.js";
import { columnsOf, LAYOUTS, type LayoutName } from "../../format/layouts.js";
import {
  hasRemoteEnd,
  type OffloadStateName,
  offloadStateName,
  type StateName,
  stateName,
} from "../../format/states.js";
import { filetimeToDate } from "../../format/times.js";
import { AddressTexts } from "./address-texts.js";
import type { Engine } from "./engine.js";
import { ownersOf } from "./shared-owners.js";

/** What a printed row has of each kind of column. */
interface RowValues {
  /** RFC 9293's name, or `UNKNOWN(n)`. */
  state: StateName;
  /** Dotted decimal, or RFC 5952's form of IPv6. */
  address: string;
  port: number;
  u32: number;
  /** Hexadecimal: JSON has no integers of 64 bits. */
  u64: string;
  offload: OffloadStateName;
  /** ISO 8601 in UTC; `null` where the system does not tell. */
  filetime: string | null;
}

type RowValue<Name extends ColumnName> = RowValues[(typeof COLUMNS)[Name]["kind"]];

/**
 * One connection, as people read it: a field for each column of the layout. What `--json` and `--ndjson` print. A listener
 * has no remote end: `0.0.0.0` or `::` and port 0, whatever the table's bytes say. `user` is `null` where no process holds
 * the socket (`inode` 0).
 */
export type TcpRow = { -readonly [Name in keyof typeof COLUMNS as Name & CommonColumn]: RowValue<Name> } & {
  -readonly [Name in keyof typeof COLUMNS as Exclude<Name, CommonColumn>]?: Name extends "user"
    ? number | null
    : RowValue<Name>;
} & {
  /** All processes that hold the socket, `owningPid` first; only where there are several. */
  owningPids?: number[];
};

/** A row under way: its fields by their columns' names. */
type RowFields = Record<string, unknown>;

/** A field of the rows of a table. */
interface RowField {
  readonly column: ColumnName;
  readonly kind: ColumnKind;
  /** Whether it means nothing where there is no remote end. */
  readonly ofRemoteEnd: boolean;
  readonly values: Uint8Array | Uint16Array | Uint32Array | BigUint64Array;
}

/** The reader of each engine's rows: one made at each call would know nothing of the rows before. */
let readers: WeakMap<Engine, RowReader> | undefined;

/** The reader of an engine's rows. @internal */
export function rowReaderOf(engine: Engine): RowReader {
  readers ??= new WeakMap();
  let reader = readers.get(engine);
  if (!reader) {
    reader = new RowReader(engine);
    readers.set(engine, reader);
  }
  return reader;
}

/**
 * Makes rows of an engine's current table. What is the same for all rows of a table is looked up once: to do so for each row
 * would take longer than to make the row. @internal
 */
export class RowReader {
  readonly #engine: Engine;
  /** Whose fields these are. */
  #generation = -1;
  #layout: LayoutName | undefined;
  #fields: readonly RowField[] = [];
  #states: Uint8Array = new Uint8Array(0);
  #hasUser = false;
  #hasSharedOwners = false;
  #isIPv4 = true;
  /** A row of this layout without values: its copies have one shape, whatever they are filled with. */
  #blank: RowFields = {};
  #addresses = new AddressTexts(formatIPv4);

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Reads one row; `index` is in the table. */
  row(index: number): TcpRow {
    this.#useTable();
    const row = { ...this.#blank };
    this.#fill(row, index);
    const owners = this.#ownersOf(index);
    if (owners) row.owningPids = owners;
    return row as TcpRow;
  }

  /** A row for `move`, which has nothing to tell so far. */
  movable(): TcpRow {
    this.#useTable();
    return { ...this.#blank } as RowFields as TcpRow;
  }

  /**
   * Makes a row that `movable` gave for this table tell of another row, in place: a new object for each row of a large table is
   * much garbage. Its `owningPids` are there and `undefined` where there are not several, so that its fields keep their order.
   */
  move(row: TcpRow, index: number): void {
    this.#useTable();
    this.#fill(row as RowFields, index);
    (row as RowFields).owningPids = this.#ownersOf(index);
  }

  #useTable(): void {
    const engine = this.#engine;
    if (engine.generation === this.#generation) return;
    this.#generation = engine.generation;
    const { layout } = engine;
    const columns = layout === this.#layout ? this.#fields.map(({ column }) => column) : columnsOf(layout);
    this.#fields = columns.map((column) => ({
      column,
      kind: COLUMNS[column].kind,
      ofRemoteEnd: column.startsWith("remote"),
      values: engine.column(column) as RowField["values"],
    }));
    this.#states = engine.column("state");
    this.#hasSharedOwners = engine.sharedOwners.length > 0;
    if (layout === this.#layout) return;
    this.#layout = layout;
    this.#hasUser = columns.includes("user");
    this.#isIPv4 = LAYOUTS[layout].family === 4;
    this.#blank = Object.fromEntries(columns.map((column) => [column, undefined]));
    this.#addresses = new AddressTexts(this.#isIPv4 ? formatIPv4 : formatIPv6);
  }

  #fill(row: RowFields, index: number): void {
    const fields = this.#fields;
    const hasRemote = hasRemoteEnd(this.#states[index] as number);
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at] as RowField;
      row[field.column] = this.#valueOf(field, index, field.ofRemoteEnd && !hasRemote);
    }
    if (this.#hasUser && row.inode === 0) row.user = null;
  }

  /** @param hidden whether zeros stand for it */
  #valueOf({ kind, values }: RowField, index: number, hidden: boolean): RowValues[keyof RowValues] {
    switch (kind) {
      case "state": {
        const state = values[index] as number;
        return stateName(state === 255 ? exactState(this.#engine.raw, this.#engine.layout, index) : state);
      }
      case "address":
        return this.#addressText(values as Uint32Array, index, hidden);
      case "offload":
        return offloadStateName(values[index] as number);
      case "u64":
        return (values[index] as bigint).toString(16);
      case "filetime":
        return filetimeToDate(values[index] as bigint)?.toISOString() ?? null;
      default:
        return hidden ? 0 : (values[index] as number);
    }
  }

  #addressText(column: Uint32Array, index: number, hidden: boolean): string {
    const addresses = this.#addresses;
    if (hidden) return addresses.textOf(0);
    if (this.#isIPv4) return addresses.textOf(column[index] as number);
    const at = index * 4;
    return addresses.textOf(
      column[at] as number,
      column[at + 1] as number,
      column[at + 2] as number,
      column[at + 3] as number,
    );
  }

  /** All processes that hold a row's socket, where there are several. */
  #ownersOf(index: number): number[] | undefined {
    if (!this.#hasSharedOwners) return undefined;
    const owners = ownersOf(this.#engine, index);
    return owners.length > 1 ? owners : undefined;
  }
}
