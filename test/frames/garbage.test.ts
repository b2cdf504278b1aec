import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { median } from "../../bench/results.js";
import { built } from "../support/child.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const SAMPLES = 50_000;
/** So small a young generation that 20 bytes of garbage a sample fill it. */
const FLAGS = ["--trace-gc", "--expose-gc", "--min-semi-space-size=1", "--max-semi-space-size=1"];
/** Bytes of objects in a usual tenth of the samples; asking for them makes some 240. */
const LOOK = 1024;

const row = (n: number, state = 5): RawRow => ({
  ...{ state, localAddress: 0x0a000001, localPort: 443, remoteAddress: n, remotePort: 1000 },
});
/** Tables whose rows come, go and change, and whose sizes wander. */
const TABLES = Array.from({ length: 16 }, (_, table) =>
  encodeTable([
    ...Array.from({ length: 60 }, (_, n) => row(n, (n + table) % 15 === 0 ? 8 : 5)).filter((_, n) => n % 16 !== table),
    ...Array.from({ length: (table * 7) % 5 }, (_, n) => row(1000 * (table + 1) + n)),
  ]),
).map((bytes) => Buffer.from(bytes).toString("base64"));

/** Writes and reads frames in a process of its own. @param loop one sample, in JavaScript */
async function measure(loop: string): Promise<{ readonly collections: number; readonly allocated: number }> {
  const program = `
    import { writeSync } from "node:fs";
    import { createFrameReader, createFrameWriter } from ${built("frames/index.js")};
    const tables = ${JSON.stringify(TABLES)}.map((text) => new Uint8Array(Buffer.from(text, "base64")));
    const writer = await createFrameWriter({ engine: "wasm" });
    const reader = await createFrameReader({ engine: "wasm" });
    const input = {
      bytes: tables[0], layout: "MIB_TCPTABLE", tick: 0, time: 1.7e12 + 0.5, monotonic: 0.25, attempts: 1, complete: true,
    };
    let change, sum = 0;
    const take = (count) => {
      for (let number = 0; number < count; number++) {
        input.bytes = tables[number & 15];
        input.tick = number;
        change = reader.read(writer.write(input));
        ${loop}
      }
    };
    take(20_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    take(20_000);
    globalThis.gc();
    const used = new Float64Array(11);
    writeSync(1, "samples begin\\n");
    used[0] = process.memoryUsage().heapUsed;
    for (let part = 1; part <= 10; part++) {
      take(${SAMPLES / 10});
      used[part] = process.memoryUsage().heapUsed;
    }
    writeSync(1, "samples end\\n");
    writeSync(1, JSON.stringify({ sum, used: [...used] }) + "\\n");`;
  const words = [...FLAGS, "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, words, { maxBuffer: 1 << 26 });
  const [, between = "", rest = ""] = stdout.split(/samples (?:begin|end)\n/);
  const { sum, used } = JSON.parse(/^\{.*\}$/m.exec(rest)?.[0] ?? "") as { sum: number; used: number[] };
  expect(sum).toBeGreaterThan(0);
  const allocated = used.slice(1).map((bytes, part) => bytes - (used[part] as number));
  return { collections: between.match(/Scavenge|Minor|Mark-/g)?.length ?? 0, allocated: median(allocated) };
}

const BYTES = "sum += change.bytes.length;";
const CHANGES = `sum += change.opened.length + change.closed.length + change.changed.length + change.before.length;
  sum += change.table.columns.state[0];`;

// Nothing is timed: collections and bytes are counted.
test.each([
  ["the bytes alone", BYTES],
  ["what opened, closed and changed", CHANGES],
])("frames that are written and read again and again make no garbage: %s", async (_, loop) => {
  const { collections, allocated } = await measure(loop);
  expect(collections).toBe(0);
  expect(allocated).toBeLessThan(LOOK);
});

test("garbage of frames that are kept as copies is counted", async () => {
  const { collections } = await measure("sum += change.bytes.slice().length;");
  expect(collections).toBeGreaterThan(5);
});
