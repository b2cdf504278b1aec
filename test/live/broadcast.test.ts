import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCapture } from "../../src/capture/capture.js";
import { openFileReadable, openFileWritable } from "../../src/capture/node-file.js";
import { createStory, type Moment } from "../../src/frames/index.js";
import { Broadcast, type BroadcastOptions } from "../../src/live/broadcast.js";
import type { RecordingNews } from "../../src/live/messages.js";
import { openViewServer, type ViewServer } from "../../src/live/server.js";
import { settling } from "../../src/viewer/worker/settling.js";
import { timeOf } from "../frames/story-frames.js";
import { METADATA, MemoryFile } from "../support/recordings.js";
import { Client, mustBeClient, pageHeaders } from "./client.js";
import { rowOf, ScriptedSource, tableOf } from "./scripted-source.js";

let folder = "";
let broadcast: Broadcast;
let source: ScriptedSource;
let server: ViewServer;
const news: RecordingNews[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-live-"));
  news.length = 0;
});
afterEach(async () => {
  await broadcast.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<BroadcastOptions> = {}): Promise<void> {
  let files = 0;
  const openRecording = async () => {
    const path = join(folder, `${files++}.mcap`);
    return { path, to: await openFileWritable(path) };
  };
  broadcast = new Broadcast({
    metadata: () => METADATA,
    openRecording,
    onRecording: (told) => news.push(told),
    ...options,
  });
  source = await ScriptedSource.open(broadcast);
  broadcast.start(source);
  server = await openViewServer({ page: folder, port: 0, broadcast });
}

async function connect(path = "/live"): Promise<Client> {
  return mustBeClient(await Client.open(server, { path, headers: await pageHeaders(server) }));
}

function rowsIn({ stateCounts }: Moment): number {
  return stateCounts.reduce((sum, count) => sum + count, 0);
}

async function samplesOf(path: string) {
  const readable = await openFileReadable(path);
  try {
    const { samples, intact, start: begun, end, metadata } = await openCapture(readable);
    return { samples, complete: intact.complete, start: begun, end, host: metadata.host };
  } finally {
    await readable.close();
  }
}

describe("a broadcast", () => {
  test("tells a tab what it is, all that the ring has, and each sample as it comes, frame by frame", async () => {
    await start();
    source.samples(3);
    const client = await connect();
    await client.until(() => client.samples.length === 3);
    source.sample();
    await client.until(() => client.samples.length === 4);
    expect(client.messages.slice(0, 2)).toEqual([
      { kind: "hello", session: broadcast.session, metadata: METADATA, newest: 2 },
      { kind: "recording", to: "", problem: "" },
    ]);
    expect(client.told("sample")[3]).toEqual({
      ...{ kind: "sample", number: 3, tick: 3, time: timeOf(3), monotonic: 3000, late: 0.25, duration: 1.5, frames: 1 },
    });
    const story = await createStory();
    const rows: number[] = [];
    for (const message of client.messages) if (message instanceof Uint8Array) rows.push(rowsIn(story.read([message])));
    expect(rows).toEqual([2, 2, 2, 2]);
  });

  test("has one sampler, which is asked for one group a sample, however many tabs there are", async () => {
    await start();
    const clients = [await connect(), await connect(), await connect()];
    expect(broadcast.tabs).toBe(3);
    source.samples(5);
    for (const client of clients) await client.until(() => client.samples.length === 5);
    expect(source.requests).toBe(6);
    const [one] = clients as [Client];
    const closed = new Promise((resolve) => one.socket.once("close", resolve));
    one.socket.close();
    await closed;
    expect(broadcast.tabs).toBe(2);
  });

  test("goes on behind the last sample of a tab that comes back, and from the oldest one for a tab of another session", async () => {
    await start();
    source.samples(5);
    const back = await connect(`/live?session=${broadcast.session}&after=2`);
    await back.until(() => back.samples.length === 2);
    expect(back.samples).toEqual([3, 4]);
    for (const query of [
      "session=x&after=2",
      "after=2",
      `session=${broadcast.session}&after=99`,
      `session=${broadcast.session}&after=x`,
    ]) {
      const other = await connect(`/live?${query}`);
      await other.until(() => other.samples.length === 5);
      expect(other.samples).toEqual([0, 1, 2, 3, 4]);
    }
  });

  test("asks for key frames every half minute, so that the ring can leave what is oldest, and a late tab begins there", async () => {
    await start({ limits: { bytes: 1e9, milliseconds: 60_000 } });
    source.samples(100);
    expect(source.keyRequests).toBe(3);
    expect(broadcast.ring.first).toBe(62);
    const late = await connect();
    await late.until(() => late.samples.length === 38);
    expect(late.samples[0]).toBe(62);
    const story = await createStory();
    const frames = late.messages.filter((each) => each instanceof Uint8Array);
    expect(story.read([frames[0] as Uint8Array]).changes.map(({ kind }) => kind)).toEqual(["key"]);
  });

  test("asks for key frames sooner where the samples are large, and so stays within its bytes", async () => {
    await start({ limits: { bytes: 4000, milliseconds: 1e9 } });
    for (let at = 0; at < 200; at++) {
      source.sample(Array.from({ length: 4 }, (_, row) => rowOf(1000 + at * 4 + row)));
      expect(broadcast.ring.bytes).toBeLessThanOrEqual(4000);
    }
    expect(broadcast.ring.first).toBeGreaterThan(100);
  });

  test("leaves samples out for a tab that reads too slowly, which goes on at key frames and is never wrong", async () => {
    await start({ limits: { bytes: 6_000_000, milliseconds: 1e9 } });
    const slow = await connect();
    slow.socket.pause();
    // More than waits for a tab, and than the operating system takes.
    const tables = [0, 1].map((from) => tableOf(Array.from({ length: 8000 }, (_, row) => rowOf(1 + from + 2 * row))));
    for (let at = 0; at < 60; at++) source.sample(tables[at % 2]);
    slow.socket.resume();
    const isThere = () => slow.samples.includes(59);
    await slow.until(isThere);
    const { samples } = slow;
    expect(samples.length).toBeLessThan(60);
    const gap = samples.findIndex((number, at) => at > 0 && number !== (samples[at - 1] as number) + 1);
    expect(gap).toBeGreaterThan(0);
    const story = await createStory();
    const frames = slow.messages.filter((each) => each instanceof Uint8Array);
    for (const [at, frame] of frames.entries()) {
      const moment = story.read([frame]);
      expect(rowsIn(moment)).toBe(8000);
      if (at === gap) expect(moment.changes.map(({ kind }) => kind)).toEqual(["key"]);
    }
  });

  test("tells all tabs what has ended the samples, also those that come later, and still has the ring", async () => {
    const failures: Error[] = [];
    await start({ onFailure: (error) => failures.push(error) });
    source.samples(2);
    const before = await connect();
    broadcast.fail(new Error("no more"));
    const after = await connect();
    for (const client of [before, after]) {
      await client.until(() => client.told("end").length > 0 && client.samples.length === 2);
      expect(client.told("end")).toEqual([{ kind: "end", reason: "no more" }]);
    }
    expect(failures).toHaveLength(1);
  });
});

describe("a recording beside the broadcast", () => {
  test("begins with the next sample, which has key frames, ends as a whole file, and all tabs are told", async () => {
    await start();
    source.samples(3);
    const [one, other] = [await connect(), await connect()];
    one.socket.send('{"record":true}');
    await other.until(() => other.told("recording").length === 2);
    source.samples(4);
    one.socket.send('{"record":false}');
    await other.until(() => other.told("recording").length === 3);
    const path = join(folder, "0.mcap");
    expect(other.told("recording").map(({ to, problem }) => [to, problem])).toEqual([
      ["", ""],
      [path, ""],
      ["", ""],
    ]);
    expect(await samplesOf(path)).toEqual({
      samples: 4,
      complete: true,
      start: timeOf(3),
      end: timeOf(6),
      host: "web-1",
    });
  });

  test("of ten minutes has key frames each minute, so that it can be read from anywhere", async () => {
    const file = new MemoryFile();
    const to = Object.assign(file.writable(), { close: async () => {} });
    await start({ limits: { bytes: 1e9, milliseconds: 1e9 }, openRecording: async () => ({ path: "a.mcap", to }) });
    await broadcast.record(true);
    for (let minute = 0; minute < 10; minute++) {
      source.samples(60);
      // Time to write them.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await broadcast.close();
    const capture = await openCapture(file);
    let keys = 0;
    const story = await createStory();
    for await (const { frames } of capture.frames()) if (story.read(frames).changes[0]?.kind === "key") keys++;
    expect(capture.samples).toBe(600);
    expect(keys).toBeGreaterThanOrEqual(10);
  });

  test("on a disk that is 200 samples behind ends, instead of filling the memory, and says why", async () => {
    const file = new MemoryFile();
    const isSynced = settling<void>();
    let isSlow = false;
    const sync = async () => (isSlow ? isSynced.promise : undefined);
    const to = Object.assign(file.writable(), { close: async () => {}, sync });
    await start({ openRecording: async () => ({ path: "a.mcap", to }) });
    await broadcast.record(true);
    isSlow = true;
    source.samples(250);
    isSynced.resolve();
    const client = await connect();
    await client.until(() => client.told("recording").at(-1)?.problem !== "");
    expect(client.told("recording").at(-1)?.problem).toContain("200 samples behind");
    expect(await openCapture(file)).toMatchObject({ samples: 200, intact: { complete: true } });
  });

  test("is one, however many ask for it, and is whole when the command ends", async () => {
    await start();
    await broadcast.record(true);
    await broadcast.record(true);
    source.samples(2);
    await broadcast.close();
    expect(source.isClosed).toBe(true);
    expect(existsSync(join(folder, "1.mcap"))).toBe(false);
    expect(await samplesOf(join(folder, "0.mcap"))).toMatchObject({ samples: 2, complete: true });
  });

  test("without a sample leaves no file", async () => {
    await start();
    source.sample();
    await broadcast.record(true);
    await broadcast.record(false);
    expect(existsSync(join(folder, "0.mcap"))).toBe(false);
    expect(news.at(-1)).toEqual({ kind: "recording", to: "", problem: "" });
  });

  test("that can't begin, or whose disk is full, is told with the reason, and the samples go on", async () => {
    let isFull = false;
    const path = join(folder, "full.mcap");
    const openRecording = async () => {
      if (!isFull) throw new Error("EACCES: permission denied");
      const to = await openFileWritable(path);
      const { write } = to;
      let bytes = 0;
      to.write = async (part) => {
        bytes += part.length;
        if (bytes > 1500) throw new Error("ENOSPC: no space left on device");
        await write.call(to, part);
      };
      return { path, to };
    };
    await start({ openRecording });
    source.sample();
    await broadcast.record(true);
    expect(news.at(-1)).toEqual({ kind: "recording", to: "", problem: "EACCES: permission denied" });
    isFull = true;
    const client = await connect();
    await broadcast.record(true);
    for (let at = 0; at < 30; at++) {
      source.sample();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.until(() => client.told("recording").at(-1)?.problem !== "");
    expect(client.told("recording").at(-1)).toMatchObject({ to: "", problem: "ENOSPC: no space left on device" });
    source.sample();
    await client.until(() => client.samples.length === 32);
  });
});
