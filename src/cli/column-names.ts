import type { TcpRow } from "../decoder/table/row.js";
import { COLUMN_NAMES, type ColumnName } from "../format/columns.js";

/** A connection as the command prints it. */
export interface ConnectionRow extends TcpRow {
  /** Where names were asked for; `null` where there is no process, or its name can't be told. */
  processName?: string | null;
}

/** A column that can be printed: those of the tables, and what the operating system tells of their processes. */
export type PrintedColumn = ColumnName | "processName";

/** Short names on the command line, and the filter language's own, beside the columns' names in JSON. */
const COLUMN_BY_SHORT_NAME: Readonly<Record<string, PrintedColumn>> = {
  local: "localAddress",
  src: "localAddress",
  lport: "localPort",
  sport: "localPort",
  remote: "remoteAddress",
  dst: "remoteAddress",
  rport: "remotePort",
  dport: "remotePort",
  scope: "localScopeId",
  lscope: "localScopeId",
  rscope: "remoteScopeId",
  pid: "owningPid",
  process: "processName",
  offload: "offloadState",
  created: "createTimestamp",
};

/** The short names that messages and help tell. */
export const SHORT_NAMES = "state, local, lport, remote, rport, pid, process, created, offload, scope, rscope";

/** The column of a name or a short name; `undefined` where there is none. */
export function columnNamed(name: string): PrintedColumn | undefined {
  if (name === "processName") return name;
  const short = Object.hasOwn(COLUMN_BY_SHORT_NAME, name) ? COLUMN_BY_SHORT_NAME[name] : undefined;
  return COLUMN_NAMES.find((known) => known === name) ?? short;
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
  return `There is no column "${name}". The columns are: ${SHORT_NAMES}; or by their names in JSON.`;
}
