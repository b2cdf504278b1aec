import { compileFilter, type Filter } from "../filter/filter.js";
import { COLUMN_NAMES, type ColumnName } from "../format/columns.js";
import { shown, unknownOption } from "../format/options.js";
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

/** A query ready to run again and again: parsed and checked once, without garbage at each run. `compileQuery` makes it. */
export interface Query {
  /** Which rows; every row where there is none. */
  readonly filter: Filter | undefined;
  /** Each column at most once: its second key can't tell apart what its first did not. */
  readonly keys: readonly Key[];
  /** Infinity where there is none. */
  readonly limit: number;
}

interface Key {
  readonly column: ColumnName;
  readonly descending: boolean;
}

/**
 * Parses and checks a query.
 *
 * @throws {FilterSyntaxError} `where` is not in the grammar
 * @throws {QueryError} an option that does not exist, a sort key that names no column, a limit that is no whole number from 0 up,
 *   or a `where` that is neither text nor a filter
 */
export function compileQuery(options: QueryOptions): Query {
  mustHaveNames(options, ["where", "orderBy", "limit"]);
  const { where, orderBy = [], limit = Number.POSITIVE_INFINITY } = options;
  if (!Array.isArray(orderBy))
    throw new QueryError(`orderBy is an array of columns, "-" before those that descend; not ${shown(orderBy)}.`);
  return checkedQuery({
    filter: typeof where === "string" ? compileFilter(where) : where,
    keys: orderBy.map(parseSortKey),
    limit,
  });
}

function parseSortKey(key: SortKey): Key {
  const descending = typeof key === "string" && key.startsWith("-");
  return { column: (descending ? key.slice(1) : key) as ColumnName, descending };
}

/** What `checkQuery` made of the queries that it was given, and of those that it made. */
let checkedQueries: WeakMap<Query, Query> | undefined;

/**
 * The query as the engines run it: checked, and frozen, so that what is right stays right. The same one for the same query, and
 * what `compileQuery` made is taken as it is.
 *
 * @throws {QueryError} it is no query
 */
export function checkQuery(query: Query): Query {
  const known = checkedQueries?.get(query);
  if (known) return known;
  mustHaveNames(query, ["filter", "keys", "limit"]);
  const checked = checkedQuery(query);
  checkedQueries?.set(query, checked);
  return checked;
}

function checkedQuery({ filter, keys, limit }: Query): Query {
  if (limit !== Number.POSITIVE_INFINITY && (!Number.isSafeInteger(limit) || limit < 0))
    throw new QueryError(`A limit is a whole number of rows from 0 up, not ${shown(limit)}.`);
  if (filter !== undefined && typeof filter?.expression !== "object")
    throw new QueryError(`A filter is text in ss's grammar, or what compileFilter made of one; not ${shown(filter)}.`);
  if (!Array.isArray(keys)) throw new QueryError(`A query's keys are an array, not ${shown(keys)}.`);
  const checked = Object.freeze({ filter, keys: Object.freeze(firstOfEach(keys.map(checkedKey))), limit });
  checkedQueries ??= new WeakMap();
  checkedQueries.set(checked, checked);
  return checked;
}

function checkedKey(key: Key): Key {
  const { column, descending }: Partial<Key> = key ?? {};
  if (column === undefined || !COLUMN_NAMES.includes(column))
    throw new QueryError(
      `There is no column ${shown(column)} to sort by. The columns are: ${COLUMN_NAMES.join(", ")}; "-" before one for descending.`,
    );
  if (typeof descending !== "boolean")
    throw new QueryError(`Whether a key descends is true or false, not ${shown(descending)}.`);
  return Object.freeze({ column, descending });
}

function firstOfEach(keys: readonly Key[]): Key[] {
  return keys.filter(({ column }, at) => keys.findIndex((key) => key.column === column) === at);
}

function mustHaveNames(options: object, names: readonly string[]): void {
  const problem = unknownOption("A query", options, names);
  if (problem) throw new QueryError(problem);
}
