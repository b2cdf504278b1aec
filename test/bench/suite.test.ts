import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createFrameReader } from "tcptable/frames";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CaseOrder } from "../../bench/case.js";
import type { CommandsOrder, Expected } from "../../bench/command/case.js";
import { CHECKSUM_START, checksumOf, hexadecimal, unorderedChecksumOf } from "../../bench/data/checksum.js";
import { makeSeries } from "../../bench/data/series.js";
import { writeTables } from "../../bench/data/table-file.js";
import { makeRows } from "../../bench/data/tables.js";
import type { DiffOrder } from "../../bench/diff/case.js";
import { DIFFERS } from "../../bench/diff/contestants.js";
import { carriersOf, checkFrames, framesOf } from "../../bench/frames/contestants.js";
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
    expect(stdout).toMatch(/\| decode, server: ns a row +\| +300 rows \|\n.*\n\| kernel +\| +[\d.]+ \|\n/);
    expect(stdout).toMatch(/\| row objects +\| +[\d.,]+ \([\d.,]+×\) \|/);

    const [written = ""] = stdout.match(/(?<=Written: ).*-decode\.json/) ?? [];
    const results = await readResults(written);
    expect(results.whole).toBe(false);
    expect(results.command).toBe(`npm run bench -- ${args.join(" ")}`);
    expect(results.versions.node).toBe(process.versions.node);
    expect(results.machine.cores).toBeGreaterThan(0);
    expect(results.measurements.map(({ contestant }) => contestant)).toEqual(
      expect.arrayContaining([
        "kernel",
        "kernel's export, called alone",
        "kernel, bytes copied in",
        "plain engine",
        "row objects",
      ]),
    );
    for (const { suite, kind, size, nanosecondsPerRow, ratio, rounds } of results.measurements) {
      expect([suite, kind, size]).toEqual(["decode", "server", 300]);
      expect(nanosecondsPerRow).toBeGreaterThan(0);
      expect(ratio).toBeGreaterThan(0);
      expect(rounds).toHaveLength(1);
    }
    expect(results.bars).toHaveLength(29);
    expect(results.bars.filter(({ measured }) => measured === "not measured")).not.toHaveLength(0);
  });

  test("npm run bench measures differences and frames, of which each contestant first finds the same", async () => {
    const args = [
      "diff",
      "frames",
      "--size",
      "300",
      "--kind",
      "random",
      "--quick",
      "--rounds",
      "1",
      "--output",
      folder,
    ];
    const { stdout } = await bench(...args);
    expect(stdout).toMatch(/\| diff, random: ns a row +\| +300 rows \|/);
    expect(stdout).toMatch(/\| diff, rows in an unrelated order, random: ns a row +\| +300 rows \|/);
    expect(stdout).toMatch(/\| frames, random: bytes a table +\| +300 rows \|\n.*\n\| raw table +\| +6,004 \|/);

    const { measurements, sizes = [] } = await readResults(
      stdout.match(/(?<=Written: ).*-diff-frames\.json/)?.[0] ?? "",
    );
    const contestants = (suite: string) =>
      measurements.filter((one) => one.suite === suite).map(({ contestant }) => contestant);
    expect(contestants("diff")).toEqual(DIFFERS);
    expect(contestants("diff, rows in an unrelated order")).toEqual(DIFFERS);
    expect(contestants("frames, written")).toEqual(carriersOf("write"));
    expect(contestants("frames, read")).toEqual(expect.arrayContaining([...carriersOf("read")]));
    const bytesOf = (what: string) => sizes.find((one) => one.what === what)?.bytes;
    expect(bytesOf("key frame")).toBe(6096);
    expect(bytesOf("delta frame")).toBeLessThan(400);
    expect(bytesOf("JSON of the changes")).toBeGreaterThan(400);
  });

  test("npm run bench compares a run with an earlier one", async () => {
    const args = ["decode", "--size", "300", "--kind", "server", "--quick", "--rounds", "1", "--output", folder];
    const [earlier = ""] = (await bench(...args)).stdout.match(/(?<=Written: ).*-decode\.json/) ?? [];
    const { stdout } = await bench(...args, "--compare", earlier);
    expect(stdout).toMatch(/\| decode, server: before → now, ns a row +\| +300 rows \|/);
    expect(stdout).toMatch(/\| kernel +\| +(\*\*)?[\d.]+ → [\d.]+ \([\d.]+×\)/);
  });

  test("npm run bench lists what there is", () => {
    expect(listed).toContain(
      "decode: kernel, kernel's export, called alone, kernel, bytes copied in, TypeScript tuned by hand, plain engine",
    );
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

describe("a contestant of frames and differences", () => {
  const effort = { warmUp: 0, duration: 1, samples: 1 };
  const tables = makeSeries("client", 100, 2, "kept").tables.map((rows) => encodeTable(rows));

  test.each(DIFFERS.filter((name) => name !== "decode of one of them"))(
    "a contestant of frames and differences, %s, refuses other changes than there are",
    async (contestant) => {
      const file = join(folder, `diff-${contestant}`);
      await writeTables(file, tables);
      const order: DiffOrder = { contestant, file, checksum: 0, effort };
      await expect(ask(new URL("build/bench/diff/case.js", root), order)).rejects.toThrow(
        `WrongRowsError: "${contestant}" does not find what changed: in each step, opened, closed and changed were 1, 1, 1; 1, 1, 1`,
      );
    },
  );

  test("a contestant of frames and differences can't pass off another table as the one that was sent", async () => {
    const [first, second] = (await framesOf(tables, true)) as [Uint8Array, Uint8Array];
    const reader = await createFrameReader();
    const swapped = [() => reader.read(second), () => reader.read(first)];
    expect(() => checkFrames(swapped, tables, true)).toThrow("Table 0 does not come back byte for byte");
    expect(() => checkFrames([() => reader.read(first)], tables, true)).not.toThrow();
    expect(() => checkFrames([() => reader.read(first), () => reader.read(second)], tables, false)).toThrow(
      'Frame 1 is of the kind "key", not "delta"',
    );
  });
});

describe("a command", () => {
  const row = { state: 5, localAddress: 0x7f000001, localPort: 443, remoteAddress: 0x7f000001, remotePort: 50000 };
  const listener = { state: 2, localAddress: 0, localPort: 443, remoteAddress: 0, remotePort: 0 };
  const checksum = unorderedChecksumOf([row, listener]);
  const run = (text: string, expected: Expected) => {
    const args = ["-e", `process.stdout.write(${JSON.stringify(text)})`];
    const order: CommandsOrder = {
      commands: [{ contestant: "it", program: process.execPath, args, expected }],
      samples: 1,
    };
    return ask<number[]>(new URL("build/bench/command/case.js", root), order);
  };
  const ours =
    "State  Local Address:Port  Remote Address:Port  PID/Program\nLISTEN  0.0.0.0:443  *:*  7/node\nESTABLISHED  127.0.0.1:443  127.0.0.1:50000  7/node\n";
  const theirs =
    "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nESTAB 0 0 127.0.0.1:443 127.0.0.1:50000 \nLISTEN 0 511 0.0.0.0:443 0.0.0.0:* \n";

  test("a command is timed if it prints the rows that there are, in its own way and order", async () => {
    for (const text of [ours, theirs]) {
      const [nanoseconds] = await run(text, { rows: 2, checksum, owners: false });
      expect(nanoseconds).toBeGreaterThan(0);
    }
  });

  test("a command that prints other rows, no owners or another text is not timed", async () => {
    const rows = { rows: 2, checksum, owners: false };
    await expect(run(ours.replace("50000", "50001"), rows)).rejects.toThrow(/WrongRowsError: "it" gives other rows/);
    await expect(run(`${ours}${ours}`, rows)).rejects.toThrow("(4 rows, not 2)");
    await expect(run(theirs, { ...rows, owners: true })).rejects.toThrow("told the owners of 0 rows, not of 2");
    await expect(run("1.2", { pattern: "^\\d+\\.\\d+\\.\\d+" })).rejects.toThrow("printed something else: 1.2");
  });
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
