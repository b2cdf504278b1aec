import { describe, expect, test } from "vitest";
import { openCapture } from "../../../src/capture/capture.js";
import { NotACaptureError, TruncatedCaptureError } from "../../../src/capture/errors.js";
import { recoverCapture } from "../../../src/capture/recover.js";
import { createCaptureWriter } from "../../../src/capture/writer.js";
import { BusyHost } from "./busy-host.js";
import { Disk, METADATA } from "./disk.js";

async function broken(samples: number): Promise<Disk> {
  const disk = new Disk();
  const writer = await createCaptureWriter(disk, METADATA);
  const host = await BusyHost.open({ rows: 10 });
  for (let sample = 0; sample < samples; sample++) await host.addTo(writer);
  return disk;
}

async function framesOf(disk: Disk): Promise<string[]> {
  const frames: string[] = [];
  for await (const group of (await openCapture(disk.readable)).frames())
    frames.push(...group.frames.map((frame) => Buffer.from(frame).toString("hex")));
  return frames;
}

describe("recover", () => {
  test("keeps every frame byte for byte up to where the file breaks off, and how late samples were as far as summaries tell", async () => {
    const before = await broken(700);
    const after = new Disk();
    const recovered = await recoverCapture(before.readable, after);
    expect(recovered).toMatchObject({ lostTables: 0, bytes: before.size, start: BusyHost.START });
    expect(await framesOf(after)).toEqual(await framesOf(before));
    const capture = await openCapture(after.readable);
    expect(capture.intact.complete).toBe(true);
    expect(capture.metadata).toEqual((await openCapture(before.readable)).metadata);
    const { length, late, duration } = await capture.allSummaries();
    expect(length).toBe(recovered.samples);
    expect([...late.subarray(0, 600)].some(Number.isNaN)).toBe(false);
    expect([...duration.subarray(600)].every(Number.isNaN)).toBe(true);
  });

  test("makes a whole file of a recording that is cut anywhere, of samples without a hole, or says that nothing is left", async () => {
    const whole = await broken(60);
    let most = 0;
    for (let length = 8; length <= whole.size; length += 101) {
      const cut = Disk.of(whole.bytes.subarray(0, length));
      const after = new Disk();
      try {
        const { samples } = await recoverCapture(cut.readable, after);
        const capture = await openCapture(after.readable);
        expect([capture.intact.complete, capture.samples]).toEqual([true, samples]);
        expect(samples).toBeGreaterThanOrEqual(most);
        most = samples;
      } catch (error) {
        if (!(error instanceof TruncatedCaptureError) && !(error instanceof NotACaptureError)) throw error;
        expect(most).toBe(0);
      }
    }
    expect(most).toBeGreaterThan(40);
  });

  test("goes on behind a damaged chunk with the next key frame, and counts the tables that start from what is lost", async () => {
    const disk = await broken(700);
    // In the third second: that chunk's checksum is wrong then.
    const { readable } = disk;
    const text = Buffer.from(disk.bytes);
    let at = 0;
    for (let chunk = 0; chunk < 3; chunk++) at = text.indexOf("TCPF", at + 1500);
    (disk.bytes[at + 40] as number) ^= 1;
    const after = new Disk();
    const { samples, lostTables, intact } = await recoverCapture(readable, after);
    expect(intact.complete).toBe(false);
    expect(lostTables).toBeGreaterThan(400);
    const ticks: number[] = [];
    const capture = await openCapture(after.readable);
    for await (const moment of capture.moments()) {
      expect(moment.gaps).toEqual([]);
      ticks.push(moment.tick);
    }
    expect(ticks).toHaveLength(samples);
    expect(ticks).toContain(600);
    expect(ticks[0]).toBe(0);
  });
});
