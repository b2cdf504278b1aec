import { McapRecordBuilder, McapWriter } from "@mcap/core";
import { describe, expect, test } from "vitest";
import {
  type Capture,
  CaptureError,
  CaptureTooLargeError,
  CaptureVersionError,
  NotACaptureError,
  openCapture,
  TruncatedCaptureError,
} from "../../src/capture/index.js";
import { timeOf } from "../frames/story-frames.js";
import { BUSY_TICKS, row, row6 } from "../support/busy-ticks.js";
import { MemoryFile, record } from "../support/recordings.js";

/** A small recording of three chunks of tables, and the frames that were put in. */
async function small(unclosed = false): Promise<{ bytes: Uint8Array; groups: Uint8Array[][] }> {
  const groups: Uint8Array[][] = [];
  const ticks = Array.from({ length: 5 }, (_, tick) => ({
    ipv4: { rows: [row(1, 2), row(2 + (tick >> 1))] },
    ...(tick > 1 ? { ipv6: { rows: [row6(1)] } } : {}),
  }));
  const file = await record(ticks, { groups, unclosed });
  return { bytes: file.bytes.slice(), groups };
}

const hex = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).toString("hex")).join(" ");

/** All groups that can be read, by tick. */
async function groupsOf(capture: Capture): Promise<Map<number, string>> {
  const read = new Map<number, string>();
  for await (const { tick, frames } of capture.frames()) read.set(tick, hex(frames));
  return read;
}

/** Reads all that can be read in every way: none may hang, or throw anything but typed errors. */
async function readAll(capture: Capture): Promise<void> {
  for (const read of [
    async () => {
      for await (const moment of capture.moments()) for (const _ of moment.events());
    },
    async () => {
      await capture.allSummaries();
    },
    async () => {
      for (const tick of [4, 0, 2]) void (await capture.at(timeOf(tick))).length;
    },
    async () => {
      void (await capture.scan("sport = 443")).lives;
    },
  ])
    await read().catch((error) => {
      if (!(error instanceof CaptureError)) throw error;
    });
}

describe.each(["wasm", "plain"] as const)("a damaged recording, %s engine", (engine) => {
  test(`a recording that is cut at any byte gives every group that is whole, and says that it is not complete (${engine})`, async () => {
    const { bytes, groups } = await small();
    let opened = 0;
    let before = 0;
    for (let length = 0; length < bytes.length; length += engine === "wasm" ? 1 : 37) {
      let capture: Capture;
      try {
        capture = await openCapture(new MemoryFile(bytes.subarray(0, length)), { engine });
      } catch (error) {
        expect(error).toBeInstanceOf(length === 0 ? NotACaptureError : TruncatedCaptureError);
        expect(opened).toBe(0);
        continue;
      }
      opened++;
      const { complete, reason, bytes: intact } = capture.intact;
      expect([complete, typeof reason, intact <= length]).toEqual([false, "string", true]);
      const read = await groupsOf(capture);
      expect(read.size).toBeGreaterThanOrEqual(before);
      expect(capture.samples).toBe(read.size);
      before = read.size;
      expect([...read.values()]).toEqual(groups.slice(0, read.size).map(hex));
      if (length % 37 === 0) await readAll(capture);
    }
    expect(before).toBeGreaterThanOrEqual(groups.length - (engine === "wasm" ? 0 : 2));
  });

  test.each([false, true])(
    `a recording with any byte flipped (unclosed: %s) gives only groups that were put in, or a typed error (${engine})`,
    async (unclosed) => {
      const { bytes, groups } = await small(unclosed);
      const expected = groups.map(hex);
      const whole = (await groupsOf(await openCapture(new MemoryFile(bytes), { engine }))).size;
      let lost = 0;
      for (let at = 0; at < bytes.length; at += engine === "wasm" ? (unclosed ? 3 : 1) : 41) {
        const flipped = bytes.slice();
        (flipped[at] as number) ^= 1 << (at % 8);
        try {
          const capture = await openCapture(new MemoryFile(flipped), { engine });
          const read = await groupsOf(capture);
          for (const [tick, frames] of read) expect([at, frames]).toEqual([at, expected[tick]]);
          if (read.size < whole) {
            lost++;
            expect([at, capture.intact.complete]).toEqual([at, false]);
          }
          if (at % 41 === 0) await readAll(capture);
        } catch (error) {
          if (!(error instanceof CaptureError)) throw error;
        }
      }
      // The test would be worth nothing if nothing ever were lost.
      expect(lost).toBeGreaterThan(engine === "wasm" ? 50 : 2);
    },
  );

  test(`a recording whose middle chunk is damaged tells gaps there, and goes on with the next key frame (${engine})`, async () => {
    const file = await record(BUSY_TICKS);
    const at = Buffer.from(file.bytes).indexOf(Buffer.from("TCPF"), Math.floor(file.bytes.length / 3));
    const bytes = file.bytes.slice();
    (bytes[at + 90] as number) ^= 1;
    const capture = await openCapture(new MemoryFile(bytes), { engine });
    expect(capture.intact.complete).toBe(true); // nobody has read that part so far
    const ticks: number[] = [];
    let gaps = 0;
    for await (const moment of capture.moments()) {
      ticks.push(moment.tick);
      gaps += moment.gaps.length;
    }
    expect(ticks.length).toBeLessThan(40);
    expect(ticks.at(-1)).toBe(39);
    expect(gaps).toBeGreaterThan(1);
    expect(capture.intact).toMatchObject({ complete: false, reason: expect.stringContaining("checksum of a chunk") });
    const { samples } = await capture.scan("sport = 443");
    expect(samples).toBe(ticks.length);
  });
});

test("a recording without its index, or with one that leaves a chunk out, is read by hopping: all of it", async () => {
  const { bytes, groups } = await small();
  const whole = Buffer.from(bytes);
  // The footer says that there is no index.
  const unindexed = Buffer.concat([whole.subarray(0, whole.readUInt32LE(whole.length - 28)), whole.subarray(-37)]);
  unindexed.fill(0, unindexed.length - 28, unindexed.length - 8);
  const capture = await openCapture(new MemoryFile(unindexed));
  expect([...(await groupsOf(capture)).values()]).toEqual(groups.map(hex));
  expect(capture.intact.complete).toBe(true);
  expect(capture.samples).toBe(5);
  // The same number of bytes, but one chunk's index is a record that readers skip.
  const silent = Buffer.from(whole);
  let at = whole.readUInt32LE(whole.length - 28);
  let seen = 0;
  for (; seen < 2; at += 9 + silent.readUInt32LE(at + 1)) if (silent[at] === 8 && ++seen === 2) break;
  expect(silent[at]).toBe(8);
  silent[at] = 0x80;
  silent.writeUInt32LE(0, silent.length - 12); // no checksum of the index: else it is not believed at all
  const partly = await openCapture(new MemoryFile(silent));
  expect([...(await groupsOf(partly)).values()]).toEqual(groups.map(hex));
  expect(partly.samples).toBe(5);
});

test("a file that is no MCAP file, or another program's, is no recording, and the error says why", async () => {
  const open = (bytes: Uint8Array) => openCapture(new MemoryFile(bytes));
  await expect(open(new TextEncoder().encode("State  Local Address"))).rejects.toThrow(/does not begin as MCAP/);
  await expect(open(new Uint8Array(0))).rejects.toThrow(/the file is empty/);
  const foreign = new MemoryFile();
  const writer = new McapWriter({
    writable: { write: async (part: Uint8Array) => foreign.append(part), position: () => BigInt(foreign.bytes.length) },
  });
  await writer.start({ profile: "ros2", library: "x" });
  await writer.end();
  await expect(open(foreign.bytes)).rejects.toThrow(NotACaptureError);
  await expect(open(foreign.bytes)).rejects.toThrow(/the profile "ros2", not "tcptable"/);
});

/** A recording that holds one record more, which a test has made up. */
function made(write: (records: McapRecordBuilder) => void): MemoryFile {
  const records = new McapRecordBuilder();
  records.writeMagic();
  records.writeHeader({ profile: "tcptable", library: "a test" });
  write(records);
  return new MemoryFile(records.buffer);
}

const chunk = { messageStartTime: 0n, messageEndTime: 0n, uncompressedCrc: 0, compression: "" };

test("a chunk that says it is larger than the limit is refused before memory is made for it", async () => {
  for (const compression of ["zstd", ""]) {
    const bomb = made((records) =>
      records.writeChunk({ ...chunk, compression, uncompressedSize: 2n ** 40n, records: new Uint8Array(100) }),
    );
    await expect(openCapture(bomb)).rejects.toThrow(CaptureError);
  }
  const { bytes } = await small();
  const capture = openCapture(new MemoryFile(bytes), { maxTableBytes: 200 });
  await expect(capture.then(groupsOf).then((read) => read.size)).resolves.toBeLessThan(5);
});

test("a chunk that zstd can't read, or whose length is another one than it says, is damaged", async () => {
  for (const uncompressedSize of [1n, 100n, 5000n]) {
    const file = made((records) =>
      records.writeChunk({ ...chunk, compression: "zstd", uncompressedSize, records: new Uint8Array(100).fill(7) }),
    );
    await expect(openCapture(file)).rejects.toThrow(TruncatedCaptureError);
  }
});

test("lengths that lie are never trusted: neither of records, nor of what lies in chunks", async () => {
  const lie = made((records) => records.writeChunk({ ...chunk, uncompressedSize: 4n, records: new Uint8Array(4) }));
  const at = Buffer.from(lie.bytes).indexOf(6, 30);
  for (const length of [2n ** 63n, 2n ** 40n, 1n, 0n]) {
    const bytes = lie.bytes.slice();
    new DataView(bytes.buffer).setBigUint64(at + 1, length, true);
    const file = new MemoryFile(bytes);
    await expect(openCapture(file)).rejects.toThrow(TruncatedCaptureError);
    expect(file.bytesRead).toBeLessThan(2000);
  }
  const records = new Uint8Array(40);
  records[0] = 5;
  new DataView(records.buffer).setBigUint64(1, 2n ** 60n, true);
  const inside = made((builder) => builder.writeChunk({ ...chunk, uncompressedSize: 40n, records }));
  await expect(openCapture(inside)).rejects.toThrow(TruncatedCaptureError);
});

test("a recording of another encoding is refused by its version", async () => {
  const file = made((records) =>
    records.writeChannel({
      ...{ id: 1, schemaId: 0, topic: "ipv4", messageEncoding: "tcptable-frame-v2", metadata: new Map() },
    }),
  );
  await expect(openCapture(file)).rejects.toThrow(CaptureVersionError);
  await expect(openCapture(file)).rejects.toThrow(/tcptable-frame-v2/);
});

test("errors of size are their own kind", () => {
  expect(new CaptureTooLargeError("The chunk", 1, 2, 3).message).toMatch(/2 bytes, more than the 3/);
});
