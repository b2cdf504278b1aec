import { CorruptCaptureError } from "./errors.js";

/*
 * MCAP's records as they lie in bytes, for the two things that @mcap/core does not do: to hop over a file without an index, and to
 * go through the messages of a chunk without a copy of each.
 *
 *   0    1          9
 *   | op | u64 len  | len bytes of content |
 *
 * All numbers are little-endian; a text is its length as u32, then UTF-8. Nothing here trusts a length.
 */

export const MAGIC = [0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a] as const;

/** Bytes of opcode and length. */
export const RECORD_HEADER = 9;

export const OPCODE = {
  header: 1,
  footer: 2,
  channel: 4,
  message: 5,
  chunk: 6,
  messageIndex: 7,
  dataEnd: 15,
} as const;

/** Bytes of a message's content before its data: channel, sequence, log time, publish time. */
const MESSAGE_HEADER = 22;

/** What a channel's record says. */
export interface Channel {
  readonly id: number;
  readonly topic: string;
  readonly messageEncoding: string;
  readonly metadata: ReadonlyMap<string, string>;
}

/** What stands in a chunk's record before the records that it holds. */
export interface ChunkHeader {
  readonly messageStartTime: bigint;
  readonly messageEndTime: bigint;
  readonly uncompressedSize: number;
  readonly crc: number;
  readonly compression: string;
  /** Bytes from the start of the content to the records. */
  readonly recordsAt: number;
  readonly recordsLength: number;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A u64; one that no file reaches is Infinity. */
export function lengthAt(view: DataView, at: number): number {
  const length = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  return Number.isSafeInteger(length) ? length : Number.POSITIVE_INFINITY;
}

/** Bytes that the header of a chunk's content takes at least: without the name of its compression. */
export const CHUNK_HEADER = 40;
/** The longest name of a compression that is looked at. */
const LONGEST_NAME = 16;
/** Bytes of a chunk's content within which its header lies, and the channel of its first message. */
export const CHUNK_START = CHUNK_HEADER + LONGEST_NAME;

/**
 * Reads a chunk's header. `undefined` where it is none.
 *
 * @param content the content's first bytes: all of them, or CHUNK_START
 * @param length of the whole content
 */
export function readChunkHeader(content: Uint8Array, length: number): ChunkHeader | undefined {
  if (content.length < CHUNK_HEADER) return undefined;
  const view = viewOf(content);
  const nameLength = view.getUint32(28, true);
  if (nameLength > LONGEST_NAME || content.length < CHUNK_HEADER + nameLength) return undefined;
  const recordsAt = CHUNK_HEADER + nameLength;
  const recordsLength = lengthAt(view, recordsAt - 8);
  if (recordsAt + recordsLength !== length) return undefined;
  return {
    messageStartTime: view.getBigUint64(0, true),
    messageEndTime: view.getBigUint64(8, true),
    uncompressedSize: lengthAt(view, 16),
    crc: view.getUint32(24, true),
    compression: String.fromCharCode(...content.subarray(32, 32 + nameLength)),
    recordsAt,
    recordsLength,
  };
}

/** Reads a channel's content. `undefined` where it is none. */
export function readChannel(content: Uint8Array): Channel | undefined {
  const view = viewOf(content);
  const decoder = new TextDecoder();
  let at = 4;
  let isWhole = content.length >= 4;
  const text = (end: number): string => {
    const length = at + 4 <= end ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > end) {
      isWhole = false;
      return "";
    }
    at += 4 + length;
    return decoder.decode(content.subarray(at - length, at));
  };
  const topic = text(content.length);
  const messageEncoding = text(content.length);
  if (!isWhole || at + 4 > content.length) return undefined;
  const end = at + 4 + view.getUint32(at, true);
  at += 4;
  if (end > content.length) return undefined;
  const metadata = new Map<string, string>();
  while (isWhole && at < end) metadata.set(text(end), text(end));
  return isWhole ? { id: view.getUint16(0, true), topic, messageEncoding, metadata } : undefined;
}

/** Goes through the records of a chunk, one after the other. The object stands for the record that it is at. */
export class RecordCursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the chunk lies in the file, for messages. */
  readonly #offset: number;
  #next = 0;
  opcode = 0;
  /** The content: from `at` to before `end`. */
  at = 0;
  end = 0;
  /** Of a message. */
  channelId = 0;
  sequence = 0;
  dataAt = 0;

  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.#offset = offset;
  }

  /** Of a message. */
  get logTime(): bigint {
    return this.view.getBigUint64(this.at + 6, true);
  }

  /** Wall clock of a message, milliseconds. */
  get publishTime(): number {
    return Number(this.view.getBigUint64(this.at + 14, true)) / 1e6;
  }

  /**
   * Goes on to the next record. False where there is none.
   *
   * @throws {CorruptCaptureError} it has more bytes than there are
   */
  next(): boolean {
    const { bytes } = this;
    const start = this.#next;
    if (start === bytes.length) return false;
    const length = start + RECORD_HEADER <= bytes.length ? lengthAt(this.view, start + 1) : Number.POSITIVE_INFINITY;
    this.opcode = bytes[start] as number;
    this.at = start + RECORD_HEADER;
    this.end = this.at + length;
    const isMessage = this.opcode === OPCODE.message;
    if (this.end > bytes.length || (isMessage && length < MESSAGE_HEADER))
      throw new CorruptCaptureError(this.#offset, `record ${this.opcode} in this chunk does not fit in it`);
    if (isMessage) {
      this.channelId = this.view.getUint16(this.at, true);
      this.sequence = this.view.getUint32(this.at + 2, true);
      this.dataAt = this.at + MESSAGE_HEADER;
    }
    this.#next = this.end;
    return true;
  }
}
