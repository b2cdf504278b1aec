import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FrameGroup, GroupReceiver } from "../../src/sampler/frame-group.js";
import type { GroupMessage, WorkerMessage } from "../../src/sampler/worker-messages.js";

/** What the thread has posted, and what it gave away with it. */
const posted: [WorkerMessage, ArrayBuffer[]][] = [];
const port = Object.assign(new EventEmitter(), {
  postMessage: (message: WorkerMessage, transfer: ArrayBuffer[]) => void posted.push([message, transfer]),
});
vi.mock("node:worker_threads", () => ({ parentPort: port, workerData: { every: 10 } }));

const source = { sources: ["a table"], request: vi.fn(), finish: vi.fn(), close: vi.fn() };
let receiver: GroupReceiver;
const openFrameSource = vi.fn(async (_: unknown, of: GroupReceiver) => {
  receiver = of;
  return source;
});
vi.mock("../../src/sampler/frame-source.js", () => ({ openFrameSource }));

function group(...frames: number[][]): FrameGroup {
  return {
    ...{ tick: 4, time: 1, monotonic: 2, late: 0, skipped: 0, samples: 3, duration: 0, blind: "not all" },
    ...{ isLast: true, frames: frames.map((frame) => Uint8Array.from(frame)) },
  };
}

/** Runs the thread's program, which does all when it is imported. */
const start = () => import("../../src/sampler/worker.js");

beforeEach(() => {
  posted.length = 0;
  vi.resetModules();
});
afterEach(() => {
  port.removeAllListeners();
  vi.clearAllMocks();
});

describe("the program of a sampling worker", () => {
  test("opens what it is given to sample, and says where that comes from", async () => {
    await start();
    expect(openFrameSource.mock.lastCall?.[0]).toEqual({ every: 10 });
    expect(posted).toEqual([[{ kind: "opened", sources: ["a table"] }, []]]);
  });

  test("says why it can't, where it can't", async () => {
    openFrameSource.mockRejectedValueOnce(new RangeError("no table"));
    await start();
    expect(posted).toMatchObject([[{ kind: "failed", error: { name: "RangeError", message: "no table" } }, []]]);
  });

  test("asks for a group for each buffer that comes, and for the last one where that is said", async () => {
    await start();
    port.emit("message", new ArrayBuffer(0));
    port.emit("message", new ArrayBuffer(0));
    expect(source.request).toHaveBeenCalledTimes(2);
    expect(source.finish).not.toHaveBeenCalled();
    port.emit("message", "finish");
    expect(source.request).toHaveBeenCalledTimes(2);
    expect(source.finish).toHaveBeenCalledOnce();
  });

  test("posts a group's frames one behind the other, in a buffer that came where they fit, which goes with them", async () => {
    await start();
    const buffer = new ArrayBuffer(5);
    port.emit("message", buffer);
    receiver.receive(group([1, 2, 3], [4, 5]));
    const [message, transfer] = posted.at(-1) as [GroupMessage, ArrayBuffer[]];
    expect(message.buffer).toBe(buffer);
    expect(transfer).toEqual([buffer]);
    expect([...new Uint8Array(buffer)]).toEqual([1, 2, 3, 4, 5]);
    const { frames, ...rest } = group();
    expect(message).toMatchObject({ ...rest, kind: "group", byteLengths: [3, 2] });
    expect(message).not.toHaveProperty("frames");
  });

  test("makes a larger buffer, with room for more, where they don't fit", async () => {
    await start();
    port.emit("message", new ArrayBuffer(4));
    receiver.receive(group(Array(80).fill(7), Array(20).fill(9)));
    const [{ buffer }] = posted.at(-1) as [GroupMessage, ArrayBuffer[]];
    expect(buffer.byteLength).toBe(125);
    expect([...new Uint8Array(buffer, 0, 100)]).toEqual([...Array(80).fill(7), ...Array(20).fill(9)]);
  });

  test("says that there will be no more groups, and why", async () => {
    await start();
    receiver.fail(new Error("gone"));
    expect(posted.at(-1)).toMatchObject([{ kind: "failed", error: { message: "gone" } }, []]);
  });
});
