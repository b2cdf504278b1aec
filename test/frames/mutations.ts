import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import {
  createFrameReader,
  createFrameWriter,
  FrameError,
  type FrameReader,
  type FrameWriter,
} from "../../src/frames/index.js";
import { encodeTable, type RawRow } from "../support/tables.js";
import { mendChecksum } from "./mutate.js";
import { toldBeside, toldByReader } from "./told-beside.js";

/** What became of mutated frames. */
export interface Tally {
  readonly frames: number;
  refused: number;
  /** Frames of tables. */
  read: number;
  /** Frames of ends, gaps and names. */
  told: number;
}

/** A stream's key frame, and frames that may follow it. */
interface Stream {
  readonly layout: LayoutName;
  readonly key: Uint8Array;
  readonly table: Uint8Array;
  readonly next: readonly Uint8Array[];
}

/**
 * Feeds mutated frames, most with a right checksum, to readers of both engines. Each must throw the same FrameError in both, or
 * give the same table, which is the one that `applied` makes of the frame, and the same changes; or tell the same ends, gap or names,
 * which are those that `toldBeside` finds in it.
 *
 * @param seed the same one gives the same mutations of the same frames
 * @throws {Error} they did not
 */
export async function readMutations(count: number, seed: number): Promise<Tally> {
  const random = randomFrom(seed);
  const tally: Tally = { frames: count, refused: 0, read: 0, told: 0 };
  const streams = await Promise.all(LAYOUT_NAMES.map((layout) => makeStream(layout, random)));
  const readers = await Promise.all((["wasm", "plain"] as const).map((engine) => createFrameReader({ engine })));
  let held: Stream | undefined;
  for (let number = 0; number < count; number++) {
    if (number % 64 === 0) held = undefined;
    const stream = held ?? (streams[random(streams.length)] as Stream);
    if (stream !== held) for (const reader of readers) reader.read(stream.key);
    held = stream;
    const frame = mutated(stream.next[random(stream.next.length)] as Uint8Array, random);
    const [one, other] = readers.map((reader) => outcomeOf(reader, frame, stream.key)) as [
      string | Uint8Array,
      string | Uint8Array,
    ];
    const same = typeof one === "string" ? one === other : typeof other !== "string" && equal(one, other);
    if (!same) throw new Error(`The engines differ: ${one} and ${other}, for ${hex(frame)} after ${hex(stream.key)}`);
    if (typeof one === "string" && one.startsWith("told ")) {
      tally.told++;
      const expected = toldBeside(frame, stream.key);
      if (one !== `told ${expected}`) throw new Error(`Wrong: ${one}, not ${expected}, for ${hex(frame)}`);
    } else if (typeof one === "string") {
      tally.refused++;
    } else {
      tally.read++;
      const length = new DataView(one.buffer).getUint32(0, true);
      const expected = applied(stream, frame);
      if (!equal(one.subarray(4, 4 + length), expected))
        throw new Error(`A wrong table: ${hex(one)}, not ${hex(expected)}, for ${hex(frame)} after ${hex(stream.key)}`);
      held = undefined;
    }
  }
  return tally;
}

/**
 * The error's name and words; or what was told beside tables; or the table's length, its bytes, and the numbers of what opened, closed
 * and changed.
 *
 * @param key a frame of a table that ends are told with
 */
function outcomeOf(reader: FrameReader, frame: Uint8Array, key: Uint8Array): string | Uint8Array {
  try {
    const change = reader.read(frame);
    if (!change || change.kind === "gap") {
      const told = toldByReader(reader, change, frame, key);
      return told === undefined ? "passed over" : `told ${told}`;
    }
    const { bytes, opened, closed, changed, before, ends } = change;
    if (ends.length + ends.lost + ends.neverConnected > 0) throw new Error("Ends came of frames that were refused.");
    const numbers = [...opened.indices, -1, ...changed.indices, -1, closed.length];
    const all = new Uint8Array(4 + bytes.length + numbers.length * 4 + closed.bytes.length + before.bytes.length);
    new DataView(all.buffer).setUint32(0, bytes.length, true);
    all.set(bytes, 4);
    all.set(new Uint8Array(Int32Array.from(numbers).buffer), 4 + bytes.length);
    all.set(closed.bytes, 4 + bytes.length + numbers.length * 4);
    all.set(before.bytes, all.length - before.bytes.length);
    return all;
  } catch (error) {
    if (error instanceof FrameError) return `${error.name}: ${error.message}`;
    throw new Error(`${error} for ${hex(frame)}`, { cause: error });
  }
}

/** What format.md says that a frame's table is, in the fewest words. */
function applied({ table, layout }: Stream, frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer);
  const code = view.getUint16(12, true);
  const { firstRow, rowSize } = LAYOUTS[LAYOUT_NAMES.find((name) => LAYOUTS[name].code === code) ?? layout];
  const rows = view.getUint32(56, true);
  const length = rows === 0 ? 4 : firstRow + rows * rowSize;
  if (frame[6] === 1) return frame.slice(80, 80 + length);
  const result = [...new Uint8Array(Uint32Array.of(rows).buffer)];
  if (firstRow > 4 && rows > 0) result.push(...frame.subarray(68, 72));
  let at = 80;
  const end = 80 + view.getUint32(60, true);
  let next = Math.ceil(end / 4) * 4;
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = frame[at++] as number;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  const copyNew = (count: number) => {
    result.push(...frame.subarray(next, next + count * rowSize));
    next += count * rowSize;
  };
  let from = 0;
  while (at < end) {
    copyNew(number());
    const distance = number();
    from += distance % 2 === 0 ? distance / 2 : -(distance + 1) / 2;
    const count = number();
    const start = firstRow + from * rowSize;
    result.push(...table.subarray(start, start + count * rowSize));
    from += count;
  }
  copyNew((length - result.length) / rowSize);
  return Uint8Array.from(result);
}

/** One to four bytes changed, cut or put in; now and then the checksum stays what it was. */
function mutated(frame: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = frame.slice();
  const view = new DataView(copy.buffer);
  for (let times = 1 + random(4); times > 0; times--) {
    // Header and runs are where it hurts.
    const at = random(3) === 0 ? random(copy.length) : 4 + random(Math.min(copy.length - 8, 110));
    switch (random(5)) {
      case 0:
        copy[at] = (copy[at] as number) ^ (1 << random(8));
        break;
      case 1:
        copy[at] = random(256);
        break;
      case 2:
        copy[at] = random(4);
        break;
      case 3:
        view.setUint32(
          Math.min(at & ~3, copy.length - 4),
          [0, 1, 0xffffffff, 0x7fffffff, 0x80000000][random(5)] as number,
          true,
        );
        break;
      default:
        copy.copyWithin(at, random(copy.length), copy.length - random(8));
    }
  }
  const cut = random(40) === 0 ? copy.slice(0, random(copy.length)) : copy;
  return cut.length < 80 || random(50) === 0 ? cut : mendChecksum(cut);
}

async function makeStream(layout: LayoutName, random: (below: number) => number): Promise<Stream> {
  const writer = await createFrameWriter({ engine: "plain" });
  const row = (): RawRow => {
    const address = (n: number) => (LAYOUTS[layout].family === 4 ? n : ([0, 0, 0, n] as const));
    return {
      state: 1 + random(12),
      localAddress: address(random(3)),
      localPort: random(3),
      remoteAddress: address(random(3)),
      remotePort: 1,
      localScopeId: 0,
      remoteScopeId: 0,
      owningPid: random(3),
      inode: random(2),
      user: random(2),
      socketCookie: BigInt(random(9)),
      createTimestamp: BigInt(random(3)),
    };
  };
  const rows = Array.from({ length: 24 }, row);
  const write = (table: readonly RawRow[], key = false, sharedOwners?: Uint32Array) =>
    writer
      .write({
        bytes: encodeTable(table, layout),
        layout,
        tick: 1,
        time: 2,
        attempts: 1,
        complete: true,
        key,
        sharedOwners: Object.values(LAYOUTS[layout].fields).some(
          (field) => "column" in field && field.column === "owningPid",
        )
          ? sharedOwners
          : undefined,
      })
      .slice();
  const key = write(rows, true);
  const deltas = [
    rows.toSpliced(3, 2, row(), row(), row()),
    rows.toReversed(),
    [row(), ...rows.slice(4, 9), ...rows.slice(1, 3), row()],
    [],
  ];
  const next: Uint8Array[] = [];
  for (const table of deltas) {
    // Each is to start from the key frame's table.
    const again = await createFrameWriter({ engine: "plain" });
    const both = [rows, table].map((each, number) =>
      again
        .write({
          bytes: encodeTable(each, layout),
          layout,
          tick: 1,
          time: 2,
          attempts: 1,
          complete: true,
          key: number === 0,
        })
        .slice(),
    ) as [Uint8Array, Uint8Array];
    both[1].set(key.subarray(16, 24), 16);
    next.push(mendChecksum(both[1]));
  }
  next.push(
    write(rows.toSpliced(0, 1), false, Uint32Array.of(2, 5, 2, 6)),
    write(rows.slice(0, 5), true, Uint32Array.of(1, 2)),
  );
  next.push(...framesBeside(writer, layout, encodeTable(rows.slice(0, 3), layout)));
  return { layout, key, table: encodeTable(rows, layout), next };
}

/** Three ends, a gap, and three names. */
function framesBeside(writer: FrameWriter, layout: LayoutName, rows: Uint8Array): Uint8Array[] {
  const clock = { tick: 1, time: 2 };
  const records = new Uint8Array(3 * 40).map((_, at) => (at % 40 < 32 ? at : 0));
  const ends = { layout, length: 3, rows, records };
  const names = ["init", "ünïcödé", ""].map((name, pid) => ({ pid, startTime: pid * 1000, name }));
  return [
    writer.writeEnds({ ends, lost: 1, neverConnected: 2, ...clock }).slice(),
    writer.writeGap({ layout, reason: "ENOBUFS: wäit", ...clock }).slice(),
    writer.writeNames({ names, ...clock }).slice(),
  ];
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Numbers below another one, the same for the same seed: mulberry32. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
