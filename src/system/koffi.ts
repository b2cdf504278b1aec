import { createRequire } from "node:module";
import { UnsupportedSystemError } from "./errors.js";

export type Koffi = typeof import("koffi").default;

/** A function of a native library. Its number is unsigned: a code such as 0xC0000001 is not read as a negative one. */
export type NativeFunction = (...values: unknown[]) => number;

/** Loaded once: to find the module again takes a millisecond, each time. */
let loaded: Koffi | undefined;

let isAbsenceTold = false;

/**
 * koffi, by which native functions are called. Not a static import: it has a native part, which must not be needed before it
 * is used, and a bundler would tear it from that part.
 *
 * It is looked for from this file upwards, in a bundle from the bundle's file: a CommonJS bundle has no `import.meta.url`, but
 * it has `__filename`. It is never looked for in the working directory, where anyone may have put a koffi of his own.
 *
 * @throws where koffi or its native part can't be loaded. That koffi is not there at all is a mistake in packing, not a
 *   decision: it is told as a warning of the process as well, because Linux has another way to the table
 */
export function loadKoffi(): Koffi {
  try {
    if (!loaded) {
      const require = createRequire(import.meta.url ?? __filename);
      loaded = loadNativePart(require) ?? (require("koffi") as Koffi);
    }
    return loaded;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND" && !isAbsenceTold) {
      isAbsenceTold = true;
      process.emitWarning("koffi is not there: install it, and ship node_modules/koffi beside a bundle.", {
        code: "TCPTABLE_NO_KOFFI",
        detail: "Without it, Linux's table is read from /proc/net, which takes longer, and Windows' can't be read.",
      });
    }
    throw error;
  }
}

/**
 * koffi's native part, from the package for this platform that npm installs beside koffi. koffi itself loads the same file, and
 * takes twice as long to find it. `undefined` where it is not found this way, or is another koffi's: then koffi is asked.
 */
function loadNativePart(require: NodeJS.Require): Koffi | undefined {
  try {
    const native = require(`@koromix/koffi-${process.platform}-${process.arch}`) as Koffi;
    return native.version.startsWith("3.") ? native : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A function of a Windows library, by its name and koffi's names of its parameters' types.
 *
 * @param library its full path, or the name of one that no other can stand in for (see windows/system-library.ts)
 * @throws {UnsupportedSystemError} koffi, the library or the function can't be loaded
 */
export function loadFunction(library: string, name: string, types: string[], result = "uint32_t"): NativeFunction {
  try {
    return loadKoffi().load(library).func("__stdcall", name, result, types);
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
  let opened: ReturnType<Koffi["load"]>;
  try {
    opened = loadKoffi().load(library);
  } catch (error) {
    throw unsupported(library, name, error);
  }
  try {
    return opened.func("__stdcall", name, "uint32_t", types);
  } catch {
    return undefined;
  }
}

/** Where memory that is handed to a native function lies. */
export function addressOf(memory: Uint8Array): bigint {
  return loadKoffi().address(memory);
}

function unsupported(library: string, name: string, error: unknown): UnsupportedSystemError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UnsupportedSystemError(`${name} of ${library} can't be called: ${reason}. It needs Windows and koffi.`);
}
