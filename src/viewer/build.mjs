// Bundles the viewer's page and its worker into dist/viewer: files that any web server can serve from any folder, and that
// `tcptable view` serves.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = new URL("../../", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));
const outDir = path("dist/viewer");

/** Puts our own few lines in the place of heap-js, of which @mcap/core needs little. */
const smallHeap = {
  name: "small heap",
  enforce: "pre",
  resolveId: (id) => (id === "heap-js" ? path("src/viewer/worker/heap.ts") : undefined),
};

/** zstddec holds its WebAssembly as base64, which compresses badly: here it is a file beside, and no data: address is fetched. */
const zstdAside = {
  name: "zstd aside",
  enforce: "pre",
  async transform(code, id) {
    if (!/zstddec\.mjs$/.test(id)) return undefined;
    const [, text] = /const wasm = "([A-Za-z0-9+/=]+)";/.exec(code) ?? [];
    const fetched = `fetch(\`data:application/wasm;base64,\${wasm}\`)`;
    if (!text || !code.includes(fetched)) throw new Error("zstddec is not what it was: look where its WebAssembly is.");
    await mkdir(path("build/viewer"), { recursive: true });
    await writeFile(path("build/viewer/zstd.wasm"), Buffer.from(text, "base64"));
    const address = path("build/viewer/zstd.wasm");
    return `import address from ${JSON.stringify(`${address}?url`)};\n${code.replace(fetched, "fetch(address)").replace(text, "")}`;
  },
};

await rm(outDir, { recursive: true, force: true });
await build({
  root: path("src/viewer"),
  configFile: false,
  base: "./",
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es", plugins: () => [smallHeap, zstdAside] },
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    // The policy of the page allows no script and no style that is written into it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
  },
});

// Vite tells the licenses of the page's libraries, and not those of the worker's.
const licenses = [await readFile(path("dist/viewer/licenses.md"), "utf8")];
for (const [name, file] of [
  ["@foxglove/crc", "LICENSE.md"],
  ["@mcap/core", "LICENSE"],
  ["zstddec", "LICENSE"],
]) {
  const { version, license } = JSON.parse(await readFile(path(`node_modules/${name}/package.json`), "utf8"));
  const text = await readFile(path(`node_modules/${name}/${file}`), "utf8");
  licenses.push(`## ${name} - ${version} (${license})\n\n${text.trim()}\n`);
}
const zstd = await readFile(path("node_modules/zstddec/dist/zstddec.mjs"), "utf8");
const [bsd] = /\/\*\*\n\* BSD License[\s\S]*?\*\//.exec(zstd) ?? [];
if (!bsd) throw new Error("zstddec is not what it was: look where Zstandard's license is.");
licenses.push(`## Zstandard (BSD-3-Clause)\n\n${bsd.replace(/^\/\*\*\n|\*\/$|^\* ?/gm, "").trim()}\n`);
await writeFile(path("dist/viewer/licenses.md"), licenses.join("\n"));
