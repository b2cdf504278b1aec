// Bundles the portable entry into one file for `<script type="module">` from a static server: dist/decoder/decoder.min.js.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../../", import.meta.url);
const { name, version, license } = JSON.parse(await readFile(new URL("package.json", root), "utf8"));

await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: ["dist/decoder/index.js"],
  outfile: "dist/decoder/decoder.min.js",
  bundle: true,
  minify: true,
  platform: "browser",
  format: "esm",
  target: "es2022",
  banner: { js: `/*! ${name}/decoder ${version}, ${license} */` },
  logLevel: "warning",
});
