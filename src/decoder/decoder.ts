import { optionsProblem, shown } from "../format/options.js";
import type { Decoder } from "./contract.js";
import { PlainDecoder } from "./plain/decoder.js";
import { ENGINE_NAMES, type EngineName } from "./table/engine.js";
import { WasmDecoder } from "./wasm/decoder.js";

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
  const problem = optionsProblem(options, "A decoder", ["engine"]);
  if (problem) throw new TypeError(problem);
  const { engine } = options;
  if (engine !== undefined && !ENGINE_NAMES.includes(engine))
    throw new TypeError(`There is no engine ${shown(engine)}. The engines are: ${ENGINE_NAMES.join(", ")}.`);
  if (engine === "plain") return new PlainDecoder();
  try {
    return await WasmDecoder.create();
  } catch (error) {
    if (engine === "wasm") throw error;
    return new PlainDecoder();
  }
}
