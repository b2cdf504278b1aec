import { type CaptureMetadata, createCaptureWriter, type Writable } from "../../src/capture/index.js";
import { byteLengthOf } from "../../src/format/header.js";
import { LAYOUTS } from "../../src/format/layouts.js";
import { createFrameWriter, createStory } from "../../src/frames/index.js";

/** The one-hour recording of design.md: ten samples a second of 1,000 rows, of which some five come and go each time. */
export const HOUR = { samples: 36_000, rows: 1000, every: 100, start: Date.UTC(2026, 10, 23, 1, 30) } as const;

const LAYOUT = "LINUX_TCPTABLE";

const METADATA: CaptureMetadata = {
  host: "web-14",
  system: "linux",
  release: "6.18.0",
  bootId: "b00t",
  networkNamespace: "4026531840",
  asked: "owningPid,user,inode,socketCookie",
  filter: "",
  owner: "pid",
  every: HOUR.every,
  version: "0.0.0",
  timeZone: "Europe/Berlin",
  families: [{ family: 4, layout: LAYOUT, source: "NETLINK_SOCK_DIAG", api: "sock_diag" }],
};

/** Writes it, or the first samples of it. Nothing in it is left to chance. */
export async function writeHour(to: Writable, samples: number = HOUR.samples): Promise<void> {
  const writer = await createCaptureWriter(to, METADATA);
  const frames = await createFrameWriter({ keyInterval: 600 });
  const story = await createStory();
  const { firstRow, rowSize } = LAYOUTS[LAYOUT];
  const bytes = new Uint8Array(byteLengthOf(LAYOUT, HOUR.rows));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, HOUR.rows, true);
  let next = 0;
  let random = 14;
  const choose = (below: number) => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((random / 2 ** 32) * below);
  };
  const fill = (row: number) => {
    const [at, number] = [firstRow + row * rowSize, next++];
    view.setUint32(at, number % 17 === 0 ? 8 : 5, true);
    view.setUint32(at + 4, 0x0100000a, true);
    view.setUint16(at + 8, [443, 80, 5432][number % 3] as number);
    view.setUint32(at + 12, 0x0100000a + ((number % 250) << 24), true);
    view.setUint16(at + 16, 10_000 + (number % 50_000));
    view.setUint32(at + 20, 1 + (number % 40), true);
    view.setUint32(at + 24, 33, true);
    view.setUint32(at + 28, 1 + number, true);
    view.setUint32(at + 32, 1 + number, true);
  };
  for (let row = 0; row < HOUR.rows; row++) fill(row);
  const names = Array.from({ length: 40 }, (_, at) => ({ pid: 1 + at, startTime: 0, name: `worker-${at}` }));
  for (let tick = 0; tick < samples; tick++) {
    for (let changed = 0; changed < 5; changed++) fill(choose(HOUR.rows));
    const clock = { tick, time: HOUR.start + tick * HOUR.every, monotonic: tick * HOUR.every };
    const group: Uint8Array[] = [];
    if (tick === 0) group.push(frames.writeNames({ ...clock, names }).slice());
    const key = tick === 0 || writer.wantsKey;
    group.push(frames.write({ ...clock, bytes, layout: LAYOUT, attempts: 1, complete: true, key }).slice());
    await writer.add({ ...clock, late: 0.2, duration: 0.4, frames: group }, story.read(group));
  }
  await writer.close();
}
