import { type Field, LAYOUTS } from "../decoder/layouts.js";
import { MIB_TCP_STATE } from "../decoder/states.js";
import type { TcpTable } from "../decoder/table.js";
import type { CloseResult } from "./close.js";
import { loadFunction } from "./native-library.js";
import { WIN32, win32Code } from "./win32.js";

export interface WindowsCloseOptions {
  /** The library that has SetTcpEntry; `Iphlpapi.dll` unless said otherwise. */
  readonly library?: string | undefined;
}

/**
 * Closes a connection by SetTcpEntry, which takes a MIB_TCPROW with the state DELETE_TCB. Windows does it for IPv4 only, and
 * for administrators only.
 *
 * @param table a table of any layout
 * @param index the row's number in the table
 * @throws {UnsupportedSystemError} koffi, the library or the function can't be loaded
 * @throws {RangeError} there is no such row
 */
export function closeWindowsConnection(table: TcpTable, index: number, options: WindowsCloseOptions = {}): CloseResult {
  const row = deletionOf(table, index);
  if (row === undefined) return refusal(WIN32.ERROR_NOT_SUPPORTED);
  const setTcpEntry = loadFunction(options.library ?? "Iphlpapi.dll", "SetTcpEntry", ["void *"]);
  const code = setTcpEntry(row);
  return code === WIN32.NO_ERROR ? { closed: true } : refusal(code);
}

/** The MIB_TCPROW that asks for a connection's end; `undefined` for IPv6. */
function deletionOf(table: TcpTable, index: number): Uint8Array | undefined {
  const from = table.rawRow(index);
  const { family, fields }: { readonly family: number; readonly fields: Readonly<Record<string, Field>> } =
    LAYOUTS[table.layout];
  if (family !== 4) return undefined;
  const into = LAYOUTS.MIB_TCPTABLE;
  const row = new Uint8Array(into.rowSize);
  for (const [name, { offset, type }] of Object.entries(into.fields)) {
    const start = (fields[name] as Field).offset;
    // A port's other two bytes may be garbage, which the system need not ignore when it is given back.
    row.set(from.subarray(start, start + (type === "port" ? 2 : 4)), offset);
  }
  new DataView(row.buffer).setUint32(into.fields.dwState.offset, MIB_TCP_STATE.DELETE_TCB, true);
  return row;
}

function refusal(code: number): CloseResult {
  return { closed: false, code: win32Code(code), advice: advice(code) };
}

function advice(code: number): string {
  switch (code) {
    case WIN32.ERROR_ACCESS_DENIED:
      return "Only an administrator may close connections: run it from a terminal that was started as administrator.";
    case WIN32.ERROR_NOT_SUPPORTED:
      return "Windows closes IPv4 connections only: end the process that owns an IPv6 one.";
    case WIN32.ERROR_NETWORK_ACCESS_DENIED:
      return "Windows refused it to this user: run it as administrator, in a session on this machine itself.";
    case WIN32.ERROR_INVALID_PARAMETER:
      return "Windows can't close a row like this, such as a listener's: close a connection, or end the owning process.";
    case WIN32.ERROR_MR_MID_NOT_FOUND:
      return "The connection has ended meanwhile, or this is no administrator's terminal: read the table again to see.";
    default:
      return "Read the table again, and see whether the connection is still there.";
  }
}
