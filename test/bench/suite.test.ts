import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CaseOrder } from "../../bench/case.js";
import { CHECKSUM_START, checksumOf, hexadecimal } from "../../bench/data/checksum.js";
import { writeTables } from "../../bench/data/table-file.js";
import { makeRows } from "../../bench/data/tables.js";
import { compile, findCompilers, runNative } from "../../bench/native.js";
import { ask } from "../../bench/process.js";
import { readResults } from "../../bench/results.js";
import { describeWith, program } from "../support/needs.js";
import { encodeTable } from "../support/tables.js";

const execute = promisify(execFile);
const root = new URL("../../", import.meta.url);
const RUN = fileURLToPath(new URL("bench/run.mjs", root));
const CASE = new URL("build/bench/case.js", root);

let folder: string;
let listed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tcptable-test-"));
  listed = (await bench("--list")).stdout; // bundles, too
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function bench(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return execute(process.execPath, [RUN, ...args]);
}

describe("npm run bench", () => {
  test("npm run bench measures a small part, and writes what it found", async () => {
    const args = ["decode", "--size", "300", "--kind", "server", "--quick", "--rounds", "1", "--output", folder];
    const { stdout } = await bench(...args);
    expect(stdout).toMatch(/^This takes about \d+ (seconds|minutes) on two cores/m);
    expect(stdout).toMatch(/\| decode, server +\| +300 rows \|\n.*\n\| kernel +\| +[\d.]+ \|\n/);
    expect(stdout).toMatch(/\| row objects +\| +[\d.,]+ \([\d.,]+×\) \|/);

    const [written = ""] = stdout.match(/(?<=Written: ).*-decode\.json/) ?? [];
    const results = await readResults(written);
    expect(results.whole).toBe(false);
    expect(results.command).toBe(`npm run bench -- ${args.join(" ")}`);
    expect(results.versions.node).toBe(process.versions.node);
    expect(results.machine.cores).toBeGreaterThan(0);
    expect(results.measurements.map(({ contestant }) => contestant)).toEqual(
      expect.arrayContaining(["kernel", "kernel, bytes copied in", "plain engine", "row objects"]),
    );
    for (const { suite, kind, size, nanosecondsPerRow, ratio, rounds } of results.measurements) {
      expect([suite, kind, size]).toEqual(["decode", "server", 300]);
      expect(nanosecondsPerRow).toBeGreaterThan(0);
      expect(ratio).toBeGreaterThan(0);
      expect(rounds).toHaveLength(1);
    }
    expect(results.bars).toHaveLength(15);
    expect(results.bars.filter(({ measured }) => measured === "not measured")).not.toHaveLength(0);
  });

  test("npm run bench lists what there is", () => {
    expect(listed).toContain("decode: kernel, kernel, bytes copied in, TypeScript tuned by hand, plain engine");
  });

  test("npm run bench refuses what it does not know", async () => {
    await expect(bench("decoding")).rejects.toThrow(/Allowed choices are decode, filter/);
    await expect(bench("decode", "--size", "many")).rejects.toThrow(/whole number/);
  });
});

describe("a contestant's own process", () => {
  test.each(["decode", "filter", "sort", "pipeline"] as const)(
    "a contestant refuses wrong rows of %s",
    async (task) => {
      const file = join(folder, task);
      await writeTables(file, [encodeTable(makeRows("client", 50, 0)), encodeTable(makeRows("client", 50, 1))]);
      const effort = { warmUp: 0, duration: 1, samples: 1 };
      const order: CaseOrder = { task, contestant: "kernel", kind: "client", file, tables: 2, checksum: 0, effort };
      await expect(ask(CASE, order)).rejects.toThrow(/WrongRowsError: "kernel" gives other rows/);
    },
  );
});

describeWith([program("gcc", "apt-get install gcc libc6-dev")], "a native contestant", () => {
  test("a native contestant has its rows checked too", async () => {
    const tables = [makeRows("client", 50, 0), makeRows("client", 50, 1)];
    const file = join(folder, "native-tables");
    await writeTables(
      file,
      tables.map((rows) => encodeTable(rows)),
    );
    const { c } = await findCompilers();
    const source = fileURLToPath(new URL("bench/native/decode.c", root));
    const decode = await compile(c as NonNullable<typeof c>, source, folder);
    const run = (checksum: number) =>
      runNative("C", decode, ["loop", file, tables.length, hexadecimal(checksum), 1], checksum);
    const checksum = tables.reduce((sum, rows) => checksumOf(rows, sum), CHECKSUM_START);
    expect(await run(checksum)).toBeGreaterThan(0);
    await expect(run(checksum ^ 1)).rejects.toThrow(/"C" gives other rows/);
  });
});
