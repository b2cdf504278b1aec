import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { LAYOUT_NAMES, type LayoutName } from "../../src/format/layouts.js";
import {
  CorruptFrameError,
  createFrameReader,
  createFrameWriter,
  FrameError,
  FrameTooLargeError,
  FrameVersionError,
  MissingBaseError,
  NotAFrameError,
  TruncatedFrameError,
} from "../../src/frames/index.js";
import { encodeTable, type RawRow } from "../support/tables.js";
import { mendChecksum } from "./mutate.js";
import { compareRows } from "./oracle.js";
import { pairOfTables } from "./tables.js";
import { told } from "./told.js";

const ENGINES: EngineName[] = ["wasm", "plain"];
const input = (bytes: Uint8Array, layout: LayoutName = "MIB_TCPTABLE") => ({
  bytes,
  layout,
  tick: 7,
  time: 1_700_000_000_000.5,
  monotonic: 12.25,
  attempts: 2,
  complete: true,
});
const row = (n: number, state = 5): RawRow => ({
  state,
  localAddress: 0x0a000001,
  localPort: 443,
  remoteAddress: n,
  remotePort: 1000,
});
const rows = (count: number, from = 0) => Array.from({ length: count }, (_, n) => row(from + n));
/** All that makes a frame of a random stream the same in two writers: everything but stream and checksum. */
const withoutStream = (frame: Uint8Array) => {
  const copy = frame.slice();
  copy.fill(0, 16, 24);
  copy.fill(0, 72, 80);
  return copy;
};

describe.each(ENGINES)("frames, %s engine", (engine) => {
  test.each(LAYOUT_NAMES)(
    "of any two tables of %s give both back byte for byte, and what the rules say",
    async (layout) => {
      const writer = await createFrameWriter({ engine });
      const reader = await createFrameReader({ engine });
      fc.assert(
        fc.property(pairOfTables(layout), ([before, after]) => {
          const [first, second] = [encodeTable(before, layout), encodeTable(after, layout)];
          const baseline = told(reader.read(writer.write({ ...input(first, layout), key: true })));
          expect(baseline.bytes.slice()).toEqual(before.length === 0 ? first.slice(0, 4) : first);
          const change = told(reader.read(writer.write(input(second, layout))));
          expect(change.bytes.slice()).toEqual(after.length === 0 ? second.slice(0, 4) : second);
          // Copies of equal rows are told apart by nobody else: the rows tell the same, whichever of them it was.
          const expected = compareRows(before, after, layout, []);
          expect(change.opened.length).toBe(expected.opened.length);
          expect(change.closed.length).toBe(expected.closed.length);
          expect(change.before.length).toBe(change.changed.length);
          expect(change.table.length).toBe(after.length);
        }),
        { numRuns: 60, endOnFailure: true },
      );
    },
  );

  test("tell what opened, closed and changed, and the rows as they were", async () => {
    const writer = await createFrameWriter({ engine });
    const reader = await createFrameReader({ engine });
    const table = rows(40);
    const first = told(reader.read(writer.write(input(encodeTable(table)))));
    expect(first).toMatchObject({ kind: "key", isBaseline: true, sequence: 0, tick: 7, attempts: 2, complete: true });
    expect([first.opened.length, first.closed.length, first.changed.length, first.before.length]).toEqual([0, 0, 0, 0]);
    const next = [row(99), ...table.slice(0, 10), ...table.slice(11, 20), row(20, 8), ...table.slice(21)];
    const frame = writer.write({ ...input(encodeTable(next)), complete: false });
    expect(frame.length).toBeLessThan(200);
    const change = told(reader.read(frame));
    expect(change).toMatchObject({ kind: "delta", isBaseline: false, sequence: 1, complete: false });
    expect([change.time, change.monotonic]).toEqual([1_700_000_000_000.5, 12.25]);
    expect(change.opened.toArray().map(({ remoteAddress }) => remoteAddress)).toEqual(["0.0.0.99"]);
    expect([...change.closed].map(({ remoteAddress }) => remoteAddress)).toEqual(["0.0.0.10"]);
    expect([...change.changed].map(({ state, remoteAddress }) => [state, remoteAddress])).toEqual([
      ["CLOSE-WAIT", "0.0.0.20"],
    ]);
    expect([...change.before].map(({ state }) => state)).toEqual(["ESTABLISHED"]);
    expect(change.table.length).toBe(40);
    expect(change.closed.select({ where: "dst 0.0.0.10" }).length).toBe(1);
  });

  test("compare a later key frame with the table before it", async () => {
    const writer = await createFrameWriter({ engine });
    const reader = await createFrameReader({ engine });
    reader.read(writer.write(input(encodeTable(rows(9)))));
    writer.write(input(encodeTable(rows(3)))); // lost
    const change = told(reader.read(writer.write({ ...input(encodeTable(rows(9, 2))), key: true })));
    expect([change.kind, change.isBaseline, change.opened.length, change.closed.length]).toEqual(["key", false, 2, 2]);
  });

  test("carry the owners of shared sockets, also those of a row that is gone", async () => {
    const layout = "LINUX_TCPTABLE";
    const writer = await createFrameWriter({ engine });
    const reader = await createFrameReader({ engine });
    const table = rows(30).map((each, n) => ({ ...each, owningPid: 1, inode: n + 1, socketCookie: BigInt(n + 1) }));
    const sharedOwners = Uint32Array.of(3, 70, 3, 71, 5, 72);
    reader.read(writer.write({ ...input(encodeTable(table, layout), layout), sharedOwners }));
    const next = { ...input(encodeTable(table.toSpliced(3, 1), layout), layout), sharedOwners: Uint32Array.of(4, 72) };
    const change = told(reader.read(writer.write(next)));
    expect(change.kind).toBe("delta");
    expect([...change.sharedOwners]).toEqual([4, 72]);
    expect(change.table.ownersOf(4)).toEqual([1, 72]);
    expect(change.closed.ownersOf(0)).toEqual([1, 70, 71]);
  });

  test("come as key frames when asked for, at the interval, on another layout and where a delta is no smaller", async () => {
    const writer = await createFrameWriter({ engine, keyInterval: 3 });
    const table = encodeTable(rows(50));
    const kinds = Array.from({ length: 7 }, () => writer.write(input(table))[6]);
    expect(kinds).toEqual([1, 2, 2, 1, 2, 2, 1]);
    expect(writer.write({ ...input(table), key: true })[6]).toBe(1);
    expect(writer.write(input(encodeTable(rows(50, 900))))[6]).toBe(1);
    expect(writer.write(input(encodeTable(rows(50), "MIB_TCPTABLE2"), "MIB_TCPTABLE2"))[6]).toBe(1);
  });

  test("come of tables that were written into the writer, which may grow in between", async () => {
    const writer = await createFrameWriter({ engine });
    const reader = await createFrameReader({ engine });
    for (const count of [5, 6, 800, 7]) {
      const table = encodeTable(rows(count));
      const buffer = writer.reserve(table.length);
      buffer.set(table);
      const frame = writer.write(input(buffer.subarray(0, table.length)));
      expect(told(reader.read(frame)).bytes).toEqual(table);
    }
  });

  test("grow with their tables, and views of a Change go stale with the next read", async () => {
    const writer = await createFrameWriter({ engine });
    const reader = await createFrameReader({ engine });
    let count = 1;
    for (let step = 0; step < 14; step++, count = count * 2 + 1) {
      const change = told(reader.read(writer.write(input(encodeTable(rows(count))))));
      const { table } = change;
      expect(change.bytes).toEqual(encodeTable(rows(count)));
      expect(change.opened.length).toBe(step === 0 ? 0 : (count + 1) / 2);
      expect(() => reader.read(Uint8Array.of(1, 2, 3, 4))).toThrow(NotAFrameError);
      expect(() => table.length).toThrow(/stale/);
      expect(() => change.bytes).toThrow(/stale/);
    }
  });

  test("cut at any byte throw TruncatedFrameError, and leave the reader unharmed", async () => {
    const { reader, frames } = await threeFrames(engine);
    reader.read(frames[0] as Uint8Array);
    const delta = frames[1] as Uint8Array;
    for (let length = 0; length < delta.length; length++)
      expect(() => reader.read(delta.subarray(0, length))).toThrow(TruncatedFrameError);
    expect(told(reader.read(delta)).sequence).toBe(1);
  });

  test("with any byte flipped throw, and leave the reader unharmed", async () => {
    const { reader, frames } = await threeFrames(engine);
    reader.read(frames[0] as Uint8Array);
    for (const frame of [frames[1] as Uint8Array, frames[2] as Uint8Array]) {
      for (let at = 0; at < frame.length; at++) {
        const wrong = frame.slice();
        wrong[at] = (wrong[at] as number) ^ (1 << (at % 8));
        expect(() => reader.read(wrong)).toThrow(FrameError);
      }
    }
    expect(told(reader.read(frames[1] as Uint8Array)).sequence).toBe(1);
    expect(told(reader.read(frames[2] as Uint8Array)).sequence).toBe(2);
  });

  test("that start from a table which the reader has not throw MissingBaseError", async () => {
    const { reader, frames } = await threeFrames(engine);
    const [first, second, third] = frames as [Uint8Array, Uint8Array, Uint8Array];
    expect(() => reader.read(second)).toThrow(MissingBaseError);
    expect(() => reader.read(second)).toThrow(/frame 0, but the reader has no table of that stream.*key frame/);
    reader.read(first);
    expect(() => reader.read(third)).toThrow(/table of frame 1, but the reader has that of frame 0/);
    const stranger = (await threeFrames(engine)).frames[1] as Uint8Array;
    expect(() => reader.read(stranger)).toThrow(MissingBaseError);
    expect(told(reader.read(second)).sequence).toBe(1);
    expect(told(reader.read(third)).sequence).toBe(2);
  });

  test("of a later version are refused, and kinds that are not known passed over", async () => {
    const { reader, frames } = await threeFrames(engine);
    const later = (frames[0] as Uint8Array).slice();
    later[4] = 2;
    expect(() => reader.read(mendChecksum(later))).toThrow(FrameVersionError);
    for (const kind of [0, 6, 255]) {
      const unknown = (frames[0] as Uint8Array).slice();
      unknown[6] = kind;
      expect(reader.read(mendChecksum(unknown))).toBeUndefined();
    }
    expect(told(reader.read(frames[0] as Uint8Array)).sequence).toBe(0);
  });

  test("larger than the limit are refused before there is memory for them", async () => {
    const { frames } = await threeFrames(engine);
    const reader = await createFrameReader({ engine, maxTableBytes: 1000 });
    expect(() => reader.read(frames[0] as Uint8Array)).toThrow(FrameTooLargeError);
    const lying = (frames[1] as Uint8Array).slice();
    new DataView(lying.buffer).setUint32(56, 0xffffffff, true);
    const large = await createFrameReader({ engine });
    large.read(frames[0] as Uint8Array);
    expect(() => large.read(mendChecksum(lying))).toThrow(FrameTooLargeError);
    new DataView(lying.buffer).setUint32(56, 5_000_000, true);
    expect(() => large.read(mendChecksum(lying))).toThrow(CorruptFrameError);
  });
});

/** A reader, and a key frame and two deltas of 60 rows. */
async function threeFrames(engine: EngineName) {
  const writer = await createFrameWriter({ engine });
  const table = rows(60);
  const frames = [table, table.toSpliced(5, 2, row(77)), table.toSpliced(30, 1)].map((each) =>
    writer.write(input(encodeTable(each))).slice(),
  );
  return { reader: await createFrameReader({ engine }), frames };
}

describe("both engines", () => {
  test.each(LAYOUT_NAMES)("write the same frames of any two tables of %s", async (layout) => {
    const writers = await Promise.all(ENGINES.map((engine) => createFrameWriter({ engine })));
    fc.assert(
      fc.property(pairOfTables(layout), (tables) => {
        for (const [number, table] of tables.entries()) {
          const [one, other] = writers.map((writer) =>
            withoutStream(writer.write({ ...input(encodeTable(table, layout), layout), key: number === 0 })),
          );
          expect(one).toEqual(other);
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });
});

test("a doubled cookie opens and closes nothing", async () => {
  const layout = "LINUX_TCPTABLE";
  const [writer, reader] = [await createFrameWriter(), await createFrameReader()];
  const table = rows(9).map((each, n) => ({ ...each, socketCookie: BigInt(n + 1) }));
  const doubled = [...table, { ...(table[4] as RawRow), state: 6 }];
  reader.read(writer.write(input(encodeTable(table, layout), layout)));
  expect(told(reader.read(writer.write(input(encodeTable(doubled, layout), layout)))).opened.length).toBe(0);
  expect(told(reader.read(writer.write(input(encodeTable(table, layout), layout)))).closed.length).toBe(0);
});
