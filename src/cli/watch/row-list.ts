import type { Query } from "../../decoder/query.js";
import type { TcpRow } from "../../decoder/table/row.js";
import type { Selection, TcpTable } from "../../decoder/table/table.js";
import { parseIPv4, parseIPv6 } from "../../format/address.js";
import { COLUMNS, type ColumnName } from "../../format/columns.js";
import { parseState } from "../../format/states.js";
import { FamilyQueries, MergedOrder } from "../../reader/order.js";
import { type ConnectionKey, keyAt, keyOf } from "./connection-key.js";
import type { Lives } from "./lives.js";
import type { Mark, Marks } from "./marks.js";
import type { RowFilter } from "./row-filter.js";
import type { Sort } from "./sort.js";

/** A row of the list: of a table, or of a connection that has closed and is in none. */
export type ListedRow =
  | { readonly table: TcpTable; readonly index: number; readonly gone?: never }
  | { readonly gone: Mark; readonly table?: never; readonly index?: never };

export interface RowListInput {
  /** IPv4's first. */
  readonly tables: readonly TcpTable[];
  readonly query: Query;
  readonly sort: Sort;
  readonly lives: Lives;
  readonly marks: Marks;
  /** The query's filter, for rows that are in no table. */
  readonly rowFilter: RowFilter;
  readonly onlyMarked: boolean;
  /** The order that is to stay as it is: connections that are not in it wait. */
  readonly held?: readonly ConnectionKey[] | undefined;
}

/** Stands for a table's number where a row is in none. */
const GONE = 255;

/** Rows of closed connections at a time: more than anyone reads. */
const MOST_GONE = 1000;

/**
 * All rows that are to be seen, in their order, as numbers: nothing is formatted but what is on the screen. What has closed keeps
 * its place in the order as long as its mark stays. Valid as long as the tables.
 */
export class RowList {
  length = 0;
  /** Rows of tables that the filter matches. */
  matched = 0;
  /** Rows that wait because the order is held. */
  waiting = 0;
  readonly #queries = new FamilyQueries();
  readonly #order = new MergedOrder();
  readonly #selections = new Map<TcpTable, Selection>();
  #tables: readonly TcpTable[] = [];
  #from = new Uint8Array(0);
  #at = new Uint32Array(0);
  #gone: readonly Mark[] = [];

  /** @throws {QueryError} a table lacks a column that filter or order look at */
  build(input: RowListInput): void {
    const { tables, query, marks, rowFilter } = input;
    const selections = tables.map((table) =>
      table.select(this.#queries.of(query, table.family), this.#reusable(table)),
    );
    this.#selections.clear();
    for (const selection of selections) this.#selections.set(selection.table, selection);
    this.#order.merge(selections, query);
    this.#tables = tables;
    this.matched = this.#order.length;
    const gone = [...marks.gone()].filter(({ event }) => rowFilter.matches(event.row)).slice(-MOST_GONE);
    this.#gone = gone;
    this.#makeRoom(this.matched + gone.length);
    this.length = 0;
    this.waiting = 0;
    if (input.held) this.#listHeld(input.held);
    else this.#listSorted(input);
  }

  at(place: number): ListedRow {
    const from = this.#from[place] as number;
    const index = this.#at[place] as number;
    if (from === GONE) return { gone: this.#gone[index] as Mark };
    return { table: this.#tables[from] as TcpTable, index };
  }

  keyAt(place: number): ConnectionKey {
    const { gone, table, index } = this.at(place);
    return gone ? gone.key : keyAt(table, index);
  }

  /** −1 where it is not in the list. */
  placeOf(key: ConnectionKey): number {
    for (let place = 0; place < this.length; place++) if (this.keyAt(place) === key) return place;
    return -1;
  }

  /** All connections in their order. */
  keys(): ConnectionKey[] {
    return Array.from({ length: this.length }, (_, place) => this.keyAt(place));
  }

  #reusable(table: TcpTable): Selection | undefined {
    return this.#selections.get(table);
  }

  #makeRoom(length: number): void {
    if (length <= this.#at.length) return;
    this.#from = new Uint8Array(length + (length >>> 2));
    this.#at = new Uint32Array(length + (length >>> 2));
  }

  #push(from: number, at: number): void {
    this.#from[this.length] = from;
    this.#at[this.length++] = at;
  }

  #listSorted({ query, sort, lives, marks, onlyMarked }: RowListInput): void {
    const { selections, indices } = this.#order;
    const tableOf = (row: number) => this.#tables[selections[row] as number] as TcpTable;
    const keyOfRow = (row: number) => keyAt(tableOf(row), indices[row] as number);
    let rows: ArrayLike<number> | undefined;
    if (onlyMarked) {
      const all = Array.from({ length: this.matched }, (_, row) => row);
      rows = all.filter((row) => marks.get(keyOfRow(row)));
    }
    let firstSeen: Float64Array | undefined;
    if (sort.column === "age") {
      firstSeen = lives.firstSeen(this.matched, tableOf, indices);
      rows = sortedByAge(rows ?? this.matched, firstSeen, sort.descending);
    }
    const length = rows?.length ?? this.matched;
    const rowAt = (place: number) => (rows ? (rows[place] as number) : place);

    // Where each closed one was.
    const places = this.#gone.map((mark, at) => {
      const isBefore = firstSeen
        ? ageOrder(lives.firstSeenOf(mark.key), firstSeen, sort.descending)
        : keyOrder(mark.event.row, query, (row) => [tableOf(row), indices[row] as number]);
      let [low, high] = [0, length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (isBefore(rowAt(middle))) low = middle + 1;
        else high = middle;
      }
      return { at, place: low };
    });
    places.sort((a, b) => a.place - b.place);
    let next = 0;
    for (let place = 0; place <= length; place++) {
      for (; places[next]?.place === place; next++) this.#push(GONE, places[next]?.at as number);
      if (place === length) break;
      const row = rowAt(place);
      this.#push(selections[row] as number, indices[row] as number);
    }
  }

  #listHeld(held: readonly ConnectionKey[]): void {
    const { selections, indices } = this.#order;
    const rows = new Map<ConnectionKey, number>();
    for (let row = 0; row < this.matched; row++) {
      const table = this.#tables[selections[row] as number] as TcpTable;
      rows.set(keyAt(table, indices[row] as number), row);
    }
    const gone = new Map(this.#gone.map(({ key }, at) => [key, at]));
    for (const key of held) {
      const row = rows.get(key);
      if (row !== undefined) {
        rows.delete(key);
        this.#push(selections[row] as number, indices[row] as number);
      } else if (gone.has(key)) {
        this.#push(GONE, gone.get(key) as number);
      }
    }
    this.waiting = rows.size;
  }
}

/**
 * As numbers that sort by themselves, the age before the row: with a function to compare them it would take five times as long.
 *
 * @param rows which, or how many from the first on
 */
function sortedByAge(rows: ArrayLike<number> | number, firstSeen: Float64Array, descending: boolean): Uint32Array {
  const length = typeof rows === "number" ? rows : rows.length;
  let [oldest, youngest] = [Number.POSITIVE_INFINITY, 0];
  for (const time of firstSeen) {
    if (time > youngest) youngest = time;
    if (time >= 0 && time < oldest) oldest = time;
  }
  const span = Math.max(0, youngest - oldest + 1);
  const keys = new Float64Array(length);
  for (let at = 0; at < length; at++) {
    const row = typeof rows === "number" ? at : (rows[at] as number);
    const time = firstSeen[row] as number;
    // What was there before the first sample is older than all.
    const sinceOldest = time < 0 ? 0 : time - oldest + 1;
    const age = descending ? sinceOldest : span - sinceOldest;
    keys[at] = Math.round(age) * firstSeen.length + row;
  }
  keys.sort();
  return Uint32Array.from(keys, (key) => key % firstSeen.length);
}

/** Whether a row comes before one that was first seen then. */
function ageOrder(seen: number, firstSeen: Float64Array, descending: boolean): (row: number) => boolean {
  return (row) => (descending ? (firstSeen[row] as number) < seen : (firstSeen[row] as number) > seen);
}

type Placed = (row: number) => [table: TcpTable, index: number];

/** Whether a row comes before this one by the query's keys. */
function keyOrder(gone: TcpRow, { keys }: Query, placed: Placed): (row: number) => boolean {
  const values = keys.map(({ column }) => valueIn(gone, column));
  return (row) => {
    const [table, index] = placed(row);
    for (const [at, { column, descending }] of keys.entries()) {
      const order = compare(valueAt(table, index, column), values[at] as readonly number[]);
      if (order !== 0) return descending ? order > 0 : order < 0;
    }
    return false;
  };
}

/** Numbers that sort like a column's values: an address has its family before it. */
function valueIn(row: TcpRow, column: ColumnName): readonly number[] {
  const value = row[column];
  if (column === "state") return [parseState(row.state) ?? 255];
  if (COLUMNS[column].kind !== "address") return [typeof value === "number" ? value : 0];
  const ipv4 = parseIPv4(String(value));
  return ipv4 === undefined ? [6, ...(parseIPv6(String(value)) ?? [])] : [4, ipv4];
}

function valueAt(table: TcpTable, index: number, column: ColumnName): readonly number[] {
  const values = table.columns[column];
  if (COLUMNS[column].kind !== "address") return [Number(values?.[index] ?? 0)];
  if (table.family === 4) return [4, values?.[index] as number];
  return [6, 0, 1, 2, 3].map((word, at) => (at === 0 ? 6 : (values?.[index * 4 + word] as number)));
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < one.length; at++) {
    const order = (one[at] as number) - (other[at] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** The key of a listed row that was taken out of the list. */
export function keyOfListed({ gone, table, index }: ListedRow): ConnectionKey {
  return gone ? keyOf(gone.event.row) : keyAt(table, index);
}
