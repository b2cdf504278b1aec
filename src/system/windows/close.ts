import { COLUMNS } from "../../format/columns.js";
import { type Field, fieldOf, LAYOUTS } from "../../format/layouts.js";
import { MIB_TCP_STATE } from "../../format/states.js";
import type { CloseResult, RawRow } from "../contract.js";
import { loadFunction } from "../koffi.js";
import { iphlpapi } from "./system-library.js";
import { WIN32, win32Code } from "./win32.js";

export interface WindowsCloseOptions {
  /** The library that has SetTcpEntry; the system's own Iphlpapi.dll unless said otherwise. */
  readonly library?: string | undefined;
}

/**
 * Closes a connection by SetTcpEntry, which takes a MIB_TCPROW with the state DELETE_TCB. Windows does it for IPv4 only, and
 * for administrators only.
 *
 * @throws {UnsupportedSystemError} koffi, the library or the function can't be loaded
 */
export function closeWindowsConnection(from: RawRow, options: WindowsCloseOptions = {}): CloseResult {
  const row = deletionOf(from);
  if (row === undefined) return refusal(WIN32.ERROR_NOT_SUPPORTED);
  const setTcpEntry = loadFunction(iphlpapi(options.library).path, "SetTcpEntry", ["void *"]);
  const code = setTcpEntry(row);
  return code === WIN32.NO_ERROR ? { closed: true } : refusal(code);
}

/** The MIB_TCPROW that asks for a connection's end; `undefined` for IPv6. */
function deletionOf({ layout, bytes }: RawRow): Uint8Array | undefined {
  if (LAYOUTS[layout].family !== 4) return undefined;
  const { rowSize, fields } = LAYOUTS.MIB_TCPTABLE;
  const row = new Uint8Array(rowSize);
  for (const { offset, column } of Object.values(fields)) {
    const start = (fieldOf(layout, column) as Field).offset;
    // A port's other two bytes may be garbage, which the system need not ignore when it is given back.
    row.set(bytes.subarray(start, start + (COLUMNS[column].kind === "port" ? 2 : 4)), offset);
  }
  new DataView(row.buffer).setUint32(fields.dwState.offset, MIB_TCP_STATE.DELETE_TCB, true);
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
