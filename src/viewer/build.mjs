// Bundles the viewer's page and its worker into dist/viewer: files that any web server can serve from any folder, and that
// `tcptable view` serves.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = new URL("../../", import.meta.url);
const outDir = fileURLToPath(new URL("dist/viewer", root));

await rm(outDir, { recursive: true, force: true });
await build({
  root: fileURLToPath(new URL(".", import.meta.url)),
  configFile: false,
  base: "./",
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
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
