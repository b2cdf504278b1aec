import { compileQuery, type QueryOptions } from "../decoder/query.js";
import type { TcpTable } from "../decoder/table/table.js";
import { columnsUsed } from "../filter/columns.js";
import type { Filter } from "../filter/filter.js";
import type { AbortSignalLike } from "../format/abort.js";
import { checkOptions } from "../format/options.js";
import type { CloseResult } from "../system/contract.js";
import { closeRow, identityColumns } from "../system/system.js";
import { type Closing, type Confirm, closeSelected } from "./closing.js";
import { CHECKS } from "./options.js";
import { openTcpTables, type TablesOptions } from "./tables.js";

/**
 * Closes the connection of a row at once, with a reset to the other end: SetTcpEntry on Windows, SOCK_DESTROY on Linux.
 * The program that owns it sees an error. It takes the administrator's rights.
 *
 * It closes what has the row's ends now. Where time has passed since the table was read, that may be another connection, unless
 * the table has the column `socketCookie` (Linux), by which the kernel knows the socket. `closeConnections` looks first.
 *
 * @param index of the row in the table
 * @returns a refusal as a value: one connection that can't be closed is no reason to stop
 * @throws {RangeError} there is no such row
 * @throws {StaleTableError} the table's decoder has gone on
 * @throws {UnsupportedSystemError} there is no way to it on this operating system
 */
export function closeConnection(table: TcpTable, index: number): CloseResult {
  return closeRow({ layout: table.layout, bytes: table.rawRow(index) });
}

/** Which connections to close, and who decides. */
export interface ClosingOptions extends Pick<TablesOptions, "families" | "columns" | "owner" | "engine">, QueryOptions {
  /** Which connections: there must be a filter, so that nobody closes everything by leaving something out. */
  readonly where: string | Filter;
  /**
   * Is asked once, before anything is closed, and not where there is nothing to close. It may take its time: what it says yes
   * to is looked at again before it is closed.
   */
  readonly confirm: Confirm;
  /** An AbortSignal, which ends the wait for `confirm`: then nothing is closed. Once it has said yes, all that is done is told. */
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * Closes the connections that a filter matches, as `closeConnection` does, but never another one in their place. When `confirm`
 * has said yes, the tables are read again: only a connection that is the same as before (by its cookie or inode on Linux, its
 * time of creation or owner on Windows) and that the filter still matches is closed. Then they are read once more, to tell what
 * is so. Listening sockets are closed only where the filter's words name them: `state listening`.
 *
 * @throws {TypeError} an option is none, or there is no filter
 * @throws {FilterSyntaxError} `where` is not in the grammar
 * @throws {QueryError} a sort key names no column, or the limit is no whole number
 * @throws {CollectError} the tables can't be read, or not again after `confirm`: then nothing was closed
 * @throws {UnsupportedSystemError} there is no way to it on this operating system
 * @throws {AbortError} the signal came before `confirm` had said yes: nothing was closed
 */
export async function closeConnections(options: ClosingOptions): Promise<Closing> {
  checkOptions("closeConnections", options, {
    where: CHECKS.where,
    orderBy: CHECKS.orderBy,
    limit: CHECKS.limit,
    families: CHECKS.families,
    columns: CHECKS.columns,
    owner: CHECKS.owner,
    engine: CHECKS.engine,
    confirm: CHECKS.confirm,
    signal: CHECKS.signal,
  });
  const { where, orderBy, limit, families, owner, engine, confirm, signal } = options;
  if (!confirm) throw new TypeError("closeConnections asks before it closes: pass confirm, a function.");
  const query = compileQuery({ where, orderBy, limit });
  const { filter, keys } = query;
  if (!filter) throw new TypeError('closeConnections needs a filter: pass where. "state all" is every connection.');
  const sortedBy = keys.map(({ column }) => column);
  const columns = [...(options.columns ?? []), ...columnsUsed(filter.expression), ...sortedBy, ...identityColumns()];
  // Without `where`: a table that lacks the rows which do not match can't tell what became of one.
  const reader = await openTcpTables({ families, columns: [...new Set(columns)], owner, engine });
  try {
    return await closeSelected(reader, { ...query, filter }, confirm, closeConnection, signal);
  } finally {
    reader.close();
  }
}
