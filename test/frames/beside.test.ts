import { describe, expect, test } from "vitest";
import { LAYOUT_NAMES, type LayoutName } from "../../src/format/layouts.js";
import {
  CorruptFrameError,
  createFrameReader,
  createFrameWriter,
  type Ends,
  FrameError,
  type FrameReader,
  FrameTooLargeError,
  type Gap,
  TruncatedFrameError,
} from "../../src/frames/index.js";
import { hex } from "../support/hex.js";
import { encodeTable, type RawRow } from "../support/tables.js";
import { mendChecksum } from "./mutate.js";
import { told } from "./told.js";

const ENGINES = ["wasm", "plain"] as const;
const STREAM = hex("0102030405060708");

const row = (n: number): RawRow => ({
  state: 1,
  localAddress: 0x0a000001,
  localPort: 443,
  remoteAddress: 0x0a000000 + n,
  remotePort: 1000,
  socketCookie: BigInt(n),
  user: 1000,
  inode: 7,
});

/** Ends of connections, each with figures that follow from its number. */
function endsOf(numbers: readonly number[], layout: LayoutName = "LINUX_TCPTABLE"): Ends {
  const address = (n: number) => (layout.includes("6") ? ([0, 0, 0, n] as const) : n);
  const rows = numbers.map((n) => ({ ...row(n), localAddress: address(1), remoteAddress: address(n) }));
  const records = new Uint8Array(numbers.length * 40);
  const view = new DataView(records.buffer);
  for (const [index, n] of numbers.entries()) {
    view.setFloat64(index * 40, n + 0.5, true);
    view.setBigUint64(index * 40 + 8, BigInt(n) << 32n, true);
    view.setBigUint64(index * 40 + 16, 0xffff_ffff_ffff_ffffn, true);
    view.setUint32(index * 40 + 24, n + 1, true);
    view.setUint32(index * 40 + 28, n + 2, true);
    view.setUint32(index * 40 + 32, n % 2, true);
  }
  return { layout, length: numbers.length, rows: encodeTable(rows, layout), records };
}

const clock = { tick: 3, time: 1000, monotonic: 500 };
const table = (numbers: readonly number[], layout: LayoutName = "LINUX_TCPTABLE") => ({
  bytes: encodeTable(numbers.map(row), layout),
  layout,
  ...clock,
  attempts: 1,
  complete: true,
});
const gapOf = (reader: FrameReader, frame: Uint8Array): Gap => {
  const gap = reader.read(frame);
  if (gap?.kind !== "gap") throw new Error("The frame was no gap.");
  return gap;
};
/** With the stream of the golden bytes, and the checksum that goes with it. */
const inStream = (frame: Uint8Array) => {
  const copy = frame.slice();
  copy.set(STREAM, 16);
  return mendChecksum(copy);
};
/** The frame with some bytes of its own, and the checksum made right again. */
const changed = (frame: Uint8Array, change: (view: DataView, bytes: Uint8Array) => void) => {
  const copy = frame.slice();
  change(new DataView(copy.buffer), copy);
  return mendChecksum(copy);
};

const GOLDEN_GAP = hex(`
  54 43 50 46   01 00   04   00   70 00 00 00                       # "TCPF", version 1, gap; 112 bytes
  0b 00   48 00   01 02 03 04 05 06 07 08                           # LINUX_TCP6TABLE, rows of 72 bytes; stream
  00 00 00 00   00 00 00 00   03 00 00 00   00 00 00 00             # sequence 0; tick 3
  00 00 00 00 00 40 8f 40   00 00 00 00 00 40 7f 40                 # 1000 and 500 ms
  00 00 00 00   15 00 00 00   00 00 00 00   00 00 00 00             # 21 bytes of text
  71 89 c2 87 51 5b eb 41                                           # checksum
  45 41 43 43 45 53 20 e2 80 94 20 6e 6f 74 20 61 6c 6c 6f 77 2e    # EACCES — not allow.
  00 00 00 00 00 00 00 00 00 00 00`);

const GOLDEN_NAMES = hex(`
  54 43 50 46   01 00   05   00   80 00 00 00                       # "TCPF", version 1, names; 128 bytes
  00 00   00 00   01 02 03 04 05 06 07 08                           # of no layout; stream
  00 00 00 00   00 00 00 00   03 00 00 00   00 00 00 00             # sequence 0; tick 3
  00 00 00 00 00 40 8f 40   00 00 00 00 00 40 7f 40                 # 1000 and 500 ms
  02 00 00 00   07 00 00 00   00 00 00 00   00 00 00 00             # 2 names of 7 bytes together
  83 71 57 b5 da d6 38 0c                                           # checksum
  01 00 00 00   04 00 00 00   00 00 00 00 00 00 00 00               # PID 1, 4 bytes, unknown start
  39 30 00 00   03 00 00 00   00 00 00 00 00 00 f8 3f               # PID 12345, 3 bytes, 1.5 ms
  69 6e 69 74   e2 82 ac                                            # init, €
  00 00 00 00 00 00 00 00 00`);

describe.each(ENGINES)("frames beside tables, %s engine", (engine) => {
  const both = async () => ({
    writer: await createFrameWriter({ engine }),
    reader: await createFrameReader({ engine }),
  });

  test("are the golden bytes of a gap, and are read back from them", async () => {
    const { writer, reader } = await both();
    const layout = "LINUX_TCP6TABLE";
    const reason = "EACCES — not allow.";
    expect(inStream(writer.writeGap({ layout, reason, ...clock }))).toEqual(GOLDEN_GAP);
    const gap = gapOf(reader, GOLDEN_GAP);
    expect(gap).toMatchObject({ kind: "gap", sequence: 0, layout, family: 6, reason, ...clock });
    expect([gap.ends.length, gap.ends.table.length, gap.ends.table.layout]).toEqual([0, 0, layout]);
  });

  test("are the golden bytes of names, and are read back from them", async () => {
    const { writer, reader } = await both();
    const names = [
      { pid: 1, startTime: 0, name: "init" },
      { pid: 12345, startTime: 1.5, name: "€" },
    ];
    expect(inStream(writer.writeNames({ names, ...clock }))).toEqual(GOLDEN_NAMES);
    expect(reader.read(GOLDEN_NAMES)).toBeUndefined();
    expect([...reader.names]).toEqual(names.map((name) => [name.pid, name]));
  });

  test("tell with a table all ends since the one before, with their figures, oldest first", async () => {
    const { writer, reader } = await both();
    const first = told(reader.read(writer.write(table([1, 2, 3]))));
    expect([first.ends.length, first.ends.lost, first.endsAreTold]).toEqual([0, 0, false]);
    reader.read(writer.writeEnds({ ends: endsOf([1, 9]), lost: 1, neverConnected: 2, ...clock }));
    reader.read(writer.writeEnds({ ends: endsOf([]), lost: 0, neverConnected: 0, ...clock }));
    reader.read(writer.writeEnds({ ends: endsOf([2]), lost: 10, neverConnected: 20, ...clock }));
    const change = told(reader.read(writer.write({ ...table([3]), endsAreTold: true })));
    const { ends } = change;
    expect([change.kind, change.endsAreTold, change.complete]).toEqual([change.kind, true, true]);
    expect(ends.length).toBe(3);
    expect([...ends.table].map(({ remoteAddress, user }) => [remoteAddress, user])).toEqual([
      ["0.0.0.1", 1000],
      ["0.0.0.9", 1000],
      ["0.0.0.2", 1000],
    ]);
    expect([...(ends.table.columns.socketCookie ?? [])]).toEqual([1n, 9n, 2n]);
    expect([...ends.time]).toEqual([1.5, 9.5, 2.5]);
    expect([...ends.bytesSent]).toEqual([1n << 32n, 9n << 32n, 2n << 32n]);
    expect([...ends.bytesReceived]).toEqual(Array(3).fill(0xffff_ffff_ffff_ffffn));
    expect([...ends.retransmits, ...ends.rtt, ...ends.flags]).toEqual([2, 10, 3, 3, 11, 4, 1, 1, 0]);
    expect([ends.lost, ends.neverConnected]).toEqual([11, 22]);
    const after = told(reader.read(writer.write(table([3]))));
    expect([after.ends.length, after.ends.lost, after.ends.neverConnected, after.endsAreTold]).toEqual([
      0,
      0,
      0,
      false,
    ]);
  });

  test("lie between tables without harm: a delta starts from the last table, however many frames came since", async () => {
    const { writer, reader } = await both();
    const numbers = [...Array(60).keys()];
    reader.read(writer.write(table(numbers)));
    reader.read(writer.writeNames({ names: [{ pid: 1, startTime: 0, name: "a" }], ...clock }));
    reader.read(writer.writeEnds({ ends: endsOf([1]), lost: 0, neverConnected: 0, ...clock }));
    gapOf(reader, writer.writeGap({ layout: "LINUX_TCPTABLE", reason: "", ...clock }));
    const frame = writer.write(table(numbers.toSpliced(1, 1)));
    expect([new DataView(frame.buffer, frame.byteOffset).getUint32(28, true), frame[6]]).toEqual([0, 2]);
    const change = told(reader.read(frame));
    expect([change.sequence, change.isBaseline, change.closed.length]).toEqual([4, false, 1]);
  });

  test("stay valid until the next of their kind is written, whatever else is", async () => {
    const { writer } = await both();
    const ends = writer.writeEnds({ ends: endsOf([1]), lost: 0, neverConnected: 0, ...clock });
    const gap = writer.writeGap({ layout: "LINUX_TCPTABLE", reason: "why", ...clock });
    const names = writer.writeNames({ names: [{ pid: 1, startTime: 0, name: "a" }], ...clock });
    const copies = [ends, gap, names].map((frame) => frame.slice());
    writer.write(table([...Array(500).keys()]));
    expect([ends, gap, names]).toEqual(copies);
  });

  test("of a gap tell the ends so far, and the table behind it has those since", async () => {
    const { writer, reader } = await both();
    reader.read(writer.write(table([1, 2])));
    reader.read(writer.writeEnds({ ends: endsOf([1]), lost: 0, neverConnected: 0, ...clock }));
    const gap = gapOf(reader, writer.writeGap({ layout: "LINUX_TCPTABLE", reason: "ENOBUFS", ...clock }));
    expect([...gap.ends.time]).toEqual([1.5]);
    reader.read(writer.writeEnds({ ends: endsOf([2]), lost: 0, neverConnected: 0, ...clock }));
    expect(() => gap.ends.length).toThrow(/stale/);
    expect([...told(reader.read(writer.write(table([])))).ends.time]).toEqual([2.5]);
  });

  test("keep ends where a frame is refused, and tell none of another stream or family", async () => {
    const { writer, reader } = await both();
    reader.read(writer.write(table([1])));
    reader.read(writer.writeEnds({ ends: endsOf([1]), lost: 0, neverConnected: 0, ...clock }));
    expect(() => reader.read(Uint8Array.of(1, 2, 3, 4))).toThrow(FrameError);
    const six = endsOf([5], "LINUX_TCP6TABLE");
    expect(() => reader.read(writer.writeEnds({ ends: six, lost: 0, neverConnected: 0, ...clock }))).toThrow(/IPv6/);
    expect([...told(reader.read(writer.write(table([])))).ends.time]).toEqual([1.5]);
    reader.read(writer.writeEnds({ ends: six, lost: 3, neverConnected: 0, ...clock }));
    const change = told(reader.read(writer.write(table([]))));
    expect([change.ends.length, change.ends.lost]).toEqual([0, 0]);
    const stranger = (await both()).writer;
    reader.read(stranger.writeEnds({ ends: endsOf([7]), lost: 1, neverConnected: 0, ...clock }));
    const other = told(reader.read(writer.write(table([]))));
    expect([other.ends.length, other.ends.lost, other.isBaseline]).toEqual([0, 0, false]);
    reader.read(writer.writeEnds({ ends: endsOf([1]), lost: 1, neverConnected: 0, ...clock }));
    reader.read(stranger.writeEnds({ ends: endsOf([8]), lost: 0, neverConnected: 0, ...clock }));
    expect([...told(reader.read(stranger.write(table([])))).ends.time]).toEqual([8.5]);
  });

  test("of ends in several layouts become rows of the first one", async () => {
    const { writer, reader } = await both();
    // What lay there before must not shine through.
    reader.read(writer.writeEnds({ ends: endsOf([...Array(20).keys()]), lost: 0, neverConnected: 0, ...clock }));
    reader.read(writer.write(table([])));
    reader.read(writer.writeEnds({ ends: endsOf([1], "LINUX_TCPTABLE"), lost: 0, neverConnected: 0, ...clock }));
    for (const layout of LAYOUT_NAMES.filter((name) => !name.includes("6")))
      reader.read(writer.writeEnds({ ends: endsOf([2, 3], layout), lost: 0, neverConnected: 0, ...clock }));
    const { ends } = told(reader.read(writer.write(table([]))));
    expect([ends.table.layout, ends.length]).toEqual(["LINUX_TCPTABLE", 13]);
    expect([...ends.table].map(({ remoteAddress, remotePort, state }) => [remoteAddress, remotePort, state])).toEqual(
      [1, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3].map((n) => [`0.0.0.${n}`, 1000, "CLOSED"]),
    );
    const cookies = [...(ends.table.columns.socketCookie ?? [])];
    expect(cookies).toEqual([1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 2n, 3n, 2n, 3n]);
  });

  test("name a PID as it was told last, start anew with a new stream, and drop the oldest of too many", async () => {
    const { writer, reader } = await both();
    const names = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({ pid: from + n, startTime: 1, name: `process ${from + n}` }));
    reader.read(writer.writeNames({ names: names(1, 3), ...clock }));
    reader.read(writer.writeNames({ names: [{ pid: 2, startTime: 9, name: "other" }], ...clock }));
    expect([...reader.names.values()].map(({ name }) => name)).toEqual(["process 1", "process 3", "other"]);
    for (let from = 10; from < 100_000; from += 10_000)
      reader.read(writer.writeNames({ names: names(from, 10_000), ...clock }));
    expect(reader.names.size).toBeGreaterThan(40_000);
    expect(reader.names.size).toBeLessThan(65_536);
    expect([reader.names.has(2), reader.names.has(100_009)]).toEqual([false, true]);
    reader.read((await both()).writer.writeNames({ names: names(5, 1), ...clock }));
    expect([...reader.names.keys()]).toEqual([5]);
    const small = await createFrameReader({ engine, maxTableBytes: 1000 });
    small.read(writer.writeNames({ names: names(1, 10), ...clock }));
    expect([...small.names.keys()]).toEqual([5, 6, 7, 8, 9, 10]);
  });

  test("cut texts that are too long between two characters, and keep what is no text at all as replacements", async () => {
    const { writer, reader } = await both();
    const gap = gapOf(reader, writer.writeGap({ layout: "MIB_TCPTABLE", reason: "€".repeat(5000), ...clock }));
    expect(gap.reason).toBe("€".repeat(1365));
    const name = (text: string) => ({ pid: 1, startTime: 0, name: text });
    reader.read(writer.writeNames({ names: [name(`${"a".repeat(1023)}é`)], ...clock }));
    expect(reader.names.get(1)?.name).toBe("a".repeat(1023));
    reader.read(writer.writeNames({ names: [name("\ufeffx\ud800\0")], ...clock }));
    expect(reader.names.get(1)?.name).toBe("\ufeffx\ufffd\0");
  });

  test("cut at any byte and with any byte flipped throw, and leave the reader unharmed", async () => {
    const { writer, reader } = await both();
    for (const frame of threeOf(writer)) {
      for (let at = 0; at < frame.length; at++) {
        expect(() => reader.read(frame.subarray(0, at))).toThrow(TruncatedFrameError);
        const wrong = frame.slice();
        wrong[at] = (wrong[at] as number) ^ (1 << (at % 8));
        expect(() => reader.read(wrong)).toThrow(FrameError);
      }
    }
    expect(reader.names.size).toBe(0);
    expect(told(reader.read(writer.write(table([1])))).ends.length).toBe(0);
  });

  test("with any byte flipped and a right checksum throw, or tell no more than they hold", async () => {
    const { writer } = await both();
    const reader = await createFrameReader({ engine });
    let refused = 0;
    for (const frame of threeOf(writer)) {
      for (let at = 0; at < frame.length; at++) {
        for (const bit of [1, 128]) {
          const wrong = changed(frame, (_, bytes) => {
            bytes[at] = (bytes[at] as number) ^ bit;
          });
          try {
            reader.read(wrong);
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError);
            refused++;
          }
          expect(told(reader.read(writer.write(table([1])))).ends.length).toBeLessThanOrEqual(2);
        }
      }
    }
    expect(refused).toBeGreaterThan(300);
  });

  test("that say of themselves what is not so throw CorruptFrameError, and tell nothing", async () => {
    const { writer, reader } = await both();
    const [ends, gap, names] = threeOf(writer);
    const word = (at: number, value: number) => (view: DataView) => view.setUint32(at, value, true);
    const double = (at: number) => (view: DataView) => view.setFloat64(at, Number.NaN, true);
    const byte = (at: number, value: number) => (view: DataView) => view.setUint8(at, value);
    const wrong: [frame: Uint8Array, change: (view: DataView) => void, message: RegExp][] = [
      [ends, byte(7, 1), /flags 1/],
      [ends, word(12, 99), /no layout with the code 99/],
      [ends, word(28, 7), /can't start from frame 7/],
      [ends, word(36, 1), /no attempts/],
      [ends, double(40), /clock/],
      [ends, double(48), /clock/],
      [ends, word(56, 3), /3 ends make/],
      [ends, word(56, 0xffffffff), /4294967295 ends make/],
      [ends, word(60, 1), /no runs/],
      [ends, word(64, 1), /no shared owners/],
      [ends, word(68, 1), /no padding/],
      [ends, double(80 + 2 * 40), /time of an end/],
      [ends, word(80 + 2 * 40 + 32, 2), /flags 2 of an end/],
      [ends, word(80 + 2 * 40 + 36, 1), /bits that mean nothing/],
      [ends, byte(80 + 4 * 40 + 8, 1), /something behind its end/],
      [gap, word(56, 1), /no rows/],
      [gap, word(60, 2), /something behind its end/],
      [gap, word(60, 0xffffffff), /bytes of a reason make/],
      [gap, byte(80, 0xff), /no UTF-8/],
      [gap, byte(83, 1), /something behind its end/],
      [names, word(12, 9), /names are of no layout/],
      [names, word(56, 1), /names make/],
      [names, word(56, 0xffffffff), /names make/],
      [names, word(60, 0xffffffff), /names make/],
      [names, word(84, 0), /1 bytes of its text are no name's/],
      [names, word(84, 500), /500 bytes has no room/],
      [names, word(84, 0xffffffff), /4294967295 bytes has no room/],
      [names, double(88), /start of a process/],
      [names, byte(112, 0x80), /no UTF-8/],
    ];
    for (const [frame, change, message] of wrong) {
      const read = () => reader.read(changed(frame, change));
      expect(read).toThrow(CorruptFrameError);
      expect(read).toThrow(message);
    }
    expect(reader.names.size).toBe(0);
    expect(told(reader.read(writer.write(table([1])))).ends.length).toBe(0);
    const long = writer.writeGap({ layout: "MIB_TCPTABLE", reason: "a".repeat(4096), ...clock });
    const longer = new Uint8Array(long.length + 16);
    longer.set(long);
    longer.fill(97, long.length);
    expect(() =>
      reader.read(changed(longer, (view) => [word(8, longer.length), word(60, 4112)].map((set) => set(view)))),
    ).toThrow(/at the most/);
    const name = writer.writeNames({ names: [{ pid: 1, startTime: 0, name: "a".repeat(1024) }], ...clock });
    const longName = new Uint8Array(name.length + 16);
    longName.set(name);
    longName.fill(97, name.length);
    const lengthen = (view: DataView) =>
      [word(8, longName.length), word(60, 1040), word(84, 1040)].map((set) => set(view));
    expect(() => reader.read(changed(longName, lengthen))).toThrow(/1040 bytes has no room/);
  });

  test("of more ends than the limit are refused, with those that were told before a table too", async () => {
    const { writer } = await both();
    const reader = await createFrameReader({ engine, maxTableBytes: 800 });
    const write = (count: number) =>
      writer.writeEnds({ ends: endsOf([...Array(count).keys()]), lost: 0, neverConnected: 0, ...clock });
    reader.read(write(9));
    expect(() => reader.read(write(2))).toThrow(FrameTooLargeError);
    reader.read(write(1));
    expect(told(reader.read(writer.write(table([])))).ends.length).toBe(10);
    expect(() => reader.read(write(11))).toThrow(FrameTooLargeError);
    reader.read(write(10));
  });

  test("of ends that are none are not written", async () => {
    const { writer } = await both();
    const counts = { lost: 0, neverConnected: 0, ...clock };
    expect(() => writer.writeEnds({ ...counts, ends: { ...endsOf([1]), length: 2 } })).toThrow(
      /2 are said, there are 1 rows/,
    );
    expect(() => writer.writeEnds({ ...counts, ends: { ...endsOf([1]), records: new Uint8Array(39) } })).toThrow(
      RangeError,
    );
    expect(() => writer.writeEnds({ ...counts, ends: endsOf([1]), lost: -1 })).toThrow(/lost is a whole number/);
    expect(() => writer.writeEnds({ ...counts, ends: endsOf([1]), tick: 0.5 })).toThrow(/tick is a whole number/);
    expect(() => writer.writeGap({ ...clock, layout: "NONE" as LayoutName, reason: "" })).toThrow(/NONE/);
    expect(() => writer.writeNames({ ...clock, names: [{ pid: -1, startTime: 0, name: "" }] })).toThrow(/pid is/);
    expect(() => writer.writeNames({ ...clock, names: [{ pid: 1, startTime: Number.NaN, name: "" }] })).toThrow(
      /startTime/,
    );
    expect(
      new DataView(writer.writeGap({ ...clock, layout: "MIB_TCPTABLE", reason: "" }).buffer).getUint32(24, true),
    ).toBe(0);
  });
});

/** One frame of each kind: two ends, a gap, two names. */
function threeOf(writer: Awaited<ReturnType<typeof createFrameWriter>>): [Uint8Array, Uint8Array, Uint8Array] {
  const names = [
    { pid: 1, startTime: 0, name: "a" },
    { pid: 2, startTime: 1, name: "bc" },
  ];
  return [
    writer.writeEnds({ ends: endsOf([1, 2]), lost: 0, neverConnected: 0, ...clock }).slice(),
    writer.writeGap({ layout: "LINUX_TCPTABLE", reason: "why", ...clock }).slice(),
    writer.writeNames({ names, ...clock }).slice(),
  ];
}
