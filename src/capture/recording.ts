import type { AbortSignalLike } from "../format/abort.js";
import type { Readable } from "./access.js";
import type { ChunkPlace } from "./chunk-place.js";
import { ChunkReader } from "./chunks.js";
import { CaptureAccessError, type CaptureError, CaptureVersionError, CorruptCaptureError } from "./errors.js";
import { type FileIndex, hop, openIndex } from "./file-index.js";
import { type GroupBatch, messagesOf, type PlacedGroup, readGroups } from "./groups.js";
import type { SummaryBlock } from "./summary-columns.js";
import { decodeSummaries } from "./summary-decoder.js";
import { FRAME_ENCODING, SUMMARIES_ENCODING } from "./topics.js";
import type { Intact } from "./types.js";

/** A recording's chunks: where they are, and what is in them. */
export class Recording {
  readonly #readable: Readable;
  readonly #index: FileIndex;
  readonly #chunks: ChunkReader;
  #size: number;
  #damage: CaptureError | undefined;
  /** Chunks that may hold frames, and those that hold summaries alone. */
  frameChunks: readonly ChunkPlace[] = [];
  summaryChunks: readonly ChunkPlace[] = [];

  /** @param limit bytes of a chunk at most */
  static async open(readable: Readable, limit: number): Promise<Recording> {
    const index = await openIndex(readable);
    const recording = new Recording(readable, index, limit, Number(await readable.size()));
    await recording.#sort();
    return recording;
  }

  private constructor(readable: Readable, index: FileIndex, limit: number, size: number) {
    this.#readable = readable;
    this.#index = index;
    this.#chunks = new ChunkReader(readable, limit);
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  get intact(): Intact {
    const reason = this.#damage?.message ?? this.#index.reason;
    const bytes = this.#index.isWhole ? this.#size : this.#index.end;
    return reason === undefined ? { complete: true, bytes } : { complete: false, reason, bytes };
  }

  /** What the channels of tables say of themselves. */
  get tableChannels(): readonly ReadonlyMap<string, string>[] {
    const channels = [...this.#index.channels.values()];
    return channels.filter(({ topic }) => topic === "ipv4" || topic === "ipv6").map(({ metadata }) => metadata);
  }

  /** Samples: as many as the family has tables and gaps that has the most. */
  async countSamples(): Promise<number> {
    const { chunks, isWhole } = this.#index;
    const last = chunks.at(-1);
    let inLast = 0;
    // The recorder may not have got to tell what is in it.
    if (!isWhole && last && this.frameChunks.includes(last))
      for await (const { groups } of this.groups([last])) inLast += groups.length;
    return this.#counted + inLast;
  }

  /** As far as the file says it without being read. */
  get #counted(): number {
    let most = 0;
    for (const [id, count] of this.#index.counts) {
      const topic = this.#index.channels.get(id)?.topic;
      if ((topic === "ipv4" || topic === "ipv6") && count > most) most = count;
    }
    return most;
  }

  /** Whether a chunk has names of processes, or may have. */
  mayHaveNames({ channels }: ChunkPlace): boolean {
    return !channels || channels.some((id) => (this.#index.channels.get(id)?.topic ?? "names") === "names");
  }

  /** Groups of frames; damage is remembered, and stops nothing. */
  async *groups(places: readonly ChunkPlace[], signal?: AbortSignalLike): AsyncGenerator<GroupBatch, void, undefined> {
    for await (const batch of readGroups(this.#chunks, this.#index.channels, places, signal)) {
      if (batch.error) this.noteDamage(batch.error);
      yield batch;
    }
  }

  /** Summaries; those that are damaged are left out. */
  async *summaries(
    places: readonly ChunkPlace[],
    signal?: AbortSignalLike,
  ): AsyncGenerator<SummaryBlock, void, undefined> {
    for await (const { place, records, error } of this.#chunks.read(places, signal)) {
      let blocks: SummaryBlock[] = [];
      try {
        if (error) throw error;
        blocks = messagesOf(records, place.offset, this.#index.channels, SUMMARIES_ENCODING).map((message) =>
          decodeSummaries(message, place.offset),
        );
      } catch (cause) {
        if (!(cause instanceof CorruptCaptureError)) throw cause;
        this.noteDamage(cause);
      }
      for (const block of blocks) if (block.length > 0) yield block;
    }
  }

  /** The first group, or the last one. */
  async edge(which: "first" | "last"): Promise<PlacedGroup | undefined> {
    const places = this.frameChunks;
    for (let at = 0; at < places.length; at++) {
      const place = places[which === "first" ? at : places.length - 1 - at] as ChunkPlace;
      const found: PlacedGroup[] = [];
      for await (const { groups } of this.groups([place])) found.push(...groups);
      const group = which === "first" ? found[0] : found.at(-1);
      if (group) return group;
    }
    return undefined;
  }

  /** Remembers the first thing that is found to be wrong. */
  noteDamage(error: CaptureError): void {
    this.#damage ??= error;
  }

  /** Takes in what has been written since. False where there is nothing new. */
  async refresh(): Promise<boolean> {
    const index = this.#index;
    const size = Number(await this.#readable.size());
    if (index.isWhole) return false;
    if (size < index.end)
      throw new CaptureAccessError(
        `The recording has ${size} bytes; it had ${index.end} before. It is another file by now: open it again.`,
      );
    if (size === this.#size) return false;
    this.#size = size;
    const end = index.end;
    await hop(this.#readable, index, size);
    await this.#sort();
    return index.end > end || index.isWhole;
  }

  /** Tells chunks of frames from those of summaries. */
  async #sort(): Promise<void> {
    const { chunks, channels } = this.#index;
    // Records of channels that lie in chunks.
    for (const place of chunks) {
      if (place.channels?.every((id) => channels.has(id)) || (!place.channels && channels.size > 0)) continue;
      for await (const { records, error } of this.#chunks.read([place]))
        if (!error) tryMessages(records, place.offset, channels);
    }
    for (const { topic, messageEncoding } of channels.values()) {
      const isFrames = ["ipv4", "ipv6", "ends", "names"].includes(topic);
      if (isFrames && messageEncoding !== FRAME_ENCODING)
        throw new CaptureVersionError(`its channel ${topic} has messages of the encoding ${messageEncoding}`);
    }
    const isSummaries = ({ channels: ids }: ChunkPlace) =>
      ids !== undefined &&
      ids.length > 0 &&
      ids.every((id) => channels.get(id)?.messageEncoding === SUMMARIES_ENCODING);
    this.summaryChunks = chunks.filter(isSummaries);
    this.frameChunks = chunks.filter((place) => !isSummaries(place));
  }
}

/** Takes in the channels of a chunk, as far as it can be read. */
function tryMessages(records: Uint8Array, offset: number, channels: Parameters<typeof messagesOf>[2]): void {
  try {
    messagesOf(records, offset, channels, "");
  } catch (error) {
    if (!(error instanceof CorruptCaptureError)) throw error;
  }
}
