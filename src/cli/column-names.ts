import type { TcpRow } from "../decoder/table/row.js";
import { type ColumnName, COLUMNS as TABLE_COLUMNS } from "../format/columns.js";
import type { Family } from "../format/layouts.js";

/** A connection as the command prints it. */
export interface ConnectionRow extends TcpRow {
  /** Where names were asked for; `null` where there is no process, or its name can't be told. */
  processName?: string | null;
  /** The file of the process's program; `null` as for its name. */
  programPath?: string | null;
  /** The name of `user`; `null` where there is none. */
  userName?: string | null;
  /** Names of the ports, where they were asked for; `null` where there is none. */
  localService?: string | null;
  remoteService?: string | null;
  family?: Family;
  /** All processes that hold the socket, where there are several. */
  owningPids?: number[];
}

/** What is printed beside the columns of the tables: names, and what is known of a whole table. */
export type AddedColumn = "processName" | "programPath" | "userName" | "localService" | "remoteService" | "family";

/** A column that can be printed. */
export type PrintedColumn = ColumnName | AddedColumn;

/** Each column's short names: the one that messages and help tell, and then the filter language's own. */
const SHORT_NAMES: Readonly<Record<PrintedColumn, readonly [string, ...string[]]>> = {
  state: ["state"],
  localAddress: ["local", "src"],
  localPort: ["lport", "sport"],
  remoteAddress: ["remote", "dst"],
  remotePort: ["rport", "dport"],
  owningPid: ["pid"],
  processName: ["process"],
  programPath: ["path"],
  receiveQueue: ["recvq"],
  sendQueue: ["sendq"],
  user: ["user"],
  userName: ["username"],
  inode: ["inode"],
  socketCookie: ["cookie"],
  createTimestamp: ["created"],
  offloadState: ["offload"],
  localScopeId: ["scope", "lscope"],
  remoteScopeId: ["rscope"],
  localService: ["lservice"],
  remoteService: ["rservice"],
  family: ["family"],
};

const COLUMNS = /* @__PURE__ */ Object.keys(SHORT_NAMES) as PrintedColumn[];

/** Whether the tables hold it. */
export function isTableColumn(column: PrintedColumn): column is ColumnName {
  return Object.hasOwn(TABLE_COLUMNS, column);
}

/** The short names that messages and help tell. */
export function shortNames(): string[] {
  return COLUMNS.map((column) => SHORT_NAMES[column][0]);
}

/** The column of a name in JSON or a short name; `undefined` where there is none. */
export function columnNamed(name: string): PrintedColumn | undefined {
  return COLUMNS.find((column) => column === name || SHORT_NAMES[column].includes(name));
}

/**
 * Parses `state,lport,pid`: the columns to print, in order.
 *
 * @throws {RangeError} a name is no column's, or stands there twice
 */
export function parseColumns(text: string): PrintedColumn[] {
  const columns = text.split(",").map((name) => {
    const column = columnNamed(name);
    if (!column) throw new RangeError(unknownColumn(name));
    return column;
  });
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (twice) throw new RangeError(`The column ${twice} stands there twice.`);
  return columns;
}

export function unknownColumn(name: string): string {
  return `There is no column "${name}". The columns are: ${shortNames().join(", ")}; or by their names in JSON.`;
}
