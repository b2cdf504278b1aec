import { type CaptureMetadata, createCaptureWriter } from "../../../src/capture/index.js";
import { createStory } from "../../../src/frames/index.js";
import { TestStream, type TestTick, timeOf } from "../../frames/story-frames.js";
import { row } from "../../support/busy-ticks.js";
import { METADATA, MemoryFile } from "../../support/recordings.js";

/** Rows of every moment of `plain`. */
export const ROWS = 60;

/** Two minutes: 60 connections, each third in CLOSE-WAIT; one of them leaves after a minute and another comes. */
export function plainRecording(): Promise<Uint8Array> {
  return recordingOf(120, plainTick);
}

function plainTick(tick: number): TestTick {
  return {
    rows: Array.from({ length: ROWS }, (_, at) => row(at === 0 && tick >= 60 ? 500 : at, at % 3 === 0 ? 8 : 5)),
    ...(tick === 0 ? { names: { 7: "nginx" } } : undefined),
  };
}

/** What a page that trusts files would run. */
const MARKUP = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;

/** Texts that nobody would choose for good. */
export function hostileRecording(): Promise<Uint8Array> {
  const metadata: CaptureMetadata = {
    ...METADATA,
    host: `${MARKUP}\u202Egpj.exe`,
    release: MARKUP,
    filter: `"><svg onload=alert(3)>`,
    timeZone: `Mars/${MARKUP}`,
    version: MARKUP,
  };
  const tick = (at: number): TestTick => ({
    rows: [row(1), row(2, 8), row(3, 4_000_000_000)],
    ...(at === 0 ? { names: { 7: `\u202E${MARKUP}\u0007` } } : undefined),
  });
  return recordingOf(10, (at) => (at === 5 ? { gap: `${MARKUP}\u202E` } : tick(at)), metadata);
}

async function recordingOf(
  samples: number,
  tickOf: (tick: number) => TestTick,
  metadata: CaptureMetadata = METADATA,
): Promise<Uint8Array> {
  const file = new MemoryFile();
  const writer = await createCaptureWriter(file.writable(), metadata);
  const story = await createStory();
  const stream = await TestStream.open("LINUX_TCPTABLE", "wasm");
  for (let tick = 0; tick < samples; tick++) {
    const frames = stream.framesOf(tick, tickOf(tick));
    const clock = { tick, time: timeOf(tick), monotonic: tick * 1000, late: 0.25, duration: 1.5 };
    await writer.add({ ...clock, frames }, story.read(frames));
  }
  await writer.close();
  return file.bytes.slice();
}
