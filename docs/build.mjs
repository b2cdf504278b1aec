// Builds the pages of the API into build/docs, and fails where a public name has no words: npm run docs.
// typedoc does not know TypeScript 7 yet, so that it can be no dependency: npx gets it with a TypeScript that it knows.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
if (!existsSync(new URL("../src/decoder/wasm/kernel.ts", import.meta.url))) {
  console.error("The kernel is not built, which the sources import: npm run build");
  process.exit(1);
}

// The parts of a record or a literal type say themselves what they are; the words stand at its head.
const PART_OF_RECORD = /\.__type\b/;

const words = ["--yes", "-p", "typedoc@0.28.20", "-p", "typescript@6.0.3", "typedoc", "--options", "docs/typedoc.json"];
const { status, stdout, stderr } = spawnSync("npx", words, {
  cwd: root,
  encoding: "utf8",
  env: { ...process.env, NO_COLOR: "1" },
  shell: process.platform === "win32",
});
const lines = `${stdout}\n${stderr}`.split("\n");
const problems = lines.filter(
  (line) => /^\[(warning|error)\]/.test(line) && !PART_OF_RECORD.test(line) && !/^\[warning\] Found /.test(line),
);
console.log(problems.join("\n") || "Every public name is documented: build/docs/index.html");
if (status !== 0 && problems.length === 0) console.error(lines.join("\n"));
process.exitCode = problems.length > 0 || status !== 0 ? 1 : 0;
