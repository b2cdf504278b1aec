import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";
import { median } from "../../bench/results.js";
import { built } from "./child.js";

export const SAMPLES = 50_000;
/** Samples before the first that counts: code is compiled, and views of all sizes are made. Twice as many. */
const WARM_UP = 20_000;
/** Bytes of objects in a usual tenth of the samples; asking for them makes some 240. */
const LOOK = 1024;

/** What many samples left behind. Nothing is timed: it is counted. */
export interface Garbage {
  /** Collections while they were made. */
  readonly collections: number;
  /** Bytes that a usual tenth of the samples made. */
  readonly allocated: number;
}

/** A loop of samples, in JavaScript. */
export interface Sampling {
  /** Runs once, as the start of a module. */
  readonly setUp: string;
  /** One sample. Adds to `sum`, and may look at `number`, which counts them. It may await something. */
  readonly loop: string;
  /**
   * Megabytes of half the young generation. With 1, unless said otherwise, 20 bytes of garbage a sample fill it. Where garbage is to
   * be measured, it must hold all of it.
   */
  readonly semiSpace?: number;
}

/** Makes many samples in a process of its own. */
export async function measureGarbage({ setUp, loop, semiSpace = 1 }: Sampling): Promise<Garbage> {
  const isAsynchronous = /\bawait\b/.test(loop);
  const program = `
    import { writeSync } from "node:fs";
    ${setUp}
    let sum = 0;
    const take = ${isAsynchronous ? "async " : ""}(count) => {
      for (let number = 0; number < count; number++) {
        ${loop}
      }
    };
    await take(${WARM_UP});
    await new Promise((resolve) => setTimeout(resolve, 200));
    await take(${WARM_UP});
    globalThis.gc();
    const used = new Float64Array(11);
    writeSync(1, "samples begin\\n");
    used[0] = process.memoryUsage().heapUsed;
    for (let part = 1; part <= 10; part++) {
      ${isAsynchronous ? "await " : ""}take(${SAMPLES / 10});
      used[part] = process.memoryUsage().heapUsed;
    }
    writeSync(1, "samples end\\n");
    writeSync(1, JSON.stringify({ sum, used: [...used] }) + "\\n");`;
  const sizes = [`--min-semi-space-size=${semiSpace}`, `--max-semi-space-size=${semiSpace}`];
  const words = ["--trace-gc", "--expose-gc", ...sizes, "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, words, { maxBuffer: 1 << 26 });
  const [, between = "", rest = ""] = stdout.split(/samples (?:begin|end)\n/);
  const { sum, used } = JSON.parse(/^\{.*\}$/m.exec(rest)?.[0] ?? "") as { sum: number; used: number[] };
  expect(sum).toBeGreaterThan(0);
  const allocated = used.slice(1).map((bytes, part) => bytes - (used[part] as number));
  return { collections: between.match(/Scavenge|Minor|Mark-/g)?.length ?? 0, allocated: median(allocated) };
}

/** Makes sure that samples make no garbage. */
export async function expectNoGarbage(sampling: Sampling): Promise<void> {
  const { collections, allocated } = await measureGarbage(sampling);
  expect(collections).toBe(0);
  expect(allocated).toBeLessThan(LOOK);
}

/**
 * JavaScript of `collectorOf(layout, tables)`: a collector that copies the next table in, as an operating system does, and makes no
 * garbage.
 */
export const COLLECTOR_OF = `
  import { UsedBytes } from ${built("system/used-bytes.js")};
  function collectorOf(layout, texts) {
    const tables = texts.map((text) => new Uint8Array(Buffer.from(text, "base64")));
    const usedBytes = new UsedBytes();
    const collection = { layout, bytes: undefined, attempts: 1, nanoseconds: 1 };
    let next = 0;
    return {
      source: "a test",
      collect(into) {
        const table = tables[next++ % tables.length];
        collection.bytes = usedBytes.of(into.reserve(100_000), table.length);
        collection.bytes.set(table);
        return collection;
      },
      close() {},
    };
  }`;

/** JavaScript of raw tables, as `collectorOf` takes them. */
export function textsOf(tables: readonly Uint8Array[]): string {
  return JSON.stringify(tables.map((bytes) => Buffer.from(bytes).toString("base64")));
}
