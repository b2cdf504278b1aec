import type { Readable } from "./access.js";
import { CaptureAccessError } from "./errors.js";

/** What is needed of a Blob. Its type by name would need the DOM's types, or Node's. */
export interface BlobLike {
  /** Bytes. */
  readonly size: number;
  /** A part of it. */
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** A file that a page was given, or any other Blob. */
export function blobReadable(blob: BlobLike): Readable {
  return {
    size: async () => BigInt(blob.size),
    async read(offset, length) {
      const end = offset + length;
      if (end > BigInt(blob.size))
        throw new CaptureAccessError(
          `The file has ${blob.size} bytes: there are none up to ${end}. It may have been cut since.`,
        );
      return new Uint8Array(await blob.slice(Number(offset), Number(end)).arrayBuffer());
    },
  };
}
