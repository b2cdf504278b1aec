import { type Channel, McapChunkBuilder } from "@mcap/core";
import { wordAt } from "../format/header.js";
import { type Family, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../format/layouts.js";
import { shown, unknownOption } from "../format/options.js";
import { AT, GAP, KEY } from "../frames/header.js";
import type { Writable } from "./access.js";
import { type ChunkCompression, ChunkFile } from "./chunk-file.js";
import { type CaptureMetadata, channelMetadata } from "./metadata.js";
import { type SampleClock, type Summary, SummaryEncoder } from "./summary-encoder.js";
import { logTimeOf, MOST_SAMPLES, microseconds, NO_KEY, SAMPLE_FLAGS, startOf } from "./summary-layout.js";
import { describeFrame, FRAME_ENCODING, SUMMARIES_ENCODING, TOPICS, type Topic, topicOf } from "./topics.js";

/** Seconds that a chunk of tables lasts at most: what a crash may lose. */
const CHUNK_SECONDS = 1;
/** Bytes at which it is closed sooner. */
const CHUNK_BYTES = 1 << 20;
/** Milliseconds of a message of summaries. */
const MINUTE = 60_000;
/** Beyond this, clocks are no whole microseconds any more. */
const LATEST = 2 ** 51 / 1000;

/** How a recording is written. */
export interface CaptureWriterOptions {
  /** What makes chunks smaller; not at all unless said otherwise. `zstdCompression` of node-file.ts is one. */
  readonly compression?: ChunkCompression | undefined;
  /** Seconds that what was added may stay in memory; 1 unless said otherwise. */
  readonly chunkSeconds?: number | undefined;
}

/** One sample: its frames as the sampler has them, of all families. */
export interface CapturedGroup extends SampleClock {
  /** In the order in which a story reads them. */
  readonly frames: readonly Uint8Array[];
}

/**
 * Begins a recording.
 *
 * @param to an empty file; who has opened it closes it
 * @param metadata what the recording says of itself. The families' layouts are those of the first
 *   sample's frames; of a family which is not in it, the like of those
 * @throws {TypeError} there is no such option
 * @throws {RangeError} `chunkSeconds` is no number above 0, or the file is not empty
 * @throws what `to` throws
 */
export async function createCaptureWriter(
  to: Writable,
  metadata: CaptureMetadata,
  options: CaptureWriterOptions = {},
): Promise<CaptureWriter> {
  const problem = unknownOption("createCaptureWriter", options, ["compression", "chunkSeconds"]);
  if (problem) throw new TypeError(problem);
  const { compression, chunkSeconds = CHUNK_SECONDS } = options;
  if (!(chunkSeconds > 0)) throw new RangeError(`chunkSeconds is a number above 0, not ${shown(chunkSeconds)}.`);
  if (to.size !== 0) throw new RangeError(`A recording begins an empty file: this one has ${to.size} bytes.`);
  const file = new ChunkFile(to, compression);
  await file.begin(`tcptable ${metadata.version}`);
  return new CaptureWriter(file, metadata, chunkSeconds * 1000);
}

/** Writes samples into a recording. */
export class CaptureWriter {
  readonly #file: ChunkFile;
  readonly #metadata: CaptureMetadata;
  /** Milliseconds. */
  readonly #chunkTime: number;
  readonly #channels = new Map<Topic, number>();
  #chunk = new McapChunkBuilder({});
  /** When the last chunk's last sample was, by the monotonic clock: a crash loses what is later. */
  #written = 0;
  #summaries: SummaryEncoder | undefined;
  /** When the first sample of the summaries was, by the monotonic clock. */
  #minute = 0;
  readonly #keys = { ipv4: NO_KEY, ipv6: NO_KEY };
  #start = 0n;
  #monotonic = Number.NEGATIVE_INFINITY;
  #samples = 0;
  #wantsKey = true;
  /** What is to be written, one after the other. Once something fails, nothing that comes later is. */
  #writing: Promise<void> = Promise.resolve();
  /** Until all of that is on the disk. What comes next is written meanwhile: a slow disk loses power only, no crash. */
  #syncing: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #failure: unknown;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(file: ChunkFile, metadata: CaptureMetadata, chunkTime: number) {
    this.#file = file;
    this.#metadata = metadata;
    this.#chunkTime = chunkTime;
  }

  /** Samples that were added. */
  get samples(): number {
    return this.#samples;
  }

  /** Bytes of what was added: in the file, and still in memory. */
  get bytes(): number {
    return this.#file.size + this.#chunk.byteLength;
  }

  /**
   * Whether the next group should have a key frame of each family, and tell all names: a minute is over. Where it has none, the
   * reader has to begin a minute earlier.
   */
  get wantsKey(): boolean {
    return this.#wantsKey;
  }

  /**
   * Adds a sample. Its bytes are copied at once: the frames need not stay valid. Who does not wait may add more meanwhile.
   *
   * @param summary what becomes of the sample in a timeline: the Moment that a story has made of the same frames
   * @returns settles when what the sample has made due is on the disk: mostly nothing. What is not due yet is written with a later
   *   sample, a second later at the most
   * @throws {RangeError} there are no frames, one is none, a clock shows no number or an earlier one than before, or a family begins
   *   with a delta: nothing was added
   * @throws what the file has thrown, now or earlier: nothing more can be added, and `close` leaves a whole file
   */
  async add(group: CapturedGroup, summary: Summary): Promise<void> {
    this.#mustBeOpen();
    if (this.#hasFailed) throw this.#failure;
    const frames = this.#check(group);
    const { tick, time, monotonic } = group;
    if (this.#samples === 0) {
      this.#start = startOf(time, monotonic);
      this.#written = monotonic;
    }
    this.#announce(frames);
    const isKey = this.#isKey(frames);
    if (this.#summaries && this.#minuteEnds(monotonic, isKey)) this.#endMinute();
    const logTime = logTimeOf(this.#start, microseconds(monotonic));
    let attempts = 0;
    let keyFlags = 0;
    for (const { frame, topic, kind } of frames) {
      if (kind === KEY) {
        keyFlags |= topic === "ipv4" ? SAMPLE_FLAGS.keyIPv4 : SAMPLE_FLAGS.keyIPv6;
        this.#keys[topic as "ipv4" | "ipv6"] = logTime;
      }
      attempts += wordAt(frame, AT.attempts);
      this.#chunk.addMessage({
        channelId: channelId(topic),
        sequence: tick,
        logTime,
        publishTime: wallTime(time),
        data: frame,
      });
    }
    if (!this.#summaries) {
      this.#summaries = new SummaryEncoder(this.#start, this.#keys);
      this.#minute = monotonic;
    }
    this.#summaries.add(group, summary, attempts, keyFlags);
    const measured = this.#samples === 0 ? 0 : monotonic - this.#monotonic;
    // A slow loop makes them longer than was asked for; one long one does not make a minute shorter.
    const asked = this.#metadata.every || measured;
    const interval = Math.max(asked, measured);
    this.#samples++;
    this.#monotonic = monotonic;
    this.#wantsKey = monotonic + 1.5 * asked >= this.#minute + MINUTE;
    // Where the next sample would come too late, and it may come half an interval late, it is not waited for.
    const isDue = measured === 0 || monotonic + 1.5 * interval - this.#written >= this.#chunkTime;
    if (!isDue && this.#chunk.byteLength < CHUNK_BYTES) return;
    this.#endChunk(monotonic);
    await this.#syncing;
  }

  /**
   * Writes what is not written yet, and the file's end with its index. Where the disk is full, whole chunks are cut off until there
   * is room for it. May be called again.
   *
   * @throws what the file throws. What had failed before is not thrown again
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const hadFailed = this.#hasFailed;
    if (!hadFailed && this.#chunk.numMessages > 0) this.#endChunk(this.#monotonic);
    await this.#syncing.catch(() => {});
    await this.#file.finish((endTime) => {
      if (!this.#summaries || endTime === undefined) return undefined;
      this.#summaries.cutAfter(endTime);
      return this.#summaries.length > 0 ? summariesChunk(this.#summaries) : undefined;
    });
    if (this.#hasFailed && !hadFailed) throw this.#failure;
  }

  #mustBeOpen(): void {
    if (this.#closing) throw new RangeError("The recording is closed. Begin another one.");
  }

  #check(group: CapturedGroup): CheckedFrame[] {
    const { tick, time, monotonic } = group;
    if (tick >>> 0 !== tick) throw new RangeError(`tick is a whole number from 0 to 4294967295, not ${shown(tick)}.`);
    if (!(time >= 0 && time <= LATEST && monotonic >= 0 && monotonic <= LATEST))
      throw new RangeError(
        `time and monotonic are milliseconds from 0 to ${LATEST}, not ${shown(time)} and ${shown(monotonic)}.`,
      );
    if (monotonic < this.#monotonic)
      throw new RangeError(
        `The monotonic clock of a recording can't go back from ${this.#monotonic} to ${monotonic} ms. Begin another recording.`,
      );
    if (group.frames.length === 0) throw new RangeError("A sample has one frame at least: there are none.");
    const begun = { ipv4: this.#keys.ipv4 !== NO_KEY, ipv6: this.#keys.ipv6 !== NO_KEY };
    return group.frames.map((frame) => {
      const { kind, layout, topic } = describeFrame(frame) ?? {};
      if (kind === undefined || topic === undefined || topic === "summaries")
        throw new RangeError("A recording takes the frames of tables, gaps, ends and names: these bytes are none.");
      if (topic === "ipv4" || topic === "ipv6") {
        if (kind === KEY) begun[topic] = true;
        if (kind !== KEY && kind !== GAP && !begun[topic])
          throw new RangeError(`The first table of ${topic} is a delta frame: a recording begins with key frames.`);
      }
      return { frame, kind, topic, layout };
    });
  }

  /** Writes the channels that were not written before: with the first sample all that are to be expected. */
  #announce(frames: readonly CheckedFrame[]): void {
    const channels: Channel[] = [];
    if (this.#channels.size === 0) {
      for (const topic of ["ends", "names", "summaries"] as const)
        channels.push(this.#channelOf(topic, topic === "summaries" ? SUMMARIES_ENCODING : FRAME_ENCODING, new Map()));
      // Also of a family that is told later: a channel between two chunks is a hole in the index, and readers trust none with holes.
      const [told] = frames.flatMap(({ topic, layout }) => (topic === "ipv4" || topic === "ipv6" ? [layout] : []));
      for (const { family, layout } of this.#metadata.families) {
        const topic = topicOf(family);
        const expected = (told && layoutOfFamily(told, family)) ?? layout;
        if (!frames.some((frame) => frame.topic === topic))
          channels.push(this.#channelOf(topic, FRAME_ENCODING, this.#metadataOf(expected)));
      }
    }
    for (const { topic, layout } of frames)
      if (layout && (topic === "ipv4" || topic === "ipv6") && !this.#channels.has(topic))
        channels.push(this.#channelOf(topic, FRAME_ENCODING, this.#metadataOf(layout)));
    if (channels.length > 0) this.#enqueue(() => this.#file.addChannels(channels));
  }

  #channelOf(topic: Topic, messageEncoding: string, metadata: Map<string, string>): Channel {
    const id = channelId(topic);
    this.#channels.set(topic, id);
    return { id, schemaId: 0, topic, messageEncoding, metadata };
  }

  #metadataOf(layout: LayoutName): Map<string, string> {
    const { family } = LAYOUTS[layout];
    const known = this.#metadata.families.find((one) => one.family === family);
    const { source, api } = known ?? { source: "", api: "" };
    return new Map(channelMetadata(this.#metadata, { family, layout, source, api }));
  }

  /** Whether all tables of a group are key frames. */
  #isKey(frames: readonly CheckedFrame[]): boolean {
    const tables = frames.filter(({ topic, kind }) => (topic === "ipv4" || topic === "ipv6") && kind !== GAP);
    return tables.length > 0 && tables.every(({ kind }) => kind === KEY);
  }

  #minuteEnds(monotonic: number, isKey: boolean): boolean {
    if (this.#wantsKey && isKey) return true;
    // Nobody has listened to what the writer wants.
    return monotonic - this.#minute >= 2 * MINUTE || (this.#summaries as SummaryEncoder).length >= MOST_SAMPLES;
  }

  #endMinute(): void {
    if (this.#chunk.numMessages > 0) this.#endChunk(this.#monotonic);
    const chunk = summariesChunk(this.#summaries as SummaryEncoder);
    this.#summaries = undefined;
    this.#enqueue(() => this.#file.addChunk(chunk));
  }

  /** @param monotonic of its last sample */
  #endChunk(monotonic: number): void {
    const chunk = this.#chunk;
    this.#chunk = new McapChunkBuilder({});
    this.#written = monotonic;
    this.#enqueue(() => this.#file.addChunk(chunk));
  }

  #enqueue(write: () => Promise<void>): void {
    this.#writing = this.#writing.then(write);
    const written = this.#writing;
    this.#syncing = this.#syncing.then(() => written).then(() => this.#file.sync());
    this.#syncing.catch((error) => {
      if (!this.#hasFailed) this.#failure = error;
      this.#hasFailed = true;
    });
    written.catch(() => {}); // it is told by the other one
  }
}

interface CheckedFrame {
  readonly frame: Uint8Array;
  readonly kind: number;
  readonly topic: Exclude<Topic, "summaries">;
  readonly layout: LayoutName | undefined;
}

/** A chunk that holds one message of summaries. */
function summariesChunk(summaries: SummaryEncoder): McapChunkBuilder {
  const chunk = new McapChunkBuilder({});
  chunk.addMessage({
    channelId: channelId("summaries"),
    sequence: summaries.tick(),
    logTime: summaries.logTime(),
    publishTime: wallTime(summaries.time()),
    data: summaries.encode(),
  });
  return chunk;
}

/** The layout that has the same columns in another family; `undefined` where there is none. */
function layoutOfFamily(layout: LayoutName, family: Family): LayoutName | undefined {
  const name = layout.replace(/TCP6?(?=TABLE)/, family === 4 ? "TCP" : "TCP6");
  return LAYOUT_NAMES.find((other) => other === name);
}

function channelId(topic: Topic): number {
  return TOPICS.indexOf(topic) + 1;
}

/** Nanoseconds since 1970-01-01 UTC. @param time milliseconds */
function wallTime(time: number): bigint {
  return BigInt(microseconds(time)) * 1000n;
}
