import type { TcpTable } from "../decoder/table.js";
import { closeLinuxConnection } from "./close-linux.js";
import { closeWindowsConnection } from "./close-windows.js";
import { type SystemCode, UnsupportedSystemError } from "./errors.js";

/** What became of a connection that was to be closed. */
export type CloseResult =
  | { readonly closed: true }
  | {
      readonly closed: false;
      /** The system's answer. */
      readonly code: SystemCode;
      /** What to do, one sentence. */
      readonly advice: string;
    };

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
  switch (process.platform) {
    case "win32":
      return closeWindowsConnection(table, index);
    case "linux":
      return closeLinuxConnection(table, index);
    default:
      throw new UnsupportedSystemError(
        `There is no way to close connections on ${process.platform} yet: tcptable closes them on Windows and Linux.`,
      );
  }
}
