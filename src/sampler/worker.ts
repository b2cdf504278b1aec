// A sampling worker's own program: nobody imports it. `worker-source.ts` starts it, and tells what it is to sample.
import { parentPort, workerData } from "node:worker_threads";
import type { FrameGroup, GroupReceiver } from "./frame-group.js";
import { openFrameSource } from "./frame-source.js";
import type { SamplerSettings } from "./options.js";
import { type GroupMessage, type OwnerMessage, postedError, type WorkerMessage } from "./worker-messages.js";

/** Posts groups of frames to the owner: each in one of the buffers that he has sent, and sends again. */
class Poster implements GroupReceiver {
  readonly #buffers: ArrayBuffer[] = [];

  /** A buffer has come from the owner. */
  add(buffer: ArrayBuffer): void {
    this.#buffers.push(buffer);
  }

  /** There is a buffer: groups are asked for by nothing else. */
  receive({ frames, ...rest }: FrameGroup): void {
    const byteLengths = frames.map(({ length }) => length);
    const total = byteLengths.reduce((sum, length) => sum + length, 0);
    let buffer = this.#buffers.pop() as ArrayBuffer;
    // More than now: a frame's size wanders.
    if (buffer.byteLength < total) buffer = new ArrayBuffer(total + (total >>> 2));
    const bytes = new Uint8Array(buffer);
    let at = 0;
    for (const frame of frames) {
      bytes.set(frame, at);
      at += frame.length;
    }
    post({ kind: "group", ...rest, byteLengths, buffer } satisfies GroupMessage, [buffer]);
  }

  fail(error: Error): void {
    post({ kind: "failed", error: postedError(error) });
  }
}

function post(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

const poster = new Poster();
try {
  const source = await openFrameSource(workerData as SamplerSettings, poster);
  parentPort?.on("message", (message: OwnerMessage) => {
    if (message === "finish") return source.finish();
    poster.add(message);
    source.request();
  });
  post({ kind: "opened", sources: source.sources });
} catch (error) {
  poster.fail(error as Error);
}
