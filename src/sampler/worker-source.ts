import type { Worker } from "node:worker_threads";
import { SamplerWorkerError } from "./errors.js";
import type { FrameGroup, GroupReceiver, GroupSource } from "./frame-group.js";
import type { SamplerSettings } from "./options.js";
import { BUFFERS, type GroupMessage, type OwnerMessage, receivedError, type WorkerMessage } from "./worker-messages.js";

/**
 * Opens what samples this machine's tables, in a worker thread.
 *
 * @throws {SamplerWorkerError} the thread could not be started, or ended by itself
 * @throws what `openFrameSource` throws
 */
export async function openWorkerSource(settings: SamplerSettings, receiver: GroupReceiver): Promise<GroupSource> {
  const worker = await startWorker(settings);
  return new Promise((resolve, reject) => {
    const source = new WorkerSource(worker, receiver, { opened: () => resolve(source), failed: reject });
  });
}

async function startWorker(workerData: SamplerSettings): Promise<Worker> {
  // Not a static import: who samples on his own thread does not need it, and the command's bundle does not have it.
  const { Worker } = await import("node:worker_threads");
  try {
    // Bundlers look for these very words. The process's own flags are not for it: --input-type, loaders of other languages.
    return new Worker(new URL("./worker.js", import.meta.url), { workerData, execArgv: [], name: "tcptable sampler" });
  } catch (cause) {
    throw notStarted(cause);
  }
}

function notStarted(cause: unknown): SamplerWorkerError {
  return new SamplerWorkerError(
    `The sampler's worker could not be started: ${(cause as Error).message}. It is a file of this package, dist/sampler/worker.js: leave tcptable out of a bundle, or leave out worker: true.`,
    { cause },
  );
}

/** Who opened the source wants to know how it went. */
interface Opening {
  opened(): void;
  failed(error: Error): void;
}

/** The owner's side of a sampling worker. */
class WorkerSource implements GroupSource {
  sources: readonly string[] = [];
  readonly #worker: Worker;
  readonly #receiver: GroupReceiver;
  /** Until it is known how that went. */
  #opening: Opening | undefined;
  #requests = 0;
  /** A group that came before it was asked for. */
  #waiting: GroupMessage | undefined;
  /** Buffers that the worker gets with the next request: new ones at first. Their groups have been looked at. */
  readonly #spent: ArrayBuffer[] = Array.from({ length: BUFFERS }, () => new ArrayBuffer(0));
  #isClosed = false;

  constructor(worker: Worker, receiver: GroupReceiver, opening: Opening) {
    this.#worker = worker;
    this.#receiver = receiver;
    this.#opening = opening;
    worker.on("message", (message: WorkerMessage) => this.#hear(message));
    worker.on("messageerror", (error) => this.#fail(crashed("its messages can't be read", error)));
    worker.on("error", (error) => this.#fail(this.#opening ? notStarted(error) : crashed(String(error), error)));
    worker.on("exit", (code) => this.#fail(crashed(`it ended with exit code ${code}`)));
  }

  request(): void {
    if (this.#isClosed) return;
    this.#requests++;
    this.#worker.ref();
    this.#returnBuffers();
    if (this.#waiting) this.#give(this.#waiting);
  }

  finish(): void {
    if (!this.#isClosed) this.#worker.postMessage("finish" satisfies OwnerMessage);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // A thread that has broken keeps no process alive, although its end is still to be told: without this, a process with nothing
    // else to do would be gone before whoever waits has heard of it.
    const untilEnded = setInterval(() => {}, 1000);
    // What its collectors have open is closed with it.
    await this.#worker.terminate();
    clearInterval(untilEnded);
  }

  #hear(message: WorkerMessage): void {
    switch (message.kind) {
      case "opened":
        this.sources = message.sources;
        this.#opening?.opened();
        this.#opening = undefined;
        return;
      case "group":
        if (this.#requests > 0) this.#give(message);
        else this.#waiting = message;
        return;
      case "failed":
        this.#fail(receivedError(message.error));
    }
  }

  #give(message: GroupMessage): void {
    this.#waiting = undefined;
    this.#requests--;
    if (this.#requests === 0) this.#worker.unref();
    if (this.#isClosed) return;
    this.#receiver.receive(groupOf(message));
    this.#spent.push(message.buffer);
    if (this.#requests > 0) this.#returnBuffers();
  }

  #returnBuffers(): void {
    for (let buffer = this.#spent.pop(); buffer; buffer = this.#spent.pop())
      this.#worker.postMessage(buffer satisfies OwnerMessage, [buffer]);
  }

  #fail(error: Error): void {
    if (this.#isClosed) return;
    void this.close();
    if (this.#opening) this.#opening.failed(error);
    else this.#receiver.fail(error);
    this.#opening = undefined;
  }
}

function groupOf({ kind: _, buffer, byteLengths, ...rest }: GroupMessage): FrameGroup {
  let at = 0;
  const frames = byteLengths.map((length) => {
    at += length;
    return new Uint8Array(buffer, at - length, length);
  });
  return { ...rest, frames };
}

function crashed(how: string, cause?: unknown): SamplerWorkerError {
  return new SamplerWorkerError(`The sampler's worker has ended by itself: ${how}. Begin another sampler.`, { cause });
}
