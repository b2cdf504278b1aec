/** By a kernel's text: compiled once, when it is first asked for. */
const modules = /* @__PURE__ */ new Map<string, Promise<WebAssembly.Module>>();

/**
 * A kernel, compiled. `instanceOf` gives as many of it as are wanted, each with a memory of its own.
 *
 * @param text its wasm, deflated, in base64
 * @throws the platform's own error, where WebAssembly or DecompressionStream is missing or forbidden
 */
export function compileKernel(text: string): Promise<WebAssembly.Module> {
  let module = modules.get(text);
  if (!module) {
    module = inflated(text).then((wasm) => WebAssembly.compile(wasm));
    modules.set(text, module);
    // What is forbidden now may be allowed later.
    module.catch(() => modules.delete(text));
  }
  return module;
}

/** The exports of a new instance. */
export function instanceOf<Exports>(module: WebAssembly.Module): Exports {
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}

async function inflated(text: string): Promise<BufferSource> {
  // Node's own way, where there is one: to load what streams are made of would take the command's start many milliseconds.
  const zlib = globalThis.process?.getBuiltinModule?.("zlib");
  if (zlib) return zlib.inflateRawSync(Buffer.from(text, "base64"));
  const deflated = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}
