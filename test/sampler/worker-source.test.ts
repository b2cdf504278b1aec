import { EventEmitter } from "node:events";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { FrameGroup } from "../../src/sampler/frame-group.js";
import { settingsOf } from "../../src/sampler/options.js";
import type { GroupMessage, WorkerMessage } from "../../src/sampler/worker-messages.js";
import { openWorkerSource } from "../../src/sampler/worker-source.js";

/** A thread that does what the test says. */
class FakeWorker extends EventEmitter {
  static last: FakeWorker;
  /** What the owner has posted: a buffer by its length. */
  readonly posted: (number | string)[] = [];
  isReferenced = true;
  terminated = 0;

  constructor() {
    super();
    FakeWorker.last = this;
  }

  postMessage(message: ArrayBuffer | string): void {
    this.posted.push(typeof message === "string" ? message : message.byteLength);
  }

  say(message: WorkerMessage): void {
    this.emit("message", message);
  }

  ref(): void {
    this.isReferenced = true;
  }

  unref(): void {
    this.isReferenced = false;
  }

  async terminate(): Promise<number> {
    this.terminated++;
    return 1;
  }
}

vi.mock("node:worker_threads", () => ({
  isMainThread: true,
  // Asked for when a worker is started: the class is there then.
  get Worker() {
    return FakeWorker;
  },
}));

/** A group that lies in a buffer of so many bytes: two frames, of 2 bytes and of 1. */
function group(tick: number, byteLength: number): GroupMessage {
  const buffer = new ArrayBuffer(byteLength);
  new Uint8Array(buffer).set([tick, 8, 9]);
  return {
    ...{ kind: "group", buffer, byteLengths: [2, 1], tick, time: 0, monotonic: 0, late: 0, skipped: 0 },
    ...{ samples: 1, duration: 0, blind: undefined, isLast: false },
  };
}

const received: [number, number[][]][] = [];
const receiver = {
  receive: ({ tick, frames }: FrameGroup) => void received.push([tick, frames.map((frame) => [...frame])]),
  fail: vi.fn(),
};

async function open() {
  const opening = openWorkerSource(settingsOf({}), receiver);
  await vi.waitFor(() => expect(FakeWorker.last).toBeDefined());
  const worker = FakeWorker.last;
  worker.say({ kind: "opened", sources: ["a table"] });
  return { worker, source: await opening };
}

beforeEach(() => {
  FakeWorker.last = undefined as unknown as FakeWorker;
  received.length = 0;
  receiver.fail.mockReset();
});

describe("the owner's side of a sampling worker", () => {
  test("knows the worker's sources once it is open", async () => {
    expect((await open()).source.sources).toEqual(["a table"]);
  });

  test("sends two buffers with the first request, and each group's buffer back with the request after it", async () => {
    const { worker, source } = await open();
    source.request();
    expect(worker.posted).toEqual([0, 0]);
    worker.say(group(1, 100));
    expect(received).toEqual([[1, [[1, 8], [9]]]]);
    // Nobody has asked for another group: the worker has one buffer, and so makes one group more at the most.
    expect(worker.posted).toEqual([0, 0]);
    source.request();
    expect(worker.posted).toEqual([0, 0, 100]);
  });

  test("gives a group that came before it was asked for to the next request, once, and only then sends its buffer", async () => {
    const { worker, source } = await open();
    source.request();
    worker.say(group(1, 100));
    worker.say(group(2, 200));
    expect(received.map(([tick]) => tick)).toEqual([1]);
    source.request();
    expect(received.map(([tick]) => tick)).toEqual([1, 2]);
    expect(worker.posted).toEqual([0, 0, 100]);
    source.request();
    expect(received).toHaveLength(2);
    expect(worker.posted).toEqual([0, 0, 100, 200]);
  });

  test("sends a buffer back at once where more groups are asked for than there are buffers", async () => {
    const { worker, source } = await open();
    for (let request = 0; request < 3; request++) source.request();
    worker.say(group(1, 100));
    expect(worker.posted).toEqual([0, 0, 100]);
    worker.say(group(2, 200));
    worker.say(group(3, 300));
    expect(received.map(([tick]) => tick)).toEqual([1, 2, 3]);
    expect(worker.posted).toEqual([0, 0, 100, 200]);
  });

  test("keeps the process alive while a group is asked for, and not afterwards", async () => {
    const { worker, source } = await open();
    source.request();
    source.request();
    expect(worker.isReferenced).toBe(true);
    worker.say(group(1, 100));
    expect(worker.isReferenced).toBe(true);
    worker.say(group(2, 100));
    expect(worker.isReferenced).toBe(false);
    source.request();
    expect(worker.isReferenced).toBe(true);
  });

  test("hands on that the next group is to be the last", async () => {
    const { worker, source } = await open();
    source.request();
    source.finish();
    expect(worker.posted).toEqual([0, 0, "finish"]);
  });

  test("ends the thread when it is closed: nothing is received, asked for or told to fail afterwards", async () => {
    const { worker, source } = await open();
    source.request();
    await source.close();
    expect(worker.terminated).toBe(1);
    worker.say(group(1, 100));
    worker.emit("exit", 1);
    source.request();
    source.finish();
    expect({ received, posted: worker.posted }).toEqual({ received: [], posted: [0, 0] });
    expect(receiver.fail).not.toHaveBeenCalled();
  });

  test.each<[string, (worker: FakeWorker) => void, object]>([
    [
      "fails with what the worker says",
      (worker) => worker.say({ kind: "failed", error: { name: "RangeError", message: "no", stack: undefined } }),
      { name: "RangeError", message: "no" },
    ],
    ["the thread throws", (worker) => worker.emit("error", new Error("broke")), { name: "SamplerWorkerError" }],
    ["the thread exits", (worker) => worker.emit("exit", 3), { name: "SamplerWorkerError" }],
    [
      "a message can't be read",
      (worker) => worker.emit("messageerror", new Error("bits")),
      { name: "SamplerWorkerError" },
    ],
  ])("%s: told once, and the thread is ended", async (_, spoil, error) => {
    const { worker } = await open();
    spoil(worker);
    worker.emit("exit", 1);
    expect(receiver.fail).toHaveBeenCalledOnce();
    expect(receiver.fail.mock.lastCall?.[0]).toMatchObject(error);
    expect(worker.terminated).toBe(1);
  });

  test("that fails before it is open is not opened, and its thread is ended", async () => {
    const opening = openWorkerSource(settingsOf({}), receiver);
    await vi.waitFor(() => expect(FakeWorker.last).toBeDefined());
    FakeWorker.last.emit("exit", 1);
    await expect(opening).rejects.toMatchObject({ name: "SamplerWorkerError" });
    expect(receiver.fail).not.toHaveBeenCalled();
    expect(FakeWorker.last.terminated).toBe(1);
  });
});
