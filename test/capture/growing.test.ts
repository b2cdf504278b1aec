import { expect, test } from "vitest";
import { type Capture, CaptureAccessError, openCapture } from "../../src/capture/index.js";
import { timeOf } from "../frames/story-frames.js";
import { BUSY_TICKS } from "../support/busy-ticks.js";
import { MemoryFile, record, TestRecorder } from "../support/recordings.js";

async function ticksOf(capture: Capture): Promise<number[]> {
  const ticks: number[] = [];
  for await (const { tick } of capture.moments()) ticks.push(tick);
  return ticks;
}

test("two readers follow a file that is still being written, and both see its end", async () => {
  const file = new MemoryFile();
  const recorder = await TestRecorder.open(file);
  for (const tick of BUSY_TICKS.slice(0, 5)) await recorder.add(tick);
  const [one, other] = [await openCapture(file), await openCapture(file)];
  expect(one.intact).toMatchObject({ complete: false, reason: "the recorder did not close the file" });
  let seen = one.samples;
  expect(seen).toBeGreaterThanOrEqual(4);
  for (const tick of BUSY_TICKS.slice(5)) {
    await recorder.add(tick);
    await one.refresh();
    expect(one.samples).toBeGreaterThanOrEqual(seen);
    seen = one.samples;
    expect((await one.at(one.end)).tick).toBe(seen - 1);
  }
  await recorder.close();
  for (const capture of [one, other]) {
    expect(await capture.refresh()).toBe(true);
    expect(capture.intact.complete).toBe(true);
    expect([capture.samples, capture.end]).toEqual([40, timeOf(39)]);
    expect(await ticksOf(capture)).toEqual([...BUSY_TICKS.keys()]);
    expect((await capture.allSummaries()).length).toBe(40);
    expect(await capture.refresh()).toBe(false);
  }
});

test("refreshing reads on from where it was, not the whole file again", async () => {
  const file = new MemoryFile();
  const recorder = await TestRecorder.open(file);
  for (const tick of BUSY_TICKS.slice(0, 30)) await recorder.add(tick);
  const capture = await openCapture(file);
  const before = file.bytes.length;
  for (const tick of BUSY_TICKS.slice(30)) await recorder.add(tick);
  file.bytesRead = 0;
  expect(await capture.refresh()).toBe(true);
  // What is new is hopped over, and the last chunk read.
  expect(file.bytesRead).toBeLessThan(2 * (file.bytes.length - before) + 100);
});

test("a file that was written anew in its place is noticed", async () => {
  const file = await record(BUSY_TICKS, { unclosed: true });
  const capture = await openCapture(file);
  await file.writable().truncate(100);
  await expect(capture.refresh()).rejects.toThrow(CaptureAccessError);
});

test("opening reads header, footer, index and a chunk at each end; a moment reads from its key frame on; summaries read theirs alone", async () => {
  // Ten minutes of ten samples a second would take long: a table of some size makes the same point.
  const ticks = Array.from({ length: 400 }, (_, at) => ({
    ipv4: { rows: BUSY_TICKS.flatMap((tick) => tick.ipv4?.rows ?? []).slice(at % 40, (at % 40) + 150) },
  }));
  const file = await record(ticks);
  const size = file.bytes.length;
  const capture = await openCapture(file);
  expect(file.bytesRead).toBeLessThan(size * 0.15);
  file.bytesRead = 0;
  await capture.allSummaries();
  expect(file.bytesRead).toBeLessThan(size * 0.05);
  file.bytesRead = 0;
  expect((await capture.at(timeOf(200))).tick).toBe(200);
  expect(file.bytesRead).toBeLessThan(size * 0.25);
  file.bytesRead = 0;
  expect((await capture.at(timeOf(201))).tick).toBe(201);
  expect(file.bytesRead).toBeLessThan(size * 0.02);
});
