import { UnsupportedSystemError } from "../errors.js";
import { loadFunction } from "../koffi.js";

/**
 * `kernel32.dll` may be loaded by its name: it is in every process from its start, and it is one of the registry's KnownDLLs,
 * which Windows never looks for in any folder but its own.
 */
export const KERNEL32 = "kernel32.dll";

/** UTF-16 code units, the 0 at the end included: MAX_PATH, beyond which the system's directory can't be. */
const MAX_PATH = 260;

/** A library whose functions are called. */
export interface Library {
  /** For people. */
  readonly name: string;
  /** What it is loaded by. */
  readonly path: string;
}

/**
 * Iphlpapi.dll of the system itself. By its bare name Windows would look for it beside the program first, and koffi, as its last
 * resort, in the working directory: a file that somebody has put there would run with the rights of whoever closes
 * connections as administrator.
 *
 * @param library this library instead, as it is given
 * @throws {UnsupportedSystemError} koffi can't be loaded, or this is not Windows
 */
export function iphlpapi(library?: string): Library {
  if (library !== undefined) return { name: library, path: library };
  const name = "Iphlpapi.dll";
  return { name, path: `${systemDirectory()}\\${name}` };
}

/**
 * The directory of Windows' own libraries, without `\` at its end: `C:\Windows\System32`. By GetSystemDirectoryW, because
 * environment variables are anyone's to set.
 *
 * @throws {UnsupportedSystemError} koffi can't be loaded, or this is not Windows
 */
export function systemDirectory(kernel32 = KERNEL32): string {
  const getSystemDirectory = loadFunction(kernel32, "GetSystemDirectoryW", ["void *", "uint32_t"]);
  const path = new Uint16Array(MAX_PATH);
  // 0 where it failed; otherwise the length without the 0 at the end, or the size that it takes where that is larger.
  const length = getSystemDirectory(path, path.length);
  if (length === 0 || length >= path.length)
    throw new UnsupportedSystemError(
      `GetSystemDirectoryW of ${kernel32} gave a length of ${length}, which must be from 1 to ${MAX_PATH - 1}: pass the library's full path.`,
    );
  return new TextDecoder("utf-16le").decode(path.subarray(0, length));
}
