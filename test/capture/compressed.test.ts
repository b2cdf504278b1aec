import { McapRecordBuilder, McapStreamReader } from "@mcap/core";
import { expect, test } from "vitest";
import { openCapture } from "../../src/capture/index.js";
import { BUSY_TICKS } from "../support/busy-ticks.js";
import { MemoryFile, record } from "../support/recordings.js";

/**
 * Bytes as a zstd frame whose blocks are stored as they are (RFC 8878, 3.1.1): what a compressor writes that finds nothing to gain.
 * Node 20 has none.
 */
function stored(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0),
    new Uint8Array(Uint32Array.of(bytes.length).buffer),
  ];
  for (let at = 0; at < bytes.length; at += 0x10000) {
    const block = bytes.subarray(at, at + 0x10000);
    const header = (block.length << 3) | (at + block.length === bytes.length ? 1 : 0);
    parts.push(Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), block);
  }
  return Buffer.concat(parts);
}

/** The same recording with its chunks as zstd frames, and no index. */
async function compressed(damage = (bytes: Uint8Array) => bytes): Promise<MemoryFile> {
  const reader = new McapStreamReader({ includeChunks: true });
  reader.append((await record(BUSY_TICKS)).bytes);
  const records = new McapRecordBuilder();
  records.writeMagic();
  records.writeHeader({ profile: "tcptable", library: "a test" });
  let isInData = true;
  for (let told = reader.nextRecord(); told; told = reader.nextRecord()) {
    if (told.type === "DataEnd") isInData = false;
    if (told.type === "Channel" && isInData) records.writeChannel(told);
    if (told.type === "Chunk")
      records.writeChunk({ ...told, compression: "zstd", records: damage(stored(told.records)) });
  }
  return new MemoryFile(records.buffer);
}

test("a recording of chunks that are compressed by zstd is read as one that is not", async () => {
  const [plain, zstd] = [await openCapture(await record(BUSY_TICKS)), await openCapture(await compressed())];
  const shape = async (capture: typeof plain) => {
    const told: unknown[] = [];
    for await (const moment of capture.moments()) told.push([moment.tick, moment.length, moment.opened, moment.closed]);
    return told;
  };
  expect(await shape(zstd)).toEqual(await shape(plain));
  expect((await zstd.allSummaries()).rows).toEqual((await plain.allSummaries()).rows);
  expect((await zstd.scan("sport = 443")).count).toBe((await plain.scan("sport = 443")).count);
});

test.each([
  ["is cut", (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 30)],
  ["claims another length", (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, at) => (at === 5 ? byte ^ 1 : byte))],
  ["has a byte flipped", (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, at) => (at === 60 ? byte ^ 1 : byte))],
  ["is no zstd frame", (bytes: Uint8Array) => new Uint8Array(bytes.length)],
])("a compressed chunk that %s is damaged: zstd's decoder never says so", async (_, damage) => {
  await expect(openCapture(await compressed(damage))).rejects.toThrow(/cut before its first table/);
});
