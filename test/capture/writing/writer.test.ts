import { McapIndexedReader, McapStreamReader, type TypedMcapRecord } from "@mcap/core";
import { describe, expect, test } from "vitest";
import { openCapture } from "../../../src/capture/capture.js";
import { createCaptureWriter } from "../../../src/capture/writer.js";
import { createFrameWriter } from "../../../src/frames/index.js";
import { encodeTable } from "../../support/tables.js";
import { BusyHost } from "./busy-host.js";
import { Disk, METADATA } from "./disk.js";

const SUMMARY = { stateCounts: [], opened: 0, closed: 0, changed: 0, lost: 0, complete: true, gaps: [] };

async function recorded(samples: number, options: Parameters<typeof BusyHost.open>[0] = {}) {
  const disk = new Disk();
  const writer = await createCaptureWriter(disk, METADATA);
  const host = await BusyHost.open(options);
  for (let sample = 0; sample < samples; sample++) await host.addTo(writer);
  return { disk, writer, host };
}

function recordsOf(bytes: Uint8Array): TypedMcapRecord[] {
  const reader = new McapStreamReader({ includeChunks: true });
  reader.append(bytes);
  const records: TypedMcapRecord[] = [];
  for (let record = reader.nextRecord(); record; record = reader.nextRecord()) records.push(record);
  expect(reader.done()).toBe(true);
  return records;
}

/** A recording of five samples, one chunk each, whose family IPv6 is told from the third one on. */
async function recordedWithLateFamily(): Promise<Disk> {
  const disk = new Disk();
  const families = METADATA.families.flatMap((one) => [
    one,
    { ...one, family: 6 as const, layout: "MIB_TCP6TABLE" as const },
  ]);
  const writer = await createCaptureWriter(disk, { ...METADATA, families });
  const layouts = ["MIB_TCPTABLE", "MIB_TCP6TABLE"] as const;
  const writers = await Promise.all(layouts.map(() => createFrameWriter()));
  for (let tick = 0; tick < 5; tick++) {
    const clock = { tick, time: 1e12 + tick * 1000, monotonic: tick * 1000 };
    const frames = layouts.slice(0, tick < 2 ? 1 : 2).map((layout, at) => {
      const input = { bytes: encodeTable([], layout), layout, ...clock, attempts: 1, complete: true };
      return (writers[at] as (typeof writers)[0]).write(input).slice();
    });
    await writer.add({ ...clock, late: 0, duration: 1, frames }, SUMMARY);
  }
  await writer.close();
  return disk;
}

async function frameOf(tick: number, monotonic: number, key: boolean | undefined): Promise<Uint8Array> {
  const frames = await createFrameWriter();
  const bytes = encodeTable([], "MIB_TCPTABLE");
  const at = { bytes, layout: "MIB_TCPTABLE", time: 1e12, attempts: 1, complete: true } as const;
  if (!key) frames.write({ ...at, tick: 0, monotonic: 0 });
  return frames.write({ ...at, tick, monotonic, key }).slice();
}

describe("a recording's writer", () => {
  test("writes an MCAP file of the profile tcptable that the library's own readers read, with all checksums and one log time a sample", async () => {
    const { disk, writer } = await recorded(650);
    await writer.close();
    const records = recordsOf(disk.bytes);
    expect(records[0]).toMatchObject({ type: "Header", profile: "tcptable", library: "tcptable 1.2.3" });
    const channels = records.filter((record) => record.type === "Channel");
    expect(new Set(channels.map(({ topic }) => topic))).toEqual(new Set(["ipv4", "ends", "names", "summaries"]));
    const ipv4 = channels.find(({ topic }) => topic === "ipv4");
    expect(Object.fromEntries(ipv4?.metadata ?? [])).toMatchObject({
      ...{ family: "4", layout: "MIB_TCPTABLE", rowSize: "20", host: "web-1", every: "100", filter: "dport = :443" },
      ...{ timeZone: "Europe/Berlin", source: "NETLINK_SOCK_DIAG", version: "1.2.3" },
    });
    for (const record of records) {
      if (record.type === "Chunk") expect(record.uncompressedCrc).not.toBe(0);
      if (record.type === "DataEnd") expect(record.dataSectionCrc).not.toBe(0);
      if (record.type === "Footer") expect(record.summaryCrc).not.toBe(0);
    }
    const reader = await McapIndexedReader.Initialize({ readable: disk.readable });
    expect(reader.statistics).toMatchObject({ messageCount: 652n, chunkCount: reader.chunkIndexes.length });
    let [last, count] = [0n, 0];
    for await (const message of reader.readMessages({ topics: ["ipv4"] })) {
      expect(message.logTime).toBeGreaterThan(last);
      expect(message.sequence).toBe(count);
      last = message.logTime;
      count++;
    }
    expect(count).toBe(650);
  });

  test("has each sample on the disk less than a second after it was made, at ten samples a second", async () => {
    const disk = new Disk();
    const writer = await createCaptureWriter(disk, METADATA);
    const host = await BusyHost.open();
    for (let sample = 0; sample < 35; sample++) {
      await host.addTo(writer);
      expect(disk.synced).toBe(disk.size);
      const { samples } = await openCapture(Disk.of(disk.bytes).readable);
      // Of those that are missing, the first was made less than a second before the next one would be.
      expect(sample + 1 - samples).toBeLessThan(9);
    }
  });

  test("writes each sample at once where samples come once a second or more seldom", async () => {
    const disk = new Disk();
    const writer = await createCaptureWriter(disk, METADATA);
    const host = await BusyHost.open({ every: 1000 });
    for (let sample = 1; sample <= 5; sample++) {
      await host.addTo(writer);
      expect((await openCapture(Disk.of(disk.bytes).readable)).samples).toBe(sample);
    }
  });

  test("closes a chunk at a mebibyte, whatever the clock says", async () => {
    const { disk } = await recorded(3, { rows: 60_000, churn: 0, every: 1 });
    const first = disk.size;
    expect(first).toBeGreaterThan(60_000 * 20);
  });

  test("asks for key frames once a minute, and puts a chunk of summaries before each, which names where to start", async () => {
    const { disk, writer } = await recorded(1300);
    await writer.close();
    const messages = recordsOf(disk.bytes).filter((record) => record.type === "Message");
    const summaries = messages.filter(({ channelId }) => channelId === 5);
    expect(summaries).toHaveLength(3);
    const keys = messages.filter(({ channelId, data }) => channelId === 1 && data[6] === 1);
    expect(keys.map(({ sequence }) => sequence)).toEqual([0, 600, 1200]);
    for (const [at, { data, sequence }] of summaries.entries()) {
      const view = new DataView(data.buffer, data.byteOffset);
      expect(view.getBigUint64(24, true)).toBe(keys[at]?.logTime);
      expect(view.getBigUint64(32, true)).toBe(2n ** 64n - 1n);
      expect(view.getUint32(8, true)).toBe([600, 600, 100][at]);
      expect(sequence).toBe([599, 1199, 1299][at]);
    }
  });

  test("gives back in its summaries what samples were: times, lateness, rows by state, what opened and closed", async () => {
    const { disk, writer } = await recorded(650, { rows: 40, churn: 3 });
    await writer.close();
    const capture = await openCapture(disk.readable);
    const summaries = await capture.allSummaries();
    expect(summaries.length).toBe(650);
    let at = 0;
    for await (const moment of capture.moments()) {
      const { tick, time, monotonic, opened, closed, changed, stateCounts } = moment;
      expect(summaries.tick[at]).toBe(tick);
      expect(summaries.time[at]).toBe(time);
      expect(summaries.monotonic[at]).toBeCloseTo(monotonic, 5);
      expect(summaries.late[at]).toBeCloseTo(monotonic - tick * 100, 5);
      expect([summaries.opened[at], summaries.closed[at], summaries.changed[at]]).toEqual([opened, closed, changed]);
      expect(summaries.states.map((column) => column[at])).toEqual([...stateCounts.subarray(0, 13), 0]);
      at++;
    }
    expect(at).toBe(650);
  });

  test("refuses a recording that begins with a delta, and a clock that goes back, and adds nothing then", async () => {
    const writer = await createCaptureWriter(new Disk(), METADATA);
    const clock = { tick: 1, time: 1e12, late: 0, duration: 0 };
    const key = await frameOf(1, 5000, true);
    const delta = key.slice();
    delta[6] = 2;
    await expect(writer.add({ ...clock, monotonic: 5000, frames: [delta] }, SUMMARY)).rejects.toThrow(
      "The first table of ipv4 is a delta frame: a recording begins with key frames.",
    );
    await writer.add({ ...clock, monotonic: 5000, frames: [key] }, SUMMARY);
    await expect(writer.add({ ...clock, monotonic: 4999, frames: [key] }, SUMMARY)).rejects.toThrow(
      "can't go back from 5000 to 4999 ms",
    );
    await expect(writer.add({ ...clock, monotonic: 5001, frames: [] }, SUMMARY)).rejects.toThrow(RangeError);
    await expect(writer.add({ ...clock, monotonic: 5001, frames: [new Uint8Array(80)] }, SUMMARY)).rejects.toThrow(
      "these bytes are none",
    );
    await expect(writer.add({ ...clock, monotonic: Number.NaN, frames: [key] }, SUMMARY)).rejects.toThrow(RangeError);
    expect(writer.samples).toBe(1);
    await writer.close();
    await writer.close();
    await expect(writer.add({ ...clock, monotonic: 6000, frames: [key] }, SUMMARY)).rejects.toThrow("is closed");
  });

  test("leaves a whole file of no samples where none was added", async () => {
    const disk = new Disk();
    await (await createCaptureWriter(disk, METADATA)).close();
    const reader = await McapIndexedReader.Initialize({ readable: disk.readable });
    expect(reader.chunkIndexes).toHaveLength(0);
  });
});

describe("a disk that gets full", () => {
  test.each(Array.from({ length: 40 }, (_, at) => 1_500 + at * 797))(
    "of %i bytes holds a whole file with its index, of samples without a hole from the first on",
    async (capacity) => {
      const disk = new Disk(capacity);
      const writer = await createCaptureWriter(disk, METADATA);
      const host = await BusyHost.open({ rows: 20 });
      let failure: unknown;
      while (failure === undefined && host.tick < 2000) await host.addTo(writer).catch((error) => (failure = error));
      expect(failure).toMatchObject({ code: "ENOSPC" });
      await writer.close();
      expect(disk.size).toBeLessThanOrEqual(capacity);
      recordsOf(disk.bytes);
      const reader = await McapIndexedReader.Initialize({ readable: disk.readable });
      const ticks: number[] = [];
      for await (const { sequence } of reader.readMessages({ topics: ["ipv4"] })) ticks.push(sequence);
      expect(ticks).toEqual(ticks.map((_, at) => at));
      expect(reader.statistics?.channelMessageCounts.get(1) ?? 0n).toBe(BigInt(ticks.length));
      if (ticks.length === 0) return;
      const capture = await openCapture(disk.readable);
      expect(capture.intact.complete).toBe(true);
      expect(capture.samples).toBe(ticks.length);
      const { tick } = await capture.allSummaries();
      expect([...tick]).toEqual(ticks);
    },
  );

  test("cuts no more than its end takes: whole seconds, of which the last did not fit", async () => {
    const whole = await recorded(600);
    await whole.writer.close();
    const disk = new Disk(whole.disk.size - 1);
    const writer = await createCaptureWriter(disk, METADATA);
    const host = await BusyHost.open();
    for (let sample = 0; sample < 600; sample++) await host.addTo(writer);
    await writer.close();
    const { samples } = await openCapture(disk.readable);
    expect(samples).toBeLessThan(600);
    expect(samples).toBeGreaterThanOrEqual(580);
  });

  test("is told by the call whose chunk did not fit, and by all that come later", async () => {
    const disk = new Disk(3000);
    const writer = await createCaptureWriter(disk, METADATA);
    const host = await BusyHost.open();
    const told: boolean[] = [];
    for (let sample = 0; sample < 30; sample++)
      await host.addTo(writer).then(
        () => told.push(false),
        () => told.push(true),
      );
    const first = told.indexOf(true);
    expect(first).toBeGreaterThan(0);
    expect(told.slice(first)).not.toContain(false);
  });
});

test("a family whose first table comes late is announced with the first sample, so that the file is read by its index and not by hopping", async () => {
  const disk = await recordedWithLateFamily();
  const { chunkIndexes, channelsById } = await McapIndexedReader.Initialize({ readable: disk.readable });
  expect([...channelsById.values()].map(({ topic }) => topic)).toContain("ipv6");
  const ends = chunkIndexes.map((one) => one.chunkStartOffset + one.chunkLength + one.messageIndexLength);
  expect(chunkIndexes.length).toBeGreaterThan(4);
  expect(chunkIndexes.slice(1).map(({ chunkStartOffset }) => chunkStartOffset)).toEqual(ends.slice(0, -1));
  const capture = await openCapture(disk.readable);
  expect(capture.metadata.families.map(({ family, layout }) => [family, layout])).toEqual([
    [4, "MIB_TCPTABLE"],
    [6, "MIB_TCP6TABLE"],
  ]);
});

test("a recording of an hour's kind takes at most 4 % of its tables' bytes: 1,000 rows, 2 % churn, ten samples a second", async () => {
  const { disk, writer, host } = await recorded(1200, { rows: 1000, churn: 20 });
  await writer.close();
  expect(disk.size / (1200 * host.table.length)).toBeLessThanOrEqual(0.04);
});
