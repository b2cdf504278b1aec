import { CaptureAccessError, type CaptureWriter, createCaptureWriter, openCapture } from "../../capture/index.js";
import { createStory, type Story } from "../../frames/index.js";
import { type RecordRequest, type SampleHead, type ServerMessage, SUBPROTOCOL } from "../../live/messages.js";
import type { LiveState } from "../protocol.js";
import { LiveCapture, SampleTimings } from "./live-capture.js";
import { MemoryFile } from "./memory-file.js";
import type { LiveListener, OpenedSource } from "./open-source.js";
import { type Settling, settling } from "./settling.js";

/** Bytes of samples that a page holds. What is older stays to be seen; what comes after that is for a page that is loaded again. */
const MOST_BYTES = 256 * 2 ** 20;

/** Milliseconds before a lost connection is tried again: each time twice as long, up to the most. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;

/** Seconds that a sample may wait until it can be seen. */
const CHUNK = 0.25;

const LOST = "The connection to tcptable view is lost. Is it still running?";
const NOT_LET_IN = "tcptable view does not let this page in. Open the link that it has printed.";

export interface LiveOptions {
  /** Instead of the platform's own. */
  readonly WebSocket?: typeof WebSocket | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly mostBytes?: number | undefined;
}

/**
 * Opens the WebSocket of `tcptable view`. What comes over it is written into a recording in memory, so that everything else is the same as for
 * a file. A connection that is lost is tried again, and goes on behind the last sample.
 *
 * @param address `ws://127.0.0.1:…/live`
 * @param signal ends the opening
 * @returns once there is a sample, and all that the server had before
 * @throws {CaptureAccessError} nobody answers, or the page is not let in
 */
export async function openLive(
  address: string,
  listener: LiveListener,
  signal: AbortSignal,
  options: LiveOptions = {},
): Promise<OpenedSource> {
  const connection = new LiveConnection(address, listener, options);
  try {
    await connection.caughtUp(signal);
    const capture = new LiveCapture(await openCapture(connection.file.readable), connection.timings);
    signal.throwIfAborted();
    connection.isOpen = true;
    return {
      capture,
      name: "",
      isLive: true,
      readable: undefined,
      record: (isOn) => connection.record(isOn),
      close: () => {
        connection.close();
        capture.close();
      },
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A sample whose frames are on their way. */
interface Arriving {
  readonly head: SampleHead;
  readonly frames: Uint8Array[];
}

class LiveConnection {
  readonly file = new MemoryFile();
  readonly timings = new SampleTimings();
  /** Whether the listener can be told of samples. */
  isOpen = false;
  readonly #address: string;
  readonly #listener: LiveListener;
  readonly #options: LiveOptions;
  readonly #caughtUp: Settling<void> = settling();
  #socket: WebSocket | undefined;
  /** One message after the other. */
  #turn: Promise<void> = Promise.resolve();
  #session = "";
  #writer: CaptureWriter | undefined;
  #story: Story | undefined;
  #arriving: Arriving | undefined;
  /** Number of the last sample that is in the recording; -1 for none. */
  #last = -1;
  /** Of the newest sample that the server had when this connection began. */
  #newest = -1;
  #pause = FIRST_PAUSE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #recordingTo = "";
  #recordWaits: { readonly isOn: boolean; readonly answer: Settling<void> }[] = [];
  #isClosed = false;

  constructor(address: string, listener: LiveListener, options: LiveOptions) {
    this.#address = address;
    this.#listener = listener;
    this.#options = options;
    // Whoever waits for it hears of a failure.
    this.#caughtUp.promise.catch(() => {});
    this.#connect();
  }

  /** Settles when all samples are there that the server had, and one at least. */
  async caughtUp(signal: AbortSignal): Promise<void> {
    const abort = () => this.#caughtUp.reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      await this.#caughtUp.promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** @throws {CaptureAccessError} there is no connection, or what has kept the recording from beginning */
  async record(isOn: boolean): Promise<void> {
    const socket = this.#socket;
    if (!socket || socket.readyState !== socket.OPEN) throw new CaptureAccessError(LOST);
    const answer = settling<void>();
    this.#recordWaits.push({ isOn, answer });
    const request: RecordRequest = { record: isOn };
    socket.send(JSON.stringify(request));
    await answer.promise;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#failRecordWaits(LOST);
    this.#socket?.close();
  }

  #connect(): void {
    const { WebSocket: Socket = WebSocket } = this.#options;
    const address = new URL(this.#address);
    if (this.#session) {
      address.searchParams.set("session", this.#session);
      address.searchParams.set("after", String(this.#last));
    }
    const socket = new Socket(address.href, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#arriving = undefined;
    // Tells nothing that closing would not tell.
    socket.onerror = () => {};
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.#turn = this.#turn
        .then(() => this.#receive(socket, data))
        .catch((error: Error) => this.#end(`The samples can't be read: ${error.message}`));
    };
    // Behind the messages that have come before.
    socket.onclose = () => {
      this.#turn = this.#turn.then(() => this.#lose());
    };
  }

  /** Nobody is told why a WebSocket does not open: the same address, asked for by HTTP, tells. */
  async #lose(): Promise<void> {
    if (this.#isClosed) return;
    this.#failRecordWaits(LOST);
    const status = await this.#statusByHttp();
    if (this.#isClosed) return;
    const isLetIn = status !== 401 && status !== 403;
    if (this.#last < 0) {
      this.#isClosed = true;
      this.#caughtUp.reject(
        new CaptureAccessError(isLetIn ? "tcptable view does not answer. Is it running?" : NOT_LET_IN),
      );
    } else if (!isLetIn) this.#end(NOT_LET_IN);
    else {
      this.#tell("reconnecting", LOST);
      this.#timer = setTimeout(() => this.#connect(), this.#pause);
      this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
    }
  }

  async #statusByHttp(): Promise<number | undefined> {
    const { fetch: get = fetch } = this.#options;
    try {
      const response = await get(this.#address.replace(/^ws/, "http"), { cache: "no-store" });
      await response.body?.cancel();
      return response.status;
    } catch {
      return undefined;
    }
  }

  async #receive(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    // What an older connection has sent belongs to what is asked for anew.
    if (this.#isClosed || socket !== this.#socket) return;
    if (typeof data === "string") {
      const message = JSON.parse(data) as ServerMessage;
      if (message.kind === "sample") this.#arriving = { head: message, frames: [] };
      else await this.#hear(message);
      return;
    }
    const arriving = this.#arriving;
    if (!arriving) return;
    arriving.frames.push(new Uint8Array(data));
    if (arriving.frames.length < arriving.head.frames) return;
    this.#arriving = undefined;
    await this.#add(arriving);
  }

  async #hear(message: Exclude<ServerMessage, SampleHead>): Promise<void> {
    if (message.kind === "end") {
      this.#end(message.reason);
      return;
    }
    if (message.kind === "recording") {
      this.#recordingTo = message.to;
      this.#answerRecord(message.to !== "", message.problem);
      this.#tell("connected", message.problem);
      return;
    }
    if (this.#session && message.session !== this.#session) {
      this.#end("tcptable view has begun anew. Load this page again.");
      return;
    }
    this.#session = message.session;
    this.#newest = message.newest;
    this.#pause = FIRST_PAUSE;
    this.#writer ??= await createCaptureWriter(this.file.writable, message.metadata, { chunkSeconds: CHUNK });
    this.#story ??= await createStory();
    this.#tell("connected", "");
  }

  async #add({ head, frames }: Arriving): Promise<void> {
    const { number, tick, time, monotonic, late, duration } = head;
    if (!this.#writer || !this.#story) throw new CaptureAccessError("A sample came before the hello.");
    const moment = this.#story.read(frames);
    this.timings.add(head);
    await this.#writer.add({ tick, time, monotonic, late, duration, frames }, moment);
    this.#last = number;
    if (number >= this.#newest) {
      this.#caughtUp.resolve();
      if (this.isOpen) this.#listener.grown();
    }
    const { mostBytes = MOST_BYTES } = this.#options;
    if (this.file.size > mostBytes)
      this.#end("This page holds as many samples as it may. Load it again to go on from now.");
  }

  /** There will be no more samples. What is there stays. */
  #end(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tell("ended", reason);
    this.#caughtUp.reject(new CaptureAccessError(reason));
    this.#failRecordWaits(reason);
    this.#socket?.close();
  }

  #tell(connection: LiveState["connection"], reason: string): void {
    this.#listener.state({ connection, reason, recordingTo: connection === "connected" ? this.#recordingTo : "" });
  }

  /** Answers those who have waited for this; with a problem, all. */
  #answerRecord(isOn: boolean, problem: string): void {
    if (problem) this.#failRecordWaits(problem);
    const waits = this.#recordWaits;
    this.#recordWaits = waits.filter((wait) => wait.isOn !== isOn);
    for (const wait of waits) if (wait.isOn === isOn) wait.answer.resolve();
  }

  #failRecordWaits(reason: string): void {
    for (const { answer } of this.#recordWaits.splice(0)) answer.reject(new CaptureAccessError(reason));
  }
}
