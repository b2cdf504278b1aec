import type { TcpTable } from "../decoder/table/table.js";
import type { CloseResult } from "../system/contract.js";
import { closeRow } from "../system/system.js";

/**
 * Closes the connection of a row at once, with a reset to the other end: SetTcpEntry on Windows, SOCK_DESTROY on Linux.
 * The program that owns it sees an error. It takes the administrator's rights.
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
