import { ENGINE_NAMES, type EngineName } from "../decoder/table/engine.js";
import { shown } from "../format/options.js";
import type { FrameMemory } from "./memory.js";
import { WasmMemory } from "./wasm-memory.js";

/**
 * The memory of an engine; without a name the kernel's, or the plain one where WebAssembly is missing or forbidden.
 *
 * @throws {TypeError} there is no such engine
 * @throws where `"wasm"` is asked for by name and can't be had: the platform's own error
 */
export async function createMemory(engine: EngineName | undefined): Promise<FrameMemory> {
  if (engine !== undefined && !ENGINE_NAMES.includes(engine))
    throw new TypeError(`There is no engine ${shown(engine)}. The engines are: ${ENGINE_NAMES.join(", ")}.`);
  if (engine === "plain") return createPlainMemory();
  try {
    return await WasmMemory.create();
  } catch (error) {
    if (engine === "wasm") throw error;
    return createPlainMemory();
  }
}

/** Loaded when it is first asked for: few pages need it. */
async function createPlainMemory(): Promise<FrameMemory> {
  const { PlainMemory } = await import("./plain-memory.js");
  return new PlainMemory();
}
