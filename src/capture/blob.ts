import type { Readable } from "./access.js";
import { CaptureAccessError } from "./errors.js";

/** A file that a page was given, or any other Blob. */
export function blobReadable(blob: Blob): Readable {
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
