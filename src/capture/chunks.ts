import { crc32 } from "@foxglove/crc";
import { type AbortSignalLike, throwIfAborted } from "../format/abort.js";
import type { Readable } from "./access.js";
import type { ChunkPlace } from "./chunk-place.js";
import { CaptureTooLargeError, CorruptCaptureError } from "./errors.js";
import { lengthAt, OPCODE, RECORD_HEADER, readChunkHeader, viewOf } from "./records.js";

/** Bytes that are read at once, where chunks lie side by side. */
const SPAN = 2 ** 20;

/** Bytes between two chunks that are rather read than asked for apart: indexes of messages, a minute's summaries. */
const GAP = 2 ** 13;

/** The records of a chunk, or why there are none. */
export interface ReadChunk {
  readonly place: ChunkPlace;
  readonly records: Uint8Array;
  readonly error: CorruptCaptureError | CaptureTooLargeError | undefined;
}

type Decompress = (bytes: Uint8Array, length: number) => Uint8Array;

/** Reads chunks out of a file, checks them, and makes them what they were before they were compressed. */
export class ChunkReader {
  readonly #readable: Readable;
  /** Bytes of a chunk at most, compressed or not. */
  readonly #limit: number;
  #zstd: Promise<Decompress> | undefined;

  constructor(readable: Readable, limit: number) {
    this.#readable = readable;
    this.#limit = limit;
  }

  /** Chunks in the given order, several by one read. A damaged one comes with its error, and stops nothing. */
  async *read(places: readonly ChunkPlace[], signal?: AbortSignalLike): AsyncGenerator<ReadChunk, void, undefined> {
    for (let first = 0; first < places.length; ) {
      throwIfAborted(signal);
      const { offset } = places[first] as ChunkPlace;
      let last = first;
      for (; last + 1 < places.length; last++) {
        const [end, next] = [endOf(places[last] as ChunkPlace), places[last + 1] as ChunkPlace];
        if (next.offset < end || next.offset > end + GAP || endOf(next) - offset > SPAN) break;
      }
      const end = endOf(places[last] as ChunkPlace);
      const isTooLong = end - offset > this.#limit;
      const span = isTooLong ? undefined : await this.#readable.read(BigInt(offset), BigInt(end - offset));
      for (; first <= last; first++) {
        const place = places[first] as ChunkPlace;
        yield await this.#check(place, span?.subarray(place.offset - offset, place.offset - offset + place.length));
      }
    }
  }

  async #check(place: ChunkPlace, bytes: Uint8Array | undefined): Promise<ReadChunk> {
    try {
      if (!bytes) throw new CaptureTooLargeError("The chunk", place.offset, place.length, this.#limit);
      return { place, records: await this.#recordsOf(place, bytes), error: undefined };
    } catch (error) {
      if (!(error instanceof CorruptCaptureError) && !(error instanceof CaptureTooLargeError)) throw error;
      return { place, records: new Uint8Array(0), error };
    }
  }

  async #recordsOf({ offset, length }: ChunkPlace, bytes: Uint8Array): Promise<Uint8Array> {
    if (bytes.length !== length || bytes[0] !== OPCODE.chunk || lengthAt(viewOf(bytes), 1) !== length - RECORD_HEADER)
      throw new CorruptCaptureError(offset, "there is no chunk where one should be");
    const content = bytes.subarray(RECORD_HEADER);
    const header = readChunkHeader(content, content.length);
    if (!header) throw new CorruptCaptureError(offset, "a chunk's lengths do not fit together");
    const { compression, uncompressedSize, crc } = header;
    // Before memory is made for it.
    if (uncompressedSize > this.#limit)
      throw new CaptureTooLargeError("The chunk", offset, uncompressedSize, this.#limit);
    let records = content.subarray(header.recordsAt);
    if (compression === "zstd" && records.length > 0) {
      this.#zstd ??= loadZstd();
      records = (await this.#zstd)(records, uncompressedSize);
    } else if (compression !== "" && compression !== "zstd")
      throw new CorruptCaptureError(offset, `a chunk is compressed by ${compression}, which is not known here`);
    if (records.length !== uncompressedSize)
      throw new CorruptCaptureError(offset, `a chunk of ${uncompressedSize} bytes has ${records.length}`);
    if (crc !== 0 && crc32(records) !== crc)
      throw new CorruptCaptureError(offset, `the checksum of a chunk of ${uncompressedSize} bytes is wrong`);
    return records;
  }
}

function endOf({ offset, length }: ChunkPlace): number {
  return offset + length;
}

/** The decoder comes with 28 KiB of WebAssembly: only who needs it loads it. */
async function loadZstd(): Promise<Decompress> {
  const { ZSTDDecoder } = await import("zstddec");
  const decoder = new ZSTDDecoder();
  await decoder.init();
  // It never throws: what is damaged comes out with another length, which the caller looks at.
  return (bytes, length) => (length === 0 ? new Uint8Array(0) : decoder.decode(bytes, length));
}
