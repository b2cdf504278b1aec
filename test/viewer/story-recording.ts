import { createCaptureWriter } from "../../src/capture/writer.js";
import { createFrameWriter, createStory } from "../../src/frames/index.js";
import { endsOf } from "../frames/story-frames.js";
import { METADATA, MemoryFile } from "../support/recordings.js";
import { encodeTable, type RawRow } from "../support/tables.js";

/** 23 November 2026, 02:30 in Berlin. */
export const STORY_START = Date.UTC(2026, 10, 23, 1, 30);
/** Seconds from the start: a database stops answering, and the pool that leaks is started again. */
const FAIL = 41 * 60 + 38;
const RESTART = 46 * 60 + 20;
const GAPS = [
  [17 * 60 + 12, 17 * 60 + 55],
  [50 * 60 + 30, 52 * 60 + 6],
] as const;
const NAMES = { 2214: "orders-api", 1871: "orders-worker", 977: "nginx", 3120: "node", 1: "systemd" };

interface Connection {
  readonly row: { -readonly [Name in keyof RawRow]: RawRow[Name] };
  /** When it changes next, in seconds. */
  until: number;
  readonly isPool: boolean;
}

/** Numbers that look random, the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * An hour of a machine as the design's picture has it, a sample a second: about 900 connections, a leak of CLOSE-WAIT from 03:11:38 to
 * 03:16:20, two gaps. `seconds` ends it earlier.
 */
export async function recordStory(seconds = 3600): Promise<MemoryFile> {
  const file = new MemoryFile();
  const metadata = { ...METADATA, host: "web-14" };
  const capture = await createCaptureWriter(file.writable(), metadata, { chunkSeconds: 10 });
  const writer = await createFrameWriter({ engine: "wasm", keyInterval: 60 });
  const story = await createStory({ engine: "wasm" });
  const random = numbers(14);
  let cookie = 1n;
  let port = 32_768;
  let live: Connection[] = [];
  const open = (state: number, now: number, isPool: boolean, lives: number) => {
    const inbound = !isPool && random() < 0.5;
    const ephemeral = 32_768 + (port++ % 28_000);
    const remotes = [0xcb007156, 0xc6336407, 0xc000022c, 0x0a020309, 0xac10081f];
    const remote = isPool ? 0x0a020304 : (remotes[Math.floor(random() * remotes.length)] as number);
    live.push({
      row: {
        state,
        localAddress: 0x0a02010e,
        localPort: inbound ? (random() < 0.8 ? 443 : 8080) : ephemeral,
        remoteAddress: remote,
        remotePort: isPool ? 5432 : inbound ? ephemeral : 443,
        owningPid: isPool ? (random() < 0.75 ? 2214 : 1871) : inbound ? 977 : 3120,
        user: 1000,
        inode: Number(cookie) + 1000,
        socketCookie: cookie++,
      },
      until: now + lives,
      isPool,
    });
  };
  for (let at = 0; at < 24; at++) {
    const listener = { state: 2, localAddress: 0, localPort: 1000 + at, remoteAddress: 0, remotePort: 0, owningPid: 1 };
    live.push({ row: { ...listener, user: 0, inode: at + 1, socketCookie: cookie++ }, until: Infinity, isPool: false });
  }
  for (let at = 0; at < 600; at++) open(5, 0, at < 150, random() * 200);
  for (let tick = 0; tick < seconds; tick++) {
    const isDown = tick > FAIL && tick < RESTART;
    const burst = (tick - 40) % 600 < 14 && tick > 40;
    const ended: RawRow[] = [];
    const next: Connection[] = [];
    for (const connection of live) {
      const { row } = connection;
      const isOver = tick >= connection.until || (tick === RESTART && connection.isPool);
      if (!isOver) next.push(connection);
      else if (row.state === 5 && isDown && connection.isPool) {
        row.state = 8;
        connection.until = RESTART;
        next.push(connection);
      } else if (row.state === 5) {
        row.state = random() < 0.05 ? 7 : 11;
        if (row.state === 11) {
          row.owningPid = 0;
          row.inode = 0;
        }
        connection.until = tick + 55 + random() * 10;
        next.push(connection);
      } else if (row.state === 3 && random() < 0.8) {
        row.state = isDown && connection.isPool ? 3 : 5;
        connection.until = tick + (isDown && connection.isPool ? 4 : random() * 240);
        next.push(connection);
      } else ended.push({ ...row });
    }
    live = next;
    for (let at = 0; at < (burst ? 20 : 4); at++)
      open(random() < 0.25 ? 3 : 5, tick, random() < 0.25, 2 + random() * (burst ? 60 : 240));
    if (isDown) for (let at = 0; at < 2; at++) open(3, tick, true, 3 + random() * 4);
    if (GAPS.some(([from, to]) => tick >= from && tick < to)) continue;
    const clock = { tick, time: STORY_START + tick * 1000, monotonic: tick * 1000 };
    const frames: Uint8Array[] = [];
    if (tick === 0) {
      const names = Object.entries(NAMES).map(([pid, name]) => ({ pid: Number(pid), startTime: 0, name }));
      frames.push(writer.writeNames({ ...clock, names }).slice());
    }
    if (ended.length > 0) {
      const ends = ended.map((row) => ({
        row,
        time: clock.time - 400,
        bytesSent: 1840 + Math.floor(random() * 90_000),
      }));
      frames.push(writer.writeEnds({ ...clock, ends: endsOf(ends, 4), lost: 0, neverConnected: 0 }).slice());
    }
    const layout = "LINUX_TCPTABLE";
    const bytes = encodeTable(
      live.map(({ row }) => row),
      layout,
    );
    frames.push(writer.write({ ...clock, bytes, layout, attempts: 1, complete: true, endsAreTold: true }).slice());
    const late = random() < 0.006 ? 700 : 0.2 + random() * 0.4;
    await capture.add({ ...clock, late, duration: 1.5, frames }, story.read(frames));
  }
  await capture.close();
  return file;
}
