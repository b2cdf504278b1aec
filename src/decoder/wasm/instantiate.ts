/** By a kernel's text: compiled once, when it is first asked for. */
const modules = /* @__PURE__ */ new Map<string, Promise<WebAssembly.Module>>();

/**
 * A kernel, compiled. Each instance of it has a memory of its own.
 *
 * @param kernel its wasm, deflated, in base64; or in bytes; or a module of it
 * @throws the platform's own error, where WebAssembly or DecompressionStream is missing or forbidden
 */
export async function compileKernel(kernel: string | ArrayBuffer | WebAssembly.Module): Promise<WebAssembly.Module> {
  if (typeof kernel === "string") return moduleOf(kernel);
  return kernel instanceof ArrayBuffer ? WebAssembly.compile(kernel) : kernel;
}

function moduleOf(text: string): Promise<WebAssembly.Module> {
  let module = modules.get(text);
  if (!module) {
    module = inflated(text).then((wasm) => WebAssembly.compile(wasm));
    modules.set(text, module);
    // What is forbidden now may be allowed later.
    module.catch(() => modules.delete(text));
  }
  return module;
}

/** The exports of a new instance, at once, where there is no time to wait for one. */
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
