import { checkOptions, oneOf } from "../format/options.js";
import type { Decoder } from "./contract.js";
import { PlainDecoder } from "./plain/decoder.js";
import { ENGINE_NAMES, type EngineName } from "./table/engine.js";
import { WasmDecoder } from "./wasm/decoder.js";
import { compileKernel, instanceOf } from "./wasm/instantiate.js";
import { KERNEL, type KernelExports } from "./wasm/kernel.js";

/**
 * Makes a decoder. Each has memory of its own, so two tables can be held by two decoders.
 *
 * Without `engine`, it is the WebAssembly kernel, or the plain one where WebAssembly is missing or forbidden (a lockdown
 * mode, a Content-Security-Policy without `wasm-unsafe-eval`): `decoder.engine` tells which.
 *
 * @throws {TypeError} there is no such engine, or no such option
 * @throws where `engine: "wasm"` is asked for by name and can't be had: the platform's own error
 */
export async function createDecoder(options: { readonly engine?: EngineName | undefined } = {}): Promise<Decoder> {
  checkOptions("createDecoder", options, { engine: (value) => oneOf(value, ENGINE_NAMES) });
  const { engine } = options;
  if (engine === "plain") return new PlainDecoder();
  try {
    return new WasmDecoder(instanceOf<KernelExports>(await compileKernel(KERNEL)));
  } catch (error) {
    if (engine === "wasm") throw error;
    return new PlainDecoder();
  }
}
