import { compileQuery, type Query, type SortKey } from "../../decoder/query.js";
import type { Filter } from "../../filter/filter.js";

/** What rows can be sorted by. */
export const SORT_COLUMNS = ["state", "local", "remote", "pid", "age"] as const;

export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface Sort {
  readonly column: SortColumn;
  /** Of ages: the oldest first. */
  readonly descending: boolean;
}

/** The youngest first: what happens is at the top. */
export const BY_AGE: Sort = { column: "age", descending: false };

/**
 * Parses `remote`, `-age`: `-` for descending.
 *
 * @throws {RangeError} there is no such column to sort by
 */
export function parseSort(text: string): Sort {
  const descending = text.startsWith("-");
  const name = descending ? text.slice(1) : text;
  const column = SORT_COLUMNS.find((known) => known === name);
  if (!column)
    throw new RangeError(
      `watch sorts by one of ${SORT_COLUMNS.join(", ")}, "-" before it for descending; not ${text}.`,
    );
  return { column, descending };
}

const LOCAL: readonly SortKey[] = ["localAddress", "localPort"];
const REMOTE: readonly SortKey[] = ["remoteAddress", "remotePort"];

/** What the tables are asked for. They hold no ages: for these, rows come in the order of their ends, and are sorted after that. */
export function queryFor({ column, descending }: Sort, filter: Filter | undefined): Query {
  const first: Record<SortColumn, readonly SortKey[]> = {
    state: ["state"],
    local: LOCAL,
    remote: REMOTE,
    pid: ["owningPid"],
    age: [],
  };
  const turned = first[column].map((key): SortKey => (descending ? (`-${key}` as SortKey) : key));
  return compileQuery({ where: filter, orderBy: [...turned, ...REMOTE, ...LOCAL] });
}
