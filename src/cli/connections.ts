import type { Query } from "../decoder/query.js";
import type { Selection, TcpTable } from "../decoder/table/table.js";
import type { Family } from "../format/layouts.js";
import type { ProcessNames } from "../system/contract.js";
import type { ConnectionRow } from "./column-names.js";

/** Where a connection stands. */
export interface Place {
  readonly table: TcpTable;
  /** Of the row in the table. */
  readonly index: number;
}

type Key = Query["keys"][number];

/** The part of a query that a family's tables can answer: IPv4 has no scopes, which sort as if they were all the same. */
export function queryFor(query: Query, family: Family): Query {
  if (family === 6) return query;
  return { ...query, keys: query.keys.filter(({ column }) => column !== "localScopeId" && column !== "remoteScopeId") };
}

/**
 * The rows of several selections in one order, at most `query.limit` in all. Each selection is in the query's order already;
 * where rows are equal in all keys, those of the first selection come first. An IPv4 address comes before any of IPv6.
 */
export function* merge(selections: readonly Selection[], query: Query): Generator<Place> {
  const total = selections.reduce((sum, { length }) => sum + length, 0);
  const parts = selections.map((selection) => new Part(selection, selections.length > 1 ? query.keys : []));
  for (let count = 0; count < Math.min(total, query.limit); count++) {
    const waiting = parts.filter((part) => !part.ended);
    yield waiting.reduce((first, part) => (part.isBefore(first) ? part : first)).take();
  }
}

/** A key, and the values of the rows by it. */
interface SortedBy {
  readonly descending: boolean;
  valueAt(at: number): number | bigint;
}

/** A selection, read from its first row to its last. */
class Part {
  readonly #table: TcpTable;
  readonly #indices: Uint32Array;
  readonly #keys: readonly SortedBy[];
  #at = 0;

  constructor(selection: Selection, keys: readonly Key[]) {
    this.#table = selection.table;
    this.#indices = selection.indices;
    this.#keys = keys.map(({ column, descending }) => ({ descending, valueAt: valuesOf(selection, column) }));
  }

  get ended(): boolean {
    return this.#at === this.#indices.length;
  }

  /** Whether this one's next row comes before the other's, strictly. */
  isBefore(other: Part): boolean {
    for (const [at, { descending, valueAt }] of this.#keys.entries()) {
      const mine = valueAt(this.#at);
      const others = (other.#keys[at] as SortedBy).valueAt(other.#at);
      if (mine !== others) return descending ? mine > others : mine < others;
    }
    return false;
  }

  take(): Place {
    return { table: this.#table, index: this.#indices[this.#at++] as number };
  }
}

/** The values that a column is compared by with another family's. */
function valuesOf({ table, columns }: Selection, column: Key["column"]): (at: number) => number | bigint {
  const { family } = table;
  if (column === "localAddress" || column === "remoteAddress") return () => family;
  const values = columns[column];
  return (at) => values?.[at] ?? -1;
}

/** The rows at these places, with the names of their processes where `names` is given. */
export function* rowsAt(places: Iterable<Place>, names?: ProcessNames): Generator<ConnectionRow> {
  for (const { table, index } of places) {
    const row: ConnectionRow = table.row(index);
    if (names) row.processName = (row.owningPid ? names.nameOf(row.owningPid) : undefined) ?? null;
    yield row;
  }
}
