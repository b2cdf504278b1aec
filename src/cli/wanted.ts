import type { Query } from "../decoder/query.js";
import { columnsUsed } from "../filter/columns.js";
import type { ColumnName } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import type { Owner } from "../system/contract.js";
import { isTableColumn, type PrintedColumn } from "./column-names.js";

/** `-4` and `-6` as commander gives them. */
export interface FamilyOptions {
  ipv4?: true;
  ipv6?: true;
}

/** The families that are asked for: both where none is, or both are. */
export function familiesOf({ ipv4, ipv6 }: FamilyOptions): readonly Family[] {
  return ipv4 === ipv6 ? [4, 6] : [ipv4 ? 4 : 6];
}

/** The columns that the tables must have for what is printed and for what they are sorted by. The filter's come by themselves. */
export function columnsToRead(query: Query, printed: readonly PrintedColumn[] = []): ColumnName[] {
  const columns = [...printed, ...query.keys.map(({ column }) => column)];
  // A name is looked up by its number.
  const read = columns.map((column) => (column === "userName" ? "user" : column));
  return [...new Set(read.filter(isTableColumn))];
}

/** What the operating system must tell of the owners, so that everything can be answered; as little as does. */
export function ownerFor(query: Query, printed: readonly PrintedColumn[], processes: boolean): Owner | undefined {
  const columns: ColumnName[] = columnsToRead(query, printed);
  if (query.filter) columns.push(...columnsUsed(query.filter.expression));
  if (columns.includes("createTimestamp")) return "module";
  if (columns.includes("offloadState")) return "offload";
  const ofProcesses = processes || printed.includes("programPath");
  return ofProcesses || columns.includes("owningPid") ? "pid" : undefined;
}

/** The columns that are printed where the command line does not say: what the tables were asked for. */
export function defaultColumns(wanted: {
  readonly families: readonly Family[];
  readonly owner: Owner | undefined;
  readonly processes: boolean;
  /** With Linux's own columns, where ss -e has them. */
  readonly extended?: boolean;
}): PrintedColumn[] {
  const columns: PrintedColumn[] = ["state"];
  if (wanted.extended) columns.push("receiveQueue", "sendQueue");
  columns.push("localAddress", "localPort", "remoteAddress", "remotePort");
  if (wanted.families.includes(6)) columns.push("localScopeId", "remoteScopeId");
  if (wanted.owner) columns.push("owningPid");
  if (wanted.processes) columns.push("processName");
  if (wanted.extended) columns.push("user", "inode");
  if (wanted.owner === "module") columns.push("createTimestamp");
  return columns;
}
