import { createRequire } from "node:module";
import { UnsupportedSystemError } from "./errors.js";

/** A function of a native library. Its number is unsigned: a code such as 0xC0000001 is not read as a negative one. */
export type NativeFunction = (...values: unknown[]) => number;

/**
 * A function of a Windows library, by its name and koffi's names of its parameters' types.
 *
 * @throws {UnsupportedSystemError} koffi, the library or the function can't be loaded
 */
export function loadFunction(library: string, name: string, types: string[], result = "uint32_t"): NativeFunction {
  try {
    return load(library).func("__stdcall", name, result, types);
  } catch (error) {
    throw unsupported(library, name, error);
  }
}

/**
 * Like `loadFunction`, but `undefined` where the library is there and has no such function: an older system, or Wine.
 *
 * @throws {UnsupportedSystemError} koffi or the library can't be loaded
 */
export function findFunction(library: string, name: string, types: string[]): NativeFunction | undefined {
  let loaded: ReturnType<typeof load>;
  try {
    loaded = load(library);
  } catch (error) {
    throw unsupported(library, name, error);
  }
  try {
    return loaded.func("__stdcall", name, "uint32_t", types);
  } catch {
    return undefined;
  }
}

/** Where memory that is handed to a native function lies. */
export function addressOf(memory: Uint8Array): bigint {
  return koffi().address(memory);
}

function load(library: string) {
  return koffi().load(library);
}

/** Not a static import: koffi has a native part, which must not be needed before it is used. */
function koffi(): typeof import("koffi").default {
  return createRequire(import.meta.url)("koffi") as typeof import("koffi").default;
}

function unsupported(library: string, name: string, error: unknown): UnsupportedSystemError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UnsupportedSystemError(`${name} of ${library} can't be called: ${reason}. It needs Windows and koffi.`);
}
