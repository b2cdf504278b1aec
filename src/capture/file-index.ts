import { McapIndexedReader } from "@mcap/core";
import type { Readable } from "./access.js";
import type { ChunkPlace } from "./chunk-place.js";
import { CorruptCaptureError, NotACaptureError, TruncatedCaptureError } from "./errors.js";
import {
  CHUNK_START,
  type Channel,
  lengthAt,
  MAGIC,
  OPCODE,
  RECORD_HEADER,
  readChannel,
  readChunkHeader,
  viewOf,
} from "./records.js";
import { PROFILE } from "./topics.js";
import { Window } from "./window.js";

/** Bytes of a header, of a channel, and of an index, at most: nothing that a recorder writes comes near. */
const MOST_HEADER = 2 ** 20;
const MOST_INDEX = 2 ** 29;

/** Opcodes of what may stand before the end of the data: schemas, channels, chunks, their indexes, attachments, metadata. */
const DATA_RECORDS = /* @__PURE__ */ new Set([3, OPCODE.channel, OPCODE.chunk, OPCODE.messageIndex, 9, 12]);

/** Bytes of the content of the record that ends the data, and of the whole footer. */
const DATA_END = 4;
const FOOTER = RECORD_HEADER + 20;

/** What stands where in a file. */
export interface FileIndex {
  /** By where they lie. */
  readonly chunks: ChunkPlace[];
  readonly channels: Map<number, Channel>;
  /** Messages of each channel, as far as the file says it without being read. */
  readonly counts: Map<number, number>;
  /** The same of the last chunk, which may lack a part of what the file says of it. Not in `counts` so far. */
  readonly lastCounts: Map<number, number>;
  /** Where the next record is expected that nobody has looked at. */
  end: number;
  /** Whether there is nothing behind it but the index. */
  isWhole: boolean;
  /** What is wrong, for people, where it is not whole. */
  reason: string | undefined;
}

/**
 * Finds the chunks of a file: by its index, or where that is missing or false by hopping from record to record.
 *
 * @throws {NotACaptureError} it is no recording
 * @throws {TruncatedCaptureError} its header is not whole
 */
export async function openIndex(readable: Readable): Promise<FileIndex> {
  const size = Number(await readable.size());
  const headerEnd = await checkHeader(readable, size);
  const indexed = await readIndex(readable, size, headerEnd);
  if (indexed) return indexed;
  const index: FileIndex = {
    chunks: [],
    channels: new Map(),
    counts: new Map(),
    lastCounts: new Map(),
    end: headerEnd,
    isWhole: false,
    reason: undefined,
  };
  await hop(readable, index, size);
  return index;
}

/** Returns where the header ends. */
async function checkHeader(readable: Readable, size: number): Promise<number> {
  if (size === 0) throw new NotACaptureError("the file is empty");
  const start = await readable.read(0n, BigInt(Math.min(size, MAGIC.length + RECORD_HEADER)));
  for (const [at, byte] of MAGIC.entries())
    if (at < start.length && start[at] !== byte) throw new NotACaptureError("it does not begin as MCAP files do");
  if (start.length < MAGIC.length + RECORD_HEADER) throw new TruncatedCaptureError(0, size);
  const length = lengthAt(viewOf(start), MAGIC.length + 1);
  if (start[MAGIC.length] !== OPCODE.header || length < 8 || length > MOST_HEADER)
    throw new NotACaptureError("there is no header behind the file's first bytes");
  const end = MAGIC.length + RECORD_HEADER + length;
  if (end > size) throw new TruncatedCaptureError(0, size);
  const content = await readable.read(BigInt(end - length), BigInt(length));
  const profileLength = viewOf(content).getUint32(0, true);
  const profile = new TextDecoder().decode(content.subarray(4, 4 + Math.min(profileLength, 64)));
  if (profile !== PROFILE || profileLength !== PROFILE.length)
    throw new NotACaptureError(`it is an MCAP file with the profile ${JSON.stringify(profile)}, not "${PROFILE}"`);
  return end;
}

/** By the file's own index. `undefined` where there is none, or one that can't be right. */
async function readIndex(readable: Readable, size: number, headerEnd: number): Promise<FileIndex | undefined> {
  let reader: McapIndexedReader;
  try {
    reader = await McapIndexedReader.Initialize({ readable: new CappedReadable(readable, size) });
  } catch (error) {
    if (error instanceof AccessFailure) throw error.cause;
    return undefined;
  }
  const { chunkIndexes, channelsById, dataEndOffset } = reader;
  const chunks: ChunkPlace[] = [];
  let end = headerEnd;
  let isFirst = true;
  for (const chunk of chunkIndexes.toSorted((one, other) => (one.chunkStartOffset < other.chunkStartOffset ? -1 : 1))) {
    const [offset, length] = [Number(chunk.chunkStartOffset), Number(chunk.chunkLength)];
    // Chunks and their message indexes stand side by side: a hole may be a chunk that the index is silent about.
    if (isFirst ? offset < end : offset !== end) return undefined;
    isFirst = false;
    end = offset + length + Number(chunk.messageIndexLength);
    if (length < RECORD_HEADER || end > Number(dataEndOffset)) return undefined;
    chunks.push({
      offset,
      length,
      startTime: chunk.messageStartTime,
      endTime: chunk.messageEndTime,
      channels: chunk.messageIndexOffsets.size > 0 ? [...chunk.messageIndexOffsets.keys()] : undefined,
    });
  }
  if (end !== Number(dataEndOffset)) return undefined;
  const counts = new Map<number, number>();
  for (const [id, count] of reader.statistics?.channelMessageCounts ?? []) counts.set(id, Number(count));
  return {
    chunks,
    channels: new Map(channelsById),
    counts,
    lastCounts: new Map(),
    end,
    isWhole: true,
    reason: undefined,
  };
}

/** Goes on from record to record, up to where whole ones end. */
export async function hop(readable: Readable, index: FileIndex, size: number): Promise<void> {
  const window = new Window(readable, size);
  index.reason = undefined;
  for (;;) {
    const left = size - index.end;
    if (left === 0) {
      index.reason = "the recorder did not close the file";
      return;
    }
    const header = await window.read(index.end, Math.min(left, RECORD_HEADER));
    const opcode = header[0] as number;
    const length = header.length < RECORD_HEADER ? Number.POSITIVE_INFINITY : lengthAt(viewOf(header), 1);
    if (opcode === OPCODE.dataEnd && length === DATA_END) {
      countLast(index);
      index.isWhole = await endsAfter(readable, size, index.end + RECORD_HEADER + length);
      if (!index.isWhole) index.reason = "the recorder did not get to write the end of the file";
      return;
    }
    const next = index.end + RECORD_HEADER + length;
    if (!DATA_RECORDS.has(opcode)) {
      index.reason = `there is no record that belongs there at byte ${index.end}`;
      return;
    }
    if (next > size) {
      index.reason = `the record at byte ${index.end} is not whole`;
      return;
    }
    if (!(await addRecord(window, index, opcode, length))) {
      index.reason = `the record at byte ${index.end} is damaged`;
      return;
    }
    index.end = next;
  }
}

/** Takes in what a record says that is whole. False where it is damaged. */
async function addRecord(window: Window, index: FileIndex, opcode: number, length: number): Promise<boolean> {
  const { chunks, channels, end } = index;
  const contentAt = end + RECORD_HEADER;
  if (opcode === OPCODE.chunk) {
    const start = await window.read(contentAt, Math.min(length, CHUNK_START));
    const header = readChunkHeader(start, length);
    if (!header) return false;
    const { messageStartTime: startTime, messageEndTime: endTime } = header;
    const first = header.compression === "" ? firstChannel(start.subarray(header.recordsAt)) : undefined;
    const ids = first === undefined ? undefined : [first];
    countLast(index);
    chunks.push({ offset: end, length: RECORD_HEADER + length, startTime, endTime, channels: ids });
  } else if (opcode === OPCODE.messageIndex) {
    const last = chunks.at(-1);
    if (!last || length < 6) return false;
    const start = viewOf(await window.read(contentAt, 6));
    if (start.getUint32(2, true) !== length - 6) return false;
    const id = start.getUint16(0, true);
    // The channel, the length of the list, and 16 bytes for each message.
    index.lastCounts.set(id, Math.floor((length - 6) / 16));
    chunks[chunks.length - 1] = { ...last, channels: [...new Set([...(last.channels ?? []), id])] };
  } else if (opcode === OPCODE.channel) {
    const channel = length > MOST_HEADER ? undefined : readChannel(await window.read(contentAt, length));
    if (!channel) return false;
    channels.set(channel.id, channel);
  }
  return true;
}

/** The channel of the first message; `undefined` where it is not known. Indexes of messages have no checksum that is known here. */
function firstChannel(records: Uint8Array): number | undefined {
  if (records.length < RECORD_HEADER + 2 || records[0] !== OPCODE.message) return undefined;
  return viewOf(records).getUint16(RECORD_HEADER, true);
}

/** Nothing more will be said of the last chunk. */
function countLast({ counts, lastCounts }: FileIndex): void {
  for (const [id, count] of lastCounts) counts.set(id, (counts.get(id) ?? 0) + count);
  lastCounts.clear();
}

/** Whether the data ends there: the file ends as MCAP files do, and its footer says that behind the data there is an index, or nothing. */
async function endsAfter(readable: Readable, size: number, dataEnd: number): Promise<boolean> {
  const footerAt = size - FOOTER - MAGIC.length;
  if (footerAt < dataEnd) return false;
  const footer = await readable.read(BigInt(footerAt), BigInt(size - footerAt));
  const indexAt = lengthAt(viewOf(footer), RECORD_HEADER);
  const fits = footer[0] === OPCODE.footer && (indexAt === 0 ? footerAt : indexAt) === dataEnd;
  return fits && MAGIC.every((byte, at) => footer[FOOTER + at] === byte);
}

/** Refuses what a file's false lengths would make @mcap/core ask for. */
class CappedReadable implements Readable {
  readonly #readable: Readable;
  readonly #size: number;

  constructor(readable: Readable, size: number) {
    this.#readable = readable;
    this.#size = size;
  }

  async size(): Promise<bigint> {
    return BigInt(this.#size);
  }

  async read(offset: bigint, length: bigint): Promise<Uint8Array> {
    if (offset < 0n || length < 0n || offset + length > BigInt(this.#size) || length > BigInt(MOST_INDEX))
      throw new CorruptCaptureError(Number(offset), `there are not ${length} bytes`);
    try {
      return await this.#readable.read(offset, length);
    } catch (cause) {
      throw new AccessFailure(cause);
    }
  }
}

/** Tells an error of reading from one of understanding what was read. */
class AccessFailure extends Error {
  override readonly name = "AccessFailure";
  constructor(cause: unknown) {
    super("The file could not be read.", { cause });
  }
}
