import type { Query } from "../decoder/query.js";
import type { Selection } from "../decoder/table/table.js";
import type { Filter } from "../filter/filter.js";
import { COLUMNS, type ColumnName, type Columns } from "../format/columns.js";
import type { Family } from "../format/layouts.js";

/**
 * Queries as each family's tables can answer them: among the rows that the reader is for, and for IPv4 without scopes, which
 * sort as if they were all the same. Each query is taken apart once.
 */
export class FamilyQueries {
  readonly #where: Filter | undefined;
  readonly #queries = { 4: new WeakMap<Query, Query>(), 6: new WeakMap<Query, Query>() } as const;

  /** @param where the reader's own filter, which holds for every query */
  constructor(where?: Filter) {
    this.#where = where;
  }

  of(query: Query, family: Family): Query {
    const queries = this.#queries[family];
    let answerable = queries.get(query);
    if (!answerable) {
      const keys = family === 4 ? query.keys.filter(({ column }) => !SCOPES.includes(column)) : query.keys;
      answerable = { ...query, keys, filter: bothOf(this.#where, query.filter) };
      queries.set(query, answerable);
    }
    return answerable;
  }
}

const SCOPES: readonly ColumnName[] = ["localScopeId", "remoteScopeId"];

/** The filter of the rows that both of them match. */
export function bothOf(first: Filter | undefined, second: Filter | undefined): Filter | undefined {
  if (!first || !second || first === second) return first ?? second;
  return {
    text: `( ${first.text} ) and ( ${second.text} )`,
    expression: { kind: "and", operands: [first.expression, second.expression] },
  };
}

/**
 * Several families' selections in one order. Each is in the query's order already; where rows are equal in all keys, those of
 * the first selection come first. An IPv4 address comes before any of IPv6, and a row without a column before any with it.
 */
export class MergedOrder {
  /** How many rows there are; the rest of the arrays is room. */
  length = 0;
  /** Of each row: which selection it is from, and where it stands in that one's table. */
  selections = new Uint8Array(0);
  indices: Uint32Array = new Uint32Array(0);
  #keys: Query["keys"] = [];
  /** Of each selection: its columns by key, where the next row stands, and where in the table that is. */
  readonly #columns: (Columns[ColumnName] | undefined)[] = [];
  readonly #families: Family[] = [];
  readonly #next: number[] = [];
  readonly #rows: number[] = [];

  /** Puts at most `query.limit` rows of the selections into order. Without garbage, once there is room. */
  merge(selections: readonly Selection[], query: Query): void {
    let total = 0;
    for (let at = 0; at < selections.length; at++) total += (selections[at] as Selection).length;
    this.length = Math.min(total, query.limit);
    if (this.length > this.indices.length) {
      const room = this.length + (this.length >>> 2);
      this.selections = new Uint8Array(room);
      this.indices = new Uint32Array(room);
    }
    if (query.keys.length === 0 || selections.length === 1) this.#concatenate(selections);
    else this.#mergeByKeys(selections, query.keys);
  }

  #concatenate(selections: readonly Selection[]): void {
    let row = 0;
    for (let at = 0; at < selections.length && row < this.length; at++) {
      const { indices } = selections[at] as Selection;
      for (let from = 0; from < indices.length && row < this.length; from++, row++) {
        this.selections[row] = at;
        this.indices[row] = indices[from] as number;
      }
    }
  }

  #mergeByKeys(selections: readonly Selection[], keys: Query["keys"]): void {
    this.#keys = keys;
    for (let at = 0; at < selections.length; at++) {
      const { table } = selections[at] as Selection;
      this.#families[at] = table.family;
      this.#next[at] = 0;
      for (let key = 0; key < keys.length; key++) {
        const { column } = keys[key] as Query["keys"][number];
        this.#columns[at * keys.length + key] = table.columns[column];
      }
    }
    for (let row = 0; row < this.length; row++) {
      let first = -1;
      for (let at = 0; at < selections.length; at++) {
        const { indices } = selections[at] as Selection;
        const next = this.#next[at] as number;
        if (next === indices.length) continue;
        this.#rows[at] = indices[next] as number;
        if (first < 0 || this.#isBefore(at, first)) first = at;
      }
      this.selections[row] = first;
      this.indices[row] = this.#rows[first] as number;
      (this.#next[first] as number)++;
    }
  }

  /** Whether one selection's next row comes before another's, strictly. */
  #isBefore(one: number, other: number): boolean {
    const keys = this.#keys;
    for (let key = 0; key < keys.length; key++) {
      const { column, descending } = keys[key] as Query["keys"][number];
      const isAddress = COLUMNS[column].kind === "address";
      const first = isAddress ? (this.#families[one] as Family) : this.#value(one, key);
      const second = isAddress ? (this.#families[other] as Family) : this.#value(other, key);
      if (first !== second) return descending ? first > second : first < second;
    }
    return false;
  }

  #value(selection: number, key: number): number | bigint {
    return this.#columns[selection * this.#keys.length + key]?.[this.#rows[selection] as number] ?? -1;
  }
}
