import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import { openFileWritable } from "../../src/capture/node-file.js";
import { Broadcast } from "../../src/live/broadcast.js";
import { openViewServer, type ViewServer } from "../../src/live/server.js";
import { type LiveOptions, openLive } from "../../src/viewer/worker/live.js";
import { timeOf } from "../frames/story-frames.js";
import { METADATA } from "../support/recordings.js";
import { cookieFor } from "./client.js";
import { ScriptedSource } from "./scripted-source.js";

type State = Parameters<Parameters<typeof openLive>[1]["state"]>[0];

let folder = "";
let broadcast: Broadcast;
let source: ScriptedSource;
let server: ViewServer;
let cookie = "";
const sockets: NodeWebSocket[] = [];
const closes: (() => void)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-page-"));
  await startBroadcast();
  server = await openViewServer({ page: folder, port: 0, broadcast });
  cookie = await cookieFor(server);
  sockets.length = 0;
});
afterEach(async () => {
  for (const close of closes.splice(0)) close();
  await broadcast.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

async function startBroadcast(): Promise<void> {
  const openRecording = async () => {
    const path = join(folder, "a.mcap");
    return { path, to: await openFileWritable(path) };
  };
  broadcast = new Broadcast({ metadata: () => METADATA, openRecording });
  source = await ScriptedSource.open(broadcast);
  broadcast.start(source);
}

/** What a browser sends by itself. */
function browser(): Required<Pick<LiveOptions, "WebSocket" | "fetch">> {
  class PageSocket extends NodeWebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol, { headers: { Origin: `http://127.0.0.1:${server.port}`, Cookie: cookie } });
      sockets.push(this);
    }
  }
  return {
    WebSocket: PageSocket as unknown as typeof WebSocket,
    fetch: (url, options) => fetch(url, { ...options, headers: { Cookie: cookie } }),
  };
}

/** Hears what a live source tells, and waits for it. */
class Listener {
  readonly states: State[] = [];
  grownCount = 0;
  #wake = () => {};

  grown(): void {
    this.grownCount++;
    this.#wake();
  }

  state(state: State): void {
    this.states.push(state);
    this.#wake();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds())
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}

async function openPage(listener = new Listener(), options: LiveOptions = {}) {
  const address = `ws://127.0.0.1:${server.port}/live`;
  const opened = await openLive(address, listener, new AbortController().signal, { ...browser(), ...options });
  closes.push(() => opened.close());
  const { record } = opened;
  if (!record) throw new Error("A live source can record.");
  return { ...opened, record, listener };
}

describe("the page's side of live mode", () => {
  test("opens with all that the server has, as a recording without a flaw, of the host's metadata", async () => {
    source.samples(90);
    const { capture, isLive, readable } = await openPage();
    await capture.refresh();
    expect([isLive, readable]).toEqual([true, undefined]);
    expect(capture.metadata).toMatchObject({ host: "web-1", every: 1000, timeZone: "Europe/Berlin" });
    expect([capture.samples, capture.start, capture.end]).toEqual([90, timeOf(0), timeOf(89)]);
    expect(capture.intact).toMatchObject({ complete: true });
    const summaries = await capture.allSummaries();
    expect([...summaries.tick]).toEqual(Array.from({ length: 90 }, (_, at) => at));
    expect([...summaries.late].every((late) => late === 0.25)).toBe(true);
    const { count } = await capture.scan("sport = :50");
    expect(count).toBe(1);
    expect((await capture.at(timeOf(48))).stateCounts[5]).toBe(2);
  });

  test("takes in each sample as it comes, and tells of it", async () => {
    source.sample();
    const { capture, listener } = await openPage();
    for (let more = 1; more <= 3; more++) {
      source.sample();
      await listener.until(() => listener.grownCount === more);
      expect(await capture.refresh()).toBe(true);
      expect([capture.samples, capture.end]).toEqual([1 + more, timeOf(more)]);
    }
    expect(listener.states.at(-1)).toEqual({ connection: "connected", reason: "", recordingTo: "" });
  });

  test("waits for the first sample where the server has none so far, unless it is not wanted any more", async () => {
    const abort = new AbortController();
    const opening = openLive(`ws://127.0.0.1:${server.port}/live`, new Listener(), abort.signal, browser());
    abort.abort(new Error("superseded"));
    await expect(opening).rejects.toThrow("superseded");
    const page = openPage();
    while (broadcast.tabs === 0) await new Promise((resolve) => setImmediate(resolve));
    source.sample();
    expect((await page).capture.samples).toBe(1);
  });

  test("connects again where the connection is lost, and goes on behind its last sample: none is missing, none comes twice", async () => {
    source.samples(3);
    const { capture, listener } = await openPage();
    sockets[0]?.terminate();
    await listener.until(() => listener.states.at(-1)?.connection === "reconnecting");
    source.samples(3);
    await listener.until(() => listener.states.at(-1)?.connection === "connected" && listener.grownCount > 0);
    await capture.refresh();
    expect([...(await capture.allSummaries()).tick]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(sockets[1]?.url).toContain(`session=${broadcast.session}&after=2`);
  });

  test("ends where another run of the server answers, whose samples do not belong to these", async () => {
    source.samples(3);
    const { capture, listener } = await openPage();
    const { port } = server;
    await server.close();
    await broadcast.close();
    await startBroadcast();
    server = await openViewServer({ page: folder, port, broadcast });
    await listener.until(() => listener.states.at(-1)?.connection === "ended");
    // Its cookie is another one, too.
    expect(listener.states.at(-1)?.reason).toContain("Open the link that it has printed");
    await capture.refresh();
    expect(capture.samples).toBe(3);
  });

  test("ends with the server's own words where the samples end, and keeps what it has", async () => {
    source.samples(2);
    const { capture, listener } = await openPage();
    broadcast.fail(new Error("The sampler has ended."));
    await listener.until(() => listener.states.at(-1)?.connection === "ended");
    expect(listener.states.at(-1)).toEqual({ connection: "ended", reason: "The sampler has ended.", recordingTo: "" });
    expect(capture.samples).toBe(2);
  });

  test("ends where the command does, and says so", async () => {
    source.samples(2);
    const { listener } = await openPage();
    await broadcast.close();
    await server.close();
    await listener.until(() => listener.states.at(-1)?.connection === "ended");
    expect(listener.states.at(-1)?.reason).toBe("tcptable view has ended.");
  });

  test("says what to do where it is not let in, and where nobody answers", async () => {
    cookie = "";
    await expect(openPage()).rejects.toMatchObject({
      name: "CaptureAccessError",
      message: "tcptable view does not let this page in. Open the link that it has printed.",
    });
    await server.close();
    await expect(openPage()).rejects.toMatchObject({ message: "tcptable view does not answer. Is it running?" });
  });

  test("holds as many bytes as it may, and says so, instead of filling the memory", async () => {
    source.samples(5);
    const { listener, capture } = await openPage(new Listener(), { mostBytes: 10_000 });
    for (let at = 0; at < 100 && listener.states.at(-1)?.connection !== "ended"; at++) {
      source.sample();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await listener.until(() => listener.states.at(-1)?.connection === "ended");
    expect(listener.states.at(-1)?.reason).toContain("Load it again");
    await capture.refresh();
    expect(capture.bytes).toBeGreaterThan(10_000);
    expect(capture.bytes).toBeLessThan(20_000);
  });

  test("records on the server: answers once it does, tells the path, and passes on what keeps it from that", async () => {
    source.sample();
    const { record, listener } = await openPage();
    await record(true);
    expect(listener.states.at(-1)).toMatchObject({ recordingTo: join(folder, "a.mcap") });
    source.sample();
    await record(false);
    expect(listener.states.at(-1)).toMatchObject({ recordingTo: "" });
    // The file is there already.
    await expect(record(true)).rejects.toMatchObject({ message: expect.stringContaining("EEXIST") });
    sockets[0]?.terminate();
    await listener.until(() => listener.states.at(-1)?.connection === "reconnecting");
    await expect(record(true)).rejects.toMatchObject({ name: "CaptureAccessError" });
  });
});
