import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PlainDecoder } from "../../src/decoder/plain/decoder.js";
import { LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import { createFrameReader, createFrameWriter, type Ends, SEEN_BY_SAMPLES } from "../../src/frames/index.js";
import { encodeTable, type RawRow } from "../support/tables.js";
import { told } from "./told.js";

const ENGINES = ["wasm", "plain"] as const;
const input = (rows: readonly RawRow[], layout: LayoutName, tick = 0) => ({
  bytes: encodeTable(rows, layout),
  layout,
  tick,
  time: tick * 100,
  attempts: 1,
  complete: true,
});

/** Connection n of a layout, as a row that nothing else is. */
function connection(n: number, layout: LayoutName, state = 5): RawRow {
  const address = LAYOUTS[layout].family === 4 ? n : ([0, 0, 1, n] as const);
  return {
    state,
    localAddress: address,
    localPort: 80,
    remoteAddress: address,
    remotePort: 1000 + n,
    localScopeId: 0,
    remoteScopeId: 0,
    socketCookie: BigInt(n + 1),
    createTimestamp: BigInt(n + 1),
  };
}

/** A state that only goes on: where there is no cookie, one that went back would be another connection. */
const stateIn = (step: number) => (step === 0 ? 5 : 8);

/** Which connections they are, and when each was heard to have ended. */
function numbersOf({ rows, layout, length, records }: Ends): { n: number; time: number; state: string }[] {
  const table = new PlainDecoder().decode(rows, layout);
  expect(table.length).toBe(length);
  const view = new DataView(records.buffer, records.byteOffset);
  return [...table].map(({ remotePort, state }, row) => {
    expect(view.getUint32(row * 40 + 32, true)).toBe(SEEN_BY_SAMPLES);
    return { n: remotePort - 1000, time: view.getFloat64(row * 40, true), state };
  });
}

describe.each(ENGINES)("tables that are skipped, %s engine", (engine) => {
  test.each(["LINUX_TCPTABLE", "LINUX_TCP6TABLE_EXTENDED", "MIB_TCPTABLE", "MIB_TCP6TABLE_OWNER_MODULE"] as const)(
    "tell each connection of %s once that came and went between two tables that were sent",
    async (layout) => {
      const writer = await createFrameWriter({ engine });
      let came = 0;
      const present = fc.uniqueArray(fc.nat({ max: 12 }), { maxLength: 13 });
      fc.assert(
        fc.property(present, fc.array(present, { minLength: 1, maxLength: 6 }), (sent, tables) => {
          const rows = (numbers: readonly number[], step: number) =>
            numbers.map((n) => connection(n, layout, stateIn(step)));
          writer.write(input(rows(sent, 0), layout));
          let last: Ends | undefined;
          for (const [step, table] of tables.entries()) last = writer.skip(input(rows(table, step), layout, step + 1));
          const final = tables.at(-1) as number[];
          const expected = [...new Set(tables.flat())].filter((n) => !sent.includes(n) && !final.includes(n));
          came += expected.length;
          const gone = numbersOf(last as Ends);
          expect(gone.map(({ n }) => n).sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
          for (const { n, time, state } of gone) {
            const lastSeen = tables.findLastIndex((table) => table.includes(n));
            expect([time / 100, state]).toEqual([lastSeen + 2, lastSeen === 0 ? "ESTABLISHED" : "CLOSE-WAIT"]);
          }
          expect(gone.map(({ time }) => time)).toEqual(gone.map(({ time }) => time).sort((a, b) => a - b));
          writer.write(input(rows(final, tables.length), layout));
          expect(numbersOf(writer.skip(input([], layout))).length).toBe(0);
        }),
        { numRuns: 60, endOnFailure: true },
      );
      expect(came).toBeGreaterThan(100);
    },
  );

  test("leave the stream as it was: the next delta starts from the last table that was sent", async () => {
    const layout = "LINUX_TCPTABLE";
    const [writer, reader] = [await createFrameWriter({ engine }), await createFrameReader({ engine })];
    const table = (...numbers: number[]) => numbers.map((n) => connection(n, layout));
    const many = Array.from({ length: 50 }, (_, n) => n);
    reader.read(writer.write(input(table(...many), layout)));
    writer.skip(input(table(...many, 60), layout, 1));
    const gone = writer.skip(input(table(...many, 61), layout, 2));
    expect(
      reader.read(writer.writeEnds({ ends: gone, lost: 0, neverConnected: 0, tick: 2, time: 200 })),
    ).toBeUndefined();
    const change = told(reader.read(writer.write(input(table(...many, 61), layout, 2))));
    expect([change.kind, change.sequence]).toEqual(["delta", 2]);
    expect(change.opened.toArray().map(({ remotePort }) => remotePort)).toEqual([1061]);
    expect([...change.ends.table].map(({ remotePort }) => remotePort)).toEqual([1060]);
    expect([...change.ends.flags]).toEqual([SEEN_BY_SAMPLES]);
    expect([change.ends.bytesSent[0], change.ends.rtt[0]]).toEqual([0xffff_ffff_ffff_ffffn, 0xffffffff]);
  });

  test("may be written in the end where they lie, in the writer's own memory, with their shared owners", async () => {
    const layout = "LINUX_TCPTABLE";
    const writer = await createFrameWriter({ engine, where: "sport = :80" });
    const reader = await createFrameReader({ engine });
    const others = [
      { ...connection(99, layout), localPort: 22 },
      { ...connection(98, layout), localPort: 22 },
    ];
    for (let count = 1; count < 3000; count = count * 3 + 1) {
      const rows = [...others, ...Array.from({ length: count }, (_, n) => connection(n, layout))];
      const given = input(rows, layout);
      const reserved = writer.reserve(given.bytes.length);
      reserved.set(given.bytes);
      const bytes = reserved.subarray(0, given.bytes.length);
      const sharedOwners = Uint32Array.of(0, 5, 2, 7);
      writer.skip({ ...given, bytes, sharedOwners });
      const change = told(reader.read(writer.write({ ...given, bytes, sharedOwners })));
      expect(change.bytes.slice()).toEqual(encodeTable(rows.slice(2), layout));
      expect([...change.sharedOwners]).toEqual([0, 7]);
    }
  });

  test("tell with a filter only connections that may match", async () => {
    const layout = "LINUX_TCPTABLE";
    const writer = await createFrameWriter({ engine, where: "sport = :80" });
    writer.write(input([], layout));
    writer.skip(input([connection(1, layout), { ...connection(2, layout), localPort: 22 }], layout, 1));
    expect(numbersOf(writer.skip(input([], layout, 2))).map(({ n }) => n)).toEqual([1]);
  });

  test("give nothing before the first table that is sent, and nothing across layouts", async () => {
    const writer = await createFrameWriter({ engine });
    const rows = [connection(1, "MIB_TCPTABLE")];
    writer.skip(input(rows, "MIB_TCPTABLE"));
    expect(writer.skip(input([], "MIB_TCPTABLE")).length).toBe(0);
    writer.write(input([], "MIB_TCPTABLE"));
    writer.skip(input(rows, "MIB_TCPTABLE"));
    expect(writer.skip(input([], "MIB_TCPTABLE2"))).toMatchObject({ length: 0, layout: "MIB_TCPTABLE2" });
    expect(writer.skip(input([], "MIB_TCPTABLE")).length).toBe(0);
  });

  test("count the connections that there is no room for, and each once while it stays", async () => {
    const layout = "LINUX_TCPTABLE";
    const writer = await createFrameWriter({ engine });
    writer.write(input([], layout));
    const rows = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({ ...connection(from + n, layout), remotePort: 7 }));
    writer.skip(input(rows(0, 65_536), layout));
    expect(writer.skippedLost).toBe(0);
    writer.skip(input(rows(65_000, 546), layout));
    expect(writer.skippedLost).toBe(10);
    const gone = writer.skip(input(rows(65_000, 546), layout));
    expect([writer.skippedLost, gone.length]).toEqual([10, 65_000]);
    writer.write(input([], layout));
    expect(writer.skippedLost).toBe(0);
  });
});
