/** By a kernel's bytes in hexadecimal: compiled once, when it is first asked for. */
const modules = /* @__PURE__ */ new Map<string, Promise<WebAssembly.Module>>();

/**
 * A kernel's exports, of an instance of its own.
 *
 * @param kernel its wasm in hexadecimal or in bytes, or a module of it
 * @throws the platform's own error, where WebAssembly is missing or forbidden
 */
export async function instantiateKernel<Exports>(kernel: string | ArrayBuffer | WebAssembly.Module): Promise<Exports> {
  const module = typeof kernel === "string" ? moduleOf(kernel) : kernel;
  const compiled = module instanceof ArrayBuffer ? WebAssembly.compile(module) : module;
  return (await WebAssembly.instantiate(await compiled)).exports as unknown as Exports;
}

function moduleOf(hex: string): Promise<WebAssembly.Module> {
  let module = modules.get(hex);
  if (!module) {
    module = compile(hex);
    modules.set(hex, module);
    // What is forbidden now may be allowed later.
    module.catch(() => modules.delete(hex));
  }
  return module;
}

async function compile(hex: string): Promise<WebAssembly.Module> {
  // Where there is Node's own way, it saves the command's start 3 ms.
  return WebAssembly.compile(globalThis.Buffer?.from(hex, "hex") ?? bytesOf(hex));
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16);
  return bytes;
}
