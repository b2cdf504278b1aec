/** A kernel that somebody else serves or has compiled, instead of the one that lies in this package's code. */

import type { AbortSignalLike } from "../../format/abort.js";
import { WrongKernelError } from "../errors.js";
import { KERNEL_ID } from "./kernel.js";

/** @throws {WrongKernelError} it is no kernel, or another version's */
export function mustBeKernel(module: WebAssembly.Module): void {
  mustEndAsKernel("The module", WebAssembly.Module.customSections(module, "id")[0]);
}

/**
 * The bytes of the kernel that a server has.
 *
 * @throws {WrongKernelError} it has none, or another version's
 * @throws what `fetch` throws: nobody answers, or the signal has come
 */
export async function fetchKernel(url: string, signal: AbortSignalLike | undefined): Promise<ArrayBuffer> {
  const response = await fetch(url, { signal: signal as AbortSignal });
  return mustEndAsKernel(`${url} (HTTP ${response.status})`, await response.arrayBuffer());
}

/** The kernel's last four bytes tell it from every other one: assembly/build.mjs writes them, as a section of its own. */
function mustEndAsKernel(what: string, bytes = new ArrayBuffer(0)): ArrayBuffer {
  const last = bytes.byteLength - 4;
  if (last < 0 || new DataView(bytes).getUint32(last) !== KERNEL_ID) throw new WrongKernelError(what);
  return bytes;
}
