import { columnsUsed } from "../filter/columns.js";
import { compileFilter, type Filter } from "../filter/filter.js";
import { COLUMN_NAMES, type ColumnName } from "../format/columns.js";
import { fieldOf, LAYOUT_NAMES, type LayoutName } from "../format/layouts.js";
import { QueryError } from "./errors.js";

/** A column's name, `-` before it for descending. */
export type SortKey = ColumnName | `-${ColumnName}`;

/** GetTcpTable's own order: what Order = TRUE gives. Addresses compare as numbers. */
export const DEFAULT_ORDER = [
  "localAddress",
  "localPort",
  "remoteAddress",
  "remotePort",
] as const satisfies readonly SortKey[];

/** GetTcp6Table's own order. */
export const DEFAULT_ORDER_IPV6 = [
  "localAddress",
  "localScopeId",
  "localPort",
  "remoteAddress",
  "remoteScopeId",
  "remotePort",
] as const satisfies readonly SortKey[];

/** What to select from a table. All parts may be left out: then it is every row, in the table's order. */
export interface QueryOptions {
  /** Which rows: text in ss's grammar, or a filter compiled before. */
  readonly where?: string | Filter | undefined;
  /** Their order: first key first; rows that are equal in all keys keep the table's order. */
  readonly orderBy?: readonly SortKey[] | undefined;
  /** At most this many rows, the first of the order. */
  readonly limit?: number | undefined;
}

/** A query ready to run again and again: parsed once, without garbage at each run. */
export interface Query {
  readonly filter: Filter | undefined;
  readonly keys: readonly { readonly column: ColumnName; readonly descending: boolean }[];
  /** Infinity where there is none. */
  readonly limit: number;
}

/**
 * Parses and checks a query.
 *
 * @throws {FilterSyntaxError} `where` is not in the grammar
 * @throws {QueryError} a sort key names no column, or the limit is no whole number from 0 up
 */
export function compileQuery(options: QueryOptions): Query {
  const { where, orderBy = [], limit = Number.POSITIVE_INFINITY } = options;
  if (limit !== Number.POSITIVE_INFINITY && (!Number.isSafeInteger(limit) || limit < 0))
    throw new QueryError(`A limit is a whole number of rows from 0 up, not ${limit}.`);
  return {
    filter: typeof where === "string" ? compileFilter(where) : where,
    keys: firstOfEach(orderBy.map(parseSortKey)),
    limit,
  };
}

function parseSortKey(key: string): { column: ColumnName; descending: boolean } {
  const descending = key.startsWith("-");
  const column = (descending ? key.slice(1) : key) as ColumnName;
  if (!COLUMN_NAMES.includes(column))
    throw new QueryError(`There is no column "${column}" to sort by. The columns are: ${COLUMN_NAMES.join(", ")}.`);
  return { column, descending };
}

/** A column's second key can't tell apart what its first did not. */
function firstOfEach<Key extends { readonly column: ColumnName }>(keys: Key[]): Key[] {
  return keys.filter(({ column }, at) => keys.findIndex((key) => key.column === column) === at);
}

/**
 * Makes sure that tables of a layout can answer a filter.
 *
 * @throws {QueryError} the layout lacks a column that the filter looks at
 */
export function mustAnswer({ expression }: Filter, layout: LayoutName): void {
  for (const column of columnsUsed(expression)) mustHave(layout, column);
}

/** @throws {QueryError} the layout has no such column */
export function mustHave(layout: LayoutName, column: ColumnName): void {
  if (fieldOf(layout, column)) return;
  const others = LAYOUT_NAMES.filter((name) => fieldOf(name, column));
  throw new QueryError(`${layout} has no ${column}. The layouts that have it: ${others.join(", ")}.`);
}
