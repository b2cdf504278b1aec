import type { TcpRow } from "../../decoder/table/row.js";
import type { TcpTable } from "../../decoder/table/table.js";
import { localEnd, remoteEnd } from "../table-text.js";

/** Tells a connection from all others: the kernel's cookie where there is one, else both ends and the time of creation. */
export type ConnectionKey = bigint | string;

export function keyOf(row: TcpRow): ConnectionKey {
  const { socketCookie, createTimestamp } = row;
  if (socketCookie !== undefined && socketCookie !== "0") return BigInt(`0x${socketCookie}`);
  return `${localEnd(row)} ${remoteEnd(row)} ${createTimestamp ?? ""}`;
}

/** The same of a row in a table, without making the row where it has a cookie. */
export function keyAt(table: TcpTable, index: number): ConnectionKey {
  return table.columns.socketCookie?.[index] || keyOf(table.row(index));
}
