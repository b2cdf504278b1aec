import { crc32, crc32Final, crc32Init, crc32Update } from "@foxglove/crc";
import { type Channel, type McapChunkBuilder, McapRecordBuilder, Opcode } from "@mcap/core";
import type { Writable } from "./access.js";
import { PROFILE } from "./topics.js";

/** Compresses chunks. */
export interface ChunkCompression {
  /** As MCAP has it. */
  readonly name: "zstd";
  /** The bytes, compressed: one whole frame of its own. */
  compress(bytes: Uint8Array): Uint8Array;
}

/** What is cut off the file together. */
interface WrittenChunk {
  /** Where it begins in the file. */
  readonly start: number;
  /** Bytes of the indexes of all chunks before it. */
  readonly indexStart: number;
  /** The state of the checksum of all that is before it. */
  readonly crc: number;
  /** The last log time up to its end. */
  readonly endTime: bigint;
  /** Its messages by channel. */
  readonly counts: ReadonlyMap<number, number>;
}

interface WrittenChannel {
  readonly channel: Channel;
  /** Where its record begins in the file. */
  readonly start: number;
}

/** Errors of a disk, or a share of one, that has no room left. */
const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/**
 * An MCAP file that grows chunk by chunk. @mcap/core's own writer closes chunks by their size only, and would lose what a quiet
 * hour has filled half a chunk with; and it leaves half a chunk behind on a full disk. One call at a time, but for `sync`.
 */
export class ChunkFile {
  readonly #to: Writable;
  readonly #compression: ChunkCompression | undefined;
  readonly #channels: WrittenChannel[] = [];
  readonly #chunks: WrittenChunk[] = [];
  /** The records of all chunks' indexes, and how many bytes they have. */
  #index = new Uint8Array(1 << 12);
  #indexLength = 0;
  readonly #counts = new Map<number, bigint>();
  #startTime = 0n;
  #crc = crc32Init();
  /** Where the last whole record ends. */
  #end = 0;

  constructor(to: Writable, compression: ChunkCompression | undefined) {
    this.#to = to;
    this.#compression = compression;
  }

  /** Bytes of whole records. */
  get size(): number {
    return this.#end;
  }

  /** The last log time of all messages; `undefined` where there are none. */
  get endTime(): bigint | undefined {
    return this.#chunks.at(-1)?.endTime;
  }

  /** Begins the file. */
  async begin(library: string): Promise<void> {
    const records = new McapRecordBuilder();
    records.writeMagic();
    records.writeHeader({ profile: PROFILE, library });
    await this.#append(records.buffer);
    await this.#to.sync();
  }

  /** Channels come before the chunks that have messages of them, so that they are read wherever the file breaks off. */
  async addChannels(channels: readonly Channel[]): Promise<void> {
    const records = new McapRecordBuilder();
    const starts = channels.map((channel) => {
      const start = this.#end + records.length;
      records.writeChannel(channel);
      return { channel, start };
    });
    await this.#append(records.buffer);
    this.#channels.push(...starts);
  }

  /** Sees all that has been written on the disk. Also while more is written. */
  async sync(): Promise<void> {
    await this.#to.sync();
  }

  /**
   * Writes what stands at the end: the indexes, and the footer. Where the disk has no room for them, whole chunks are cut off until
   * it has.
   *
   * @param lastChunk is asked for one more chunk, of what is known about the messages up to the last log time in the file
   */
  async finish(lastChunk: (endTime: bigint | undefined) => McapChunkBuilder | undefined): Promise<void> {
    for (;;) {
      const chunks = this.#chunks.length;
      const end = this.#end;
      try {
        if (this.#to.size !== end) await this.#to.truncate(end);
        const chunk = lastChunk(this.endTime);
        if (chunk) await this.addChunk(chunk);
        await this.#to.write(this.#tail());
        await this.#to.sync();
        return;
      } catch (error) {
        if (!isFull(error) || chunks === 0) throw error;
        const wanted = this.#end - end + this.#tail().length;
        this.#cut(chunks);
        this.#free(wanted - (this.#to.size - end));
      }
    }
  }

  /** Writes a chunk. */
  async addChunk(chunk: McapChunkBuilder): Promise<void> {
    const records = chunk.buffer;
    const compressed = this.#compression?.compress(records);
    const isSmaller = compressed !== undefined && compressed.length < records.length;
    const stored = isSmaller ? compressed : records;
    const compression = isSmaller ? (this.#compression as ChunkCompression).name : "";
    const { messageStartTime, messageEndTime } = chunk;
    const builder = new McapRecordBuilder();
    builder.writeChunk({
      messageStartTime,
      messageEndTime,
      uncompressedSize: BigInt(records.length),
      uncompressedCrc: crc32(records),
      compression,
      records: stored,
    });
    const chunkLength = builder.length;
    const messageIndexOffsets = new Map<number, bigint>();
    const counts = new Map<number, number>();
    for (const index of chunk.indices) {
      messageIndexOffsets.set(index.channelId, BigInt(this.#end + builder.length));
      counts.set(index.channelId, index.records.length);
      builder.writeMessageIndex(index);
    }
    const before = { start: this.#end, indexStart: this.#indexLength, crc: this.#crc };
    const messageIndexLength = BigInt(builder.length - chunkLength);
    await this.#append(builder.buffer);
    builder.reset();
    builder.writeChunkIndex({
      messageStartTime,
      messageEndTime,
      chunkStartOffset: BigInt(before.start),
      chunkLength: BigInt(chunkLength),
      messageIndexOffsets,
      messageIndexLength,
      compression,
      compressedSize: BigInt(stored.length),
      uncompressedSize: BigInt(records.length),
    });
    this.#addToIndex(builder.buffer);
    const last = this.endTime;
    if (last === undefined) this.#startTime = messageStartTime;
    const endTime = last !== undefined && last > messageEndTime ? last : messageEndTime;
    this.#chunks.push({ ...before, endTime, counts });
    for (const [channel, count] of counts) this.#counts.set(channel, (this.#counts.get(channel) ?? 0n) + BigInt(count));
  }

  /** Forgets the chunks behind the first so many; what they hold is cut off before the next write. */
  #cut(chunks: number): void {
    while (this.#chunks.length > chunks) {
      const { start, indexStart, crc, counts } = this.#chunks.pop() as WrittenChunk;
      this.#end = start;
      this.#indexLength = indexStart;
      this.#crc = crc;
      for (const [channel, count] of counts)
        this.#counts.set(channel, (this.#counts.get(channel) as bigint) - BigInt(count));
    }
    while ((this.#channels.at(-1)?.start ?? -1) >= this.#end) this.#channels.pop();
  }

  /** Cuts as many chunks as have so many bytes, and one at least. */
  #free(bytes: number): void {
    const end = this.#end;
    do this.#cut(this.#chunks.length - 1);
    while (this.#chunks.length > 0 && end - this.#end < bytes);
  }

  /** All behind the last chunk. */
  #tail(): Uint8Array {
    const records = new McapRecordBuilder();
    records.writeDataEnd({ dataSectionCrc: crc32Final(this.#crc) });
    const summaryStart = records.length;
    const groups: { readonly opcode: Opcode; readonly start: number; readonly end: number }[] = [];
    const group = (opcode: Opcode, write: () => void) => {
      const start = records.length;
      write();
      groups.push({ opcode, start, end: records.length });
    };
    group(Opcode.CHANNEL, () => {
      for (const { channel } of this.#channels) records.writeChannel(channel);
    });
    group(Opcode.STATISTICS, () => {
      const counts = new Map([...this.#counts].filter(([, count]) => count > 0n));
      let messageCount = 0n;
      for (const count of counts.values()) messageCount += count;
      records.writeStatistics({
        messageCount,
        schemaCount: 0,
        channelCount: this.#channels.length,
        attachmentCount: 0,
        metadataCount: 0,
        chunkCount: this.#chunks.length,
        messageStartTime: messageCount > 0n ? this.#startTime : 0n,
        messageEndTime: this.endTime ?? 0n,
        channelMessageCounts: counts,
      });
    });
    const beforeIndex = records.buffer;
    const index = this.#index.subarray(0, this.#indexLength);
    const indexStart = records.length;
    const after = new McapRecordBuilder();
    groups.push({ opcode: Opcode.CHUNK_INDEX, start: indexStart, end: indexStart + index.length });
    for (const { opcode, start, end } of groups)
      if (end > start)
        after.writeSummaryOffset({
          groupOpcode: opcode,
          groupStart: BigInt(this.#end + start),
          groupLength: BigInt(end - start),
        });
    const footer = {
      summaryStart: BigInt(this.#end + summaryStart),
      summaryOffsetStart: BigInt(this.#end + indexStart + index.length),
    };
    // The checksum is of all before itself, the footer's start included: so the footer is written twice.
    const offsets = after.length;
    after.writeFooter({ ...footer, summaryCrc: 0 });
    const unsealed = joined([beforeIndex, index, after.buffer]);
    const summaryCrc = crc32(unsealed.subarray(summaryStart, unsealed.length - 4));
    const last = new McapRecordBuilder();
    last.writeFooter({ ...footer, summaryCrc });
    last.writeMagic();
    return joined([unsealed.subarray(0, indexStart + index.length + offsets), last.buffer]);
  }

  #addToIndex(record: Uint8Array): void {
    const length = this.#indexLength + record.length;
    if (length > this.#index.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#index);
      this.#index = larger;
    }
    this.#index.set(record, this.#indexLength);
    this.#indexLength = length;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.#to.write(bytes);
    this.#crc = crc32Update(this.#crc, bytes);
    this.#end += bytes.length;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && FULL.has(String(error.code));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
