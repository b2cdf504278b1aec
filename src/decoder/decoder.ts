import type { AbortSignalLike } from "../format/abort.js";
import { checkOptions, instanceCheck, oneOf } from "../format/options.js";
import type { Decoder } from "./contract.js";
import { PlainDecoder } from "./plain/decoder.js";
import { ENGINE_NAMES, type EngineName } from "./table/engine.js";
import { WasmDecoder } from "./wasm/decoder.js";
import { compileKernel } from "./wasm/instantiate.js";
import { KERNEL, type KernelExports } from "./wasm/kernel.js";
import { fetchKernel, mustBeKernel } from "./wasm/served-kernel.js";

/** What a decoder is to decode with. */
export interface DecoderOptions {
  /** What decodes: the kernel unless said otherwise, see `createDecoder`. */
  readonly engine?: EngineName | undefined;
  /**
   * The kernel as a WebAssembly.Module: of the file `tcptable/decoder.wasm`. For hosts that compile themselves and let nobody
   * else do it, as some of JavaScript at the edge do. This package's code holds the kernel: mostly nothing has to be given.
   */
  readonly module?: object | undefined;
  /**
   * Where the file `tcptable/decoder.wasm` is served, instead of the kernel in this package's code: a URL, relative to the page.
   * The page's Content-Security-Policy needs it in `connect-src`, and `'wasm-unsafe-eval'` in `script-src` as for any other
   * WebAssembly.
   */
  readonly url?: string | { readonly href: string } | undefined;
  /** An AbortSignal, which ends the wait for `url`. */
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * Makes a decoder. Each has memory of its own, so two tables can be held by two decoders.
 *
 * Without `engine`, it is the WebAssembly kernel, or the plain one where WebAssembly is missing or forbidden (a lockdown
 * mode, a Content-Security-Policy without `wasm-unsafe-eval`): `decoder.engine` tells which.
 *
 * @throws {TypeError} there is no such engine, or no such option; or two options contradict each other
 * @throws {WrongKernelError} `module` or `url` is no kernel, or another version's
 * @throws where `engine: "wasm"` is asked for by name and can't be had: the platform's own error
 * @throws what `fetch` throws, where `url` can't be had
 */
export async function createDecoder(options: DecoderOptions = {}): Promise<Decoder> {
  checkOptions("createDecoder", options, {
    engine: (value) => oneOf(value, ENGINE_NAMES),
    module: (value) => instanceCheck(value, "WebAssembly.Module"),
    url: (value) => (typeof value === "string" ? undefined : instanceCheck(value, "URL")),
    signal: (value) => instanceCheck(value, "AbortSignal"),
  });
  const { engine, module, url, signal } = options;
  if ([engine === "plain", module, url].filter(Boolean).length > 1)
    throw new TypeError('Give one of module, url and engine "plain".');
  if (engine === "plain") return new PlainDecoder();
  if (module) mustBeKernel(module);
  const kernel = url === undefined ? (module ?? KERNEL) : await fetchKernel(String(url), signal);
  try {
    const { exports } = await WebAssembly.instantiate(await compileKernel(kernel));
    return new WasmDecoder(exports as unknown as KernelExports);
  } catch (error) {
    if (engine === "wasm") throw error;
    return new PlainDecoder();
  }
}
