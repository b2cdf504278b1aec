import type { TcpRow } from "../decoder/table/row.js";
import type { ColumnName } from "../format/columns.js";

/** A connection as the command prints it. */
export interface ConnectionRow extends TcpRow {
  /** Where names were asked for; `null` where there is no process, or its name can't be told. */
  processName?: string | null;
  /** All processes that hold the socket, where there are several. */
  owningPids?: number[];
}

/** A column that can be printed: those of the tables, and what the operating system tells of their processes. */
export type PrintedColumn = ColumnName | "processName";

/** Each column's short names: the one that messages and help tell, and then the filter language's own. */
const SHORT_NAMES: Readonly<Record<PrintedColumn, readonly [string, ...string[]]>> = {
  state: ["state"],
  localAddress: ["local", "src"],
  localPort: ["lport", "sport"],
  remoteAddress: ["remote", "dst"],
  remotePort: ["rport", "dport"],
  owningPid: ["pid"],
  processName: ["process"],
  receiveQueue: ["recvq"],
  sendQueue: ["sendq"],
  user: ["user"],
  inode: ["inode"],
  socketCookie: ["cookie"],
  createTimestamp: ["created"],
  offloadState: ["offload"],
  localScopeId: ["scope", "lscope"],
  remoteScopeId: ["rscope"],
};

const COLUMNS = /* @__PURE__ */ Object.keys(SHORT_NAMES) as PrintedColumn[];

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
