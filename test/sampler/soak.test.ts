import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, test } from "vitest";

const SAMPLES = 20_000;
/** Bytes a sample, where nothing changes: some promises and small objects. Row objects of such tables are 100,000. */
const MADE = 4096;

interface Line {
  readonly what: string;
  readonly made: number;
}

const LINE = /^(.+): \d+ samples, heap \d+ KiB, resident \d+ KiB, \d+ descriptors, \d+ handles, (\d+) bytes/;

function read(text: string): Line {
  const [, what = "", made] = LINE.exec(text) ?? [];
  return { what, made: Number(made) };
}

test(`${SAMPLES} samples of a soak leave heap and descriptors as they were, and make next to nothing where nothing changes`, async () => {
  // In the package, so that it finds koffi.
  await mkdir(fileURLToPath(new URL("../../build/", import.meta.url)), { recursive: true });
  const folder = await mkdtemp(join(fileURLToPath(new URL("../../", import.meta.url)), "build", "soak-"));
  try {
    const outfile = join(folder, "soak.mjs");
    const entry = fileURLToPath(new URL("soak.ts", import.meta.url));
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      external: ["tcptable"],
    });
    const words = ["--expose-gc", "--min-semi-space-size=16", outfile, "--samples", String(SAMPLES)];
    // Where something grows, it ends with an error.
    const { stdout } = await promisify(execFile)(process.execPath, words);
    const lines = stdout.trimEnd().split("\n").map(read);
    expect(lines).toHaveLength(20);
    expect(lines.map(({ what }) => what)).toEqual([
      ...Array(10).fill("tables that change"),
      ...Array(10).fill("tables that stay"),
    ]);
    const made = lines.slice(15).map((line) => line.made);
    expect(Math.min(...made)).toBeGreaterThan(0);
    expect(Math.min(...made)).toBeLessThan(MADE);
  } finally {
    await rm(folder, { recursive: true });
  }
});
