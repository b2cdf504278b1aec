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

const listener = (localPort: number): RawRow => ({
  ...{ state: 2, localAddress: 0x7f000001, localPort, remoteAddress: 0, remotePort: 0 },
});
const listener6 = (localPort: number): RawRow => ({
  ...listener(localPort),
  ...{ localAddress: [0, 0, 0, 1], remoteAddress: [0, 0, 0, 0] },
});

/** Tables of sizes that wander, as the child reads them. */
const SIZES = [40, 50, 45, 60];
const TABLES = {
  4: SIZES.map((size) => encodeTable(Array.from({ length: size }, (_, port) => listener(port)))),
  6: SIZES.map((size) =>
    encodeTable(
      Array.from({ length: size }, (_, port) => listener6(port)),
      "MIB_TCP6TABLE",
    ),
  ),
};

interface Measured {
  readonly collections: number;
  /** Bytes that a usual tenth of the samples made. */
  readonly allocated: number;
}

/** Takes samples in a process of its own. @param loop one sample, in JavaScript */
async function measure(loop: string): Promise<Measured> {
  const program = `
    import { writeSync } from "node:fs";
    import { compileFilter, compileQuery, createDecoder } from ${built("index.js")};
    import { FamilyQueries } from ${built("reader/order.js")};
    import { TcpTableReader } from ${built("reader/reader.js")};
    import { TcpTablesReader } from ${built("reader/tables.js")};
    /** Copies the next table in, as an operating system does: without garbage. */
    function collectorOf(layout, texts) {
      const tables = texts.map((text) => new Uint8Array(Buffer.from(text, "base64")));
      const views = [];
      const collection = { layout, bytes: undefined, attempts: 1, nanoseconds: 1 };
      let buffer;
      let next = 0;
      return {
        source: "a test",
        collect(into) {
          const at = next++ % tables.length;
          const view = into.reserve(100_000);
          if (view !== buffer) views.length = 0;
          buffer = view;
          views[at] ??= view.subarray(0, tables[at].length);
          views[at].set(tables[at]);
          collection.bytes = views[at];
          return collection;
        },
        close() {},
      };
    }
    const readerOf = async (layout, texts, family) =>
      new TcpTableReader(collectorOf(layout, texts), await createDecoder({ engine: "wasm" }), family);
    const TABLES = ${JSON.stringify({ 4: TABLES[4].map(base64), 6: TABLES[6].map(base64) })};
    const four = await readerOf("MIB_TCPTABLE", TABLES[4], 4);
    const six = await readerOf("MIB_TCP6TABLE", TABLES[6], 6);
    const where = compileFilter("state listening");
    const query = compileQuery({ where: "sport > :1", orderBy: ["-localPort", "localAddress", "localScopeId"], limit: 70 });
    const tables = new TcpTablesReader([four, six], [], new FamilyQueries(where));
    let reading, connections, sample, sum = 0;
    const take = (count) => {
      for (let number = 0; number < count; number++) {
        ${loop}
      }
    };
    take(10_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    take(10_000);
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

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

// Nothing is timed: collections and bytes are counted.
test.each([
  [
    "both families, selected in one order",
    `reading = tables.read(reading);
     connections = reading.select(query, connections);
     for (let place = 0; place < connections.length; place++)
       sum += connections.tableAt(place).columns.localPort[connections.indexAt(place)];`,
  ],
  [
    "one family, with what it took",
    "sample = four.sample(sample); sum += sample.table.length + sample.collection.bytes.length;",
  ],
])("samples that reuse what they gave before make no garbage: %s", async (_, loop) => {
  const { collections, allocated } = await measure(loop);
  expect(collections).toBe(0);
  expect(allocated).toBeLessThan(LOOK);
});

test("garbage of samples that reuse nothing is counted", async () => {
  const { collections } = await measure("sum += tables.read().select(query).length;");
  expect(collections).toBeGreaterThan(50);
});
