import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import type { CaptureMetadata } from "../capture/metadata.js";
import type { FrameGroup, GroupReceiver, GroupSource } from "../sampler/frame-group.js";
import type { RecordingNews, RecordRequest } from "./messages.js";
import { type FileToRecord, LiveRecording } from "./recording.js";
import { Ring, type RingLimits, type StoredSample } from "./ring.js";
import { Tab } from "./tab.js";

/** Half an hour, or what fits into 64 MB. */
const LIMITS: RingLimits = { bytes: 64_000_000, milliseconds: 1_800_000 };

/** Milliseconds after which a segment of the ring ends. */
const SEGMENT = 30_000;

/** What gives the samples. */
export interface BroadcastSource extends GroupSource {
  requestKey(): void;
}

export interface BroadcastOptions {
  /** What a recording of the samples says of itself. */
  readonly metadata: () => CaptureMetadata;
  /** Makes the file for a recording that a tab asks for. */
  readonly openRecording: () => Promise<FileToRecord>;
  /** Told whenever a recording begins or ends. */
  readonly onRecording?: ((news: RecordingNews) => void) | undefined;
  /** Told once, of what has ended the samples. */
  readonly onFailure?: ((error: Error) => void) | undefined;
  readonly limits?: RingLimits | undefined;
}

/** One sampler for all tabs: what it samples goes into the ring, from there to each tab at its own pace, and into a recording. */
export class Broadcast implements GroupReceiver {
  /** Tells the samples of this run from those of another. */
  readonly session = randomUUID();
  readonly ring: Ring;
  readonly #options: BroadcastOptions;
  readonly #segmentBytes: number;
  readonly #tabs = new Set<Tab>();
  #source: BroadcastSource | undefined;
  /** Whether the next sample has key frames: it was asked for before that is made. The first one of all has. */
  #keyIsNext = true;
  #segmentBegan = 0;
  #recording: LiveRecording | undefined;
  #news: RecordingNews = { kind: "recording", to: "", problem: "" };
  /** One request to record after the other. */
  #turn: Promise<void> = Promise.resolve();
  #end = "";
  #isClosed = false;

  constructor(options: BroadcastOptions) {
    this.#options = options;
    const limits = options.limits ?? LIMITS;
    this.ring = new Ring(limits);
    this.#segmentBytes = limits.bytes / 4;
  }

  /** Tabs that are connected. */
  get tabs(): number {
    return this.#tabs.size;
  }

  /** Begins. @param source gives its groups to this broadcast, which closes it */
  start(source: BroadcastSource): void {
    this.#source = source;
    source.request();
  }

  receive(group: FrameGroup): void {
    if (this.#isClosed) return;
    const sample = storedSample(group, this.ring.newest + 1, this.#keyIsNext);
    this.#keyIsNext = false;
    if (sample.isKey) this.#segmentBegan = sample.monotonic;
    this.ring.add(sample);
    this.#recording?.add(sample);
    for (const tab of this.#tabs) tab.send();
    const isLong = sample.monotonic - this.#segmentBegan >= SEGMENT || this.ring.segmentBytes >= this.#segmentBytes;
    if (isLong || this.#recording?.wantsKey) this.#requestKey();
    this.#source?.request();
  }

  fail(error: Error): void {
    if (this.#isClosed) return;
    this.#end = error.message;
    for (const tab of this.#tabs) tab.tell({ kind: "end", reason: this.#end });
    this.#options.onFailure?.(error);
  }

  /** Takes in a tab. @param after the number of the last sample that it has; -1 for none */
  connect(socket: WebSocket, after: number): void {
    const tab = new Tab(socket, this.ring, after);
    this.#tabs.add(tab);
    socket.on("close", () => this.#tabs.delete(tab));
    // What is wrong with a socket also closes it.
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      const request = isBinary ? undefined : recordRequest(String(data));
      if (request) void this.record(request.record);
      else socket.close(1003, "That is no request.");
    });
    tab.tell({
      kind: "hello",
      session: this.session,
      metadata: this.#options.metadata(),
      newest: this.ring.newest,
    });
    tab.tell(this.#news);
    if (this.#end) tab.tell({ kind: "end", reason: this.#end });
    tab.send();
  }

  /** Begins or ends a recording. What comes of it is told to all tabs. */
  record(isOn: boolean): Promise<void> {
    this.#turn = this.#turn.then(() => (isOn ? this.#beginRecording() : this.#endRecording()));
    return this.#turn;
  }

  /** Ends the samples, the recording, and all connections. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#source?.close();
    await this.record(false);
    for (const tab of this.#tabs) {
      if (!this.#end) tab.tell({ kind: "end", reason: "tcptable view has ended." });
      tab.close();
    }
  }

  async #beginRecording(): Promise<void> {
    if (this.#recording || this.#isClosed) {
      this.#tellRecording({ kind: "recording", to: this.#recording?.path ?? "", problem: "" });
      return;
    }
    try {
      const file = await this.#options.openRecording();
      const recording = await LiveRecording.begin(file, this.#options.metadata(), (error) => {
        void this.#failRecording(error);
      });
      this.#recording = recording;
      this.#requestKey();
      this.#tellRecording({ kind: "recording", to: recording.path, problem: "" });
    } catch (error) {
      this.#tellRecording({ kind: "recording", to: "", problem: (error as Error).message });
    }
  }

  async #endRecording(problem = ""): Promise<void> {
    const recording = this.#recording;
    this.#recording = undefined;
    let told = problem;
    try {
      await recording?.close();
    } catch (error) {
      told ||= (error as Error).message;
    }
    this.#tellRecording({ kind: "recording", to: "", problem: told });
  }

  #failRecording(error: Error): Promise<void> {
    this.#turn = this.#turn.then(() => this.#endRecording(error.message));
    return this.#turn;
  }

  #tellRecording(news: RecordingNews): void {
    this.#news = news;
    for (const tab of this.#tabs) tab.tell(news);
    this.#options.onRecording?.(news);
  }

  #requestKey(): void {
    this.#keyIsNext = true;
    this.#source?.requestKey();
  }
}

/** Copies a group: its frames are valid until the next tick. */
function storedSample({ frames, ...clock }: FrameGroup, number: number, isKey: boolean): StoredSample {
  const { tick, time, monotonic, late, duration } = clock;
  let bytes = 0;
  const copies = frames.map((frame) => {
    bytes += frame.length;
    return frame.slice();
  });
  return { number, tick, time, monotonic, late, duration, frames: copies, isKey, bytes };
}

/** @returns `undefined` where the text is none */
function recordRequest(text: string): RecordRequest | undefined {
  try {
    const request: unknown = JSON.parse(text);
    if (typeof request !== "object" || request === null || !("record" in request)) return undefined;
    return typeof request.record === "boolean" ? { record: request.record } : undefined;
  } catch {
    return undefined;
  }
}
