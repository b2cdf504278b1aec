import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What only a page loads that asks for the plain engine, or has no WebAssembly. */
const PLAIN_ENGINE = "frames/plain-memory.js";

/**
 * Bytes that a page loads for a module, minified and each file of it gzipped, as a bundler makes it that puts what is imported
 * dynamically into files of its own. Without the plain engine of frames, which most pages never load.
 *
 * @param contents of the module
 * @param resolveDir where its imports are looked for
 */
export async function pageBytes(contents: string, resolveDir: string): Promise<number> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir },
    absWorkingDir: resolveDir,
    outdir: resolveDir, // nothing is written
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const outputs = Object.values(metafile.outputs);
  return outputFiles.reduce((bytes, { contents }, at) => {
    const inputs = Object.keys(outputs[at]?.inputs ?? {});
    const isOfPlainEngine = inputs.some((path) => path.endsWith(PLAIN_ENGINE));
    return bytes + (isOfPlainEngine ? 0 : gzipSync(contents, { level: 9 }).length);
  }, 0);
}
