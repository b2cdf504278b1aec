import { LAYOUTS } from "../../format/layouts.js";
import { checkOptions, shown } from "../../format/options.js";
import type { SystemCode } from "../errors.js";
import { addressOf, findFunction } from "../koffi.js";
import { CHECKS } from "../options.js";
import { iphlpapi } from "./system-library.js";
import { WIN32, win32Code } from "./win32.js";

/** Where to ask. */
export interface OwnerModuleOptions {
  /** The library that has the functions; the system's own Iphlpapi.dll unless said otherwise. */
  readonly library?: string | undefined;
}

/** The module that bound a connection: a service's name where one process has several, otherwise the program's. */
export type OwnerModule =
  | { readonly found: true; readonly name: string | undefined; readonly path: string | undefined }
  | { readonly found: false; readonly code: SystemCode; readonly advice: string };

/** TCPIP_OWNER_MODULE_INFO_BASIC. */
const BASIC = 0;
/** Bytes. A name and a path have about two hundred. */
const FIRST_SIZE = 1024;
const ATTEMPTS = 5;
/** Bytes of a pointer on this machine. */
const POINTER_SIZES: Readonly<Record<string, number>> = { ia32: 4, arm: 4 };

/**
 * Which module bound a connection, by GetOwnerModuleFromTcpEntry or GetOwnerModuleFromTcp6Entry. Windows only; where the
 * system has no such function, as under Wine, that is the refusal ERROR_NOT_SUPPORTED.
 *
 * @param row `table.rawRow(index)` of a MIB_TCPTABLE_OWNER_MODULE or MIB_TCP6TABLE_OWNER_MODULE
 * @throws {TypeError} the row is of another layout or no bytes, or an option is not known
 * @throws {UnsupportedSystemError} koffi or the library can't be loaded
 */
export function ownerModuleOf(row: Uint8Array, options: OwnerModuleOptions = {}): OwnerModule {
  checkOptions("ownerModuleOf", options, { library: CHECKS.library });
  const name = functionFor(row);
  const call = findFunction(iphlpapi(options.library).path, name, ["void *", "uint32_t", "void *", "void *"]);
  if (!call) return refusal(WIN32.ERROR_NOT_SUPPORTED);
  // A copy, whose 64-bit fields are aligned.
  const entry = row.slice();
  const size = new Uint32Array([FIRST_SIZE]);
  for (let attempt = 1; ; attempt++) {
    const capacity = size[0] as number;
    // Words: the system writes pointers to its start.
    const buffer = new Uint8Array(new BigUint64Array(Math.ceil(capacity / 8)).buffer, 0, capacity);
    const code = call(entry, BASIC, buffer, size);
    if (code === WIN32.NO_ERROR) return { found: true, ...basicInfo(buffer) };
    if (code !== WIN32.ERROR_INSUFFICIENT_BUFFER || attempt === ATTEMPTS) return refusal(code);
    size[0] = Math.max(size[0] as number, capacity * 2);
  }
}

function functionFor(row: Uint8Array): string {
  if (!(row instanceof Uint8Array))
    throw new TypeError(`ownerModuleOf takes a row's bytes, table.rawRow(index), not ${shown(row)}.`);
  if (row.length === LAYOUTS.MIB_TCPTABLE_OWNER_MODULE.rowSize) return "GetOwnerModuleFromTcpEntry";
  if (row.length === LAYOUTS.MIB_TCP6TABLE_OWNER_MODULE.rowSize) return "GetOwnerModuleFromTcp6Entry";
  throw new TypeError(
    `A row of ${row.length} bytes does not tell its module: pass table.rawRow(index) of a table with owner: "module".`,
  );
}

/** TCPIP_OWNER_MODULE_BASIC_INFO: pointers to the name and to the path, both further on in the same memory. */
function basicInfo(buffer: Uint8Array): { name: string | undefined; path: string | undefined } {
  const pointerSize = POINTER_SIZES[process.arch] ?? 8;
  return { name: textAt(buffer, 0, pointerSize), path: textAt(buffer, pointerSize, pointerSize) };
}

/** The text that a pointer in the buffer points to; `undefined` where that is not in the buffer, NULL included. */
function textAt(buffer: Uint8Array, at: number, pointerSize: number): string | undefined {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const pointer = pointerSize === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  const start = Number(pointer - addressOf(buffer));
  if (start < 2 * pointerSize || start >= buffer.length) return undefined;
  let end = start;
  while (end + 1 < buffer.length && view.getUint16(end, true) !== 0) end += 2;
  return new TextDecoder("utf-16le").decode(buffer.subarray(start, end)) || undefined;
}

function refusal(code: number): OwnerModule {
  return { found: false, code: win32Code(code), advice: advice(code) };
}

function advice(code: number): string {
  switch (code) {
    case WIN32.ERROR_NOT_SUPPORTED:
      return "This system does not tell modules: take the process's name, by its PID.";
    case WIN32.ERROR_ACCESS_DENIED:
      return "This user may not see the process: run it as administrator.";
    default:
      return "The connection or its process has most likely ended: read the table again.";
  }
}
