import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { WORKLOADS } from "../../bench/memory/names.js";
import { ownNetwork } from "../../bench/memory/namespace.js";
import { type MemoryMeasurement, median, type Results, readResults } from "../../bench/results.js";
import { describeWith, operatingSystem } from "../support/needs.js";

const SAMPLES = 100_000;
/** Bytes of objects in a usual tenth of the samples; asking for them makes some 240. */
const LOOK = 1024;
/** Bytes that the engine may keep for code that it compiled late; less than a byte a sample. */
const CODE = 64 * 1024;

let results: Results;

// Nothing here is timed: collections and bytes are counted, and are the same on every machine.
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "tcptable-test-"));
  const run = fileURLToPath(new URL("../../bench/run.mjs", import.meta.url));
  await promisify(execFile)(process.execPath, [run, "memory", "--samples", String(SAMPLES), "--output", folder]);
  const [file = ""] = (await readdir(folder)).filter((file) => file.endsWith(".json"));
  results = await readResults(join(folder, file));
  await rm(folder, { recursive: true, force: true });
});

function measured(workload: string): MemoryMeasurement {
  const found = results.memory.find((one) => one.workload === workload);
  if (!found) throw new Error(`"${workload}" was not measured.`);
  return found;
}

function expectNoGarbage(one: MemoryMeasurement): void {
  expect(one).toMatchObject({ scavenges: 0, markCompacts: 0, linearMemoryGrowth: 0 });
  // The engine compiles when it likes, mostly in the first tenth. Garbage of the samples is in every tenth.
  expect(median(one.allocated ?? [])).toBeLessThan(LOOK);
  expect(one.heapGrowth).toBeLessThan(CODE);
}

describe("a sample makes no garbage", () => {
  test("a table that is decoded, filtered and sorted again and again makes no garbage", () => {
    const one = measured(WORKLOADS.fixed);
    expect(one.samples).toBe(SAMPLES);
    expectNoGarbage(one);
  });

  test("a table whose size wanders makes no garbage", () => {
    const one = measured(WORKLOADS.wandering);
    expect(one.samples).toBe(SAMPLES);
    expectNoGarbage(one);
  });

  test.each([WORKLOADS.deltas, WORKLOADS.changes])("%s again and again make no garbage", (workload) => {
    const one = measured(workload);
    expect(one.samples).toBe(SAMPLES);
    expectNoGarbage(one);
  });

  test("the collections of loops that do make garbage are counted", () => {
    expect(measured(WORKLOADS.objects).scavenges).toBeGreaterThan(50);
  });
});

const network = {
  what: "a network namespace",
  present: (await ownNetwork()) !== undefined,
  howToGet: "run the tests as root, or allow user namespaces",
};
describeWith([operatingSystem("linux"), network], "a sample of this machine's table", () => {
  // Fewer, because Linux goes through its whole hash table for each, however few sockets are in it. Bytes tell what scavenges don't.
  test("a sample of this machine's table makes no garbage", () => {
    const one = measured(WORKLOADS.live);
    expect(one.samples).toBe(SAMPLES / 10);
    expectNoGarbage(one);
  });
});

test("the kernel has 20 KiB at most", () => {
  expect(results.kernelBytes).toBeGreaterThan(1024);
  expect(results.kernelBytes).toBeLessThanOrEqual(20 * 1024);
});
