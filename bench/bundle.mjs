// Makes JavaScript of the suite's TypeScript: Node 20 can't run it as it is. Packages stay outside, tcptable among them: what
// is measured is dist/, as it is published.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = new URL("./", import.meta.url);

/** The programs: the suite itself, and those that it starts. */
const PROGRAMS = [
  "main",
  "case",
  "diff/case",
  "frames/case",
  "recording/case",
  "collect/case",
  "collect/holder",
  "memory/samples",
  "network/program",
  "pushdown/case",
  "command/case",
  "owners/network",
  "owners/holder",
  "sampler/event-loop",
  "sampler/network",
];

/** Bundles all programs. Returns the folder that they are in. */
export async function bundle(folder = new URL("../build/bench/", here)) {
  const { outputFiles } = await build({
    entryPoints: PROGRAMS.map((name) => fileURLToPath(new URL(`${name}.ts`, here))),
    outdir: fileURLToPath(folder),
    outbase: fileURLToPath(here),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
    write: false,
  });
  await Promise.all(outputFiles.map(({ path, contents }) => replace(path, contents)));
  return folder;
}

/** Another run may be starting these very programs: each is there as a whole at any time. */
async function replace(path, contents) {
  const current = await readFile(path).catch(() => undefined);
  if (current?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, contents);
  await rename(`${path}.${process.pid}`, path);
}
