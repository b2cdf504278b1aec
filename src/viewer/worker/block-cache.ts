import type { Readable } from "../../capture/index.js";

/** Bytes that are read at once, and blocks that are held: 32 MB. */
const BLOCK = 2 ** 18;
const MOST_BLOCKS = 128;

/**
 * Reads a file in blocks, and holds those that were used last: a recording's chunks are small and lie side by side, and each request to
 * a server takes as long as many of them. What is larger than a few blocks is read as it is.
 */
export function cachedReadable(file: Readable, block = BLOCK, most = MOST_BLOCKS): Readable {
  /** By number, the one that was used last at the end. */
  const blocks = new Map<number, Promise<Uint8Array>>();
  let known = 0n;

  const size = async () => {
    known = await file.size();
    return known;
  };

  const blockAt = (number: number): Promise<Uint8Array> => {
    const held = blocks.get(number);
    blocks.delete(number);
    const start = BigInt(number) * BigInt(block);
    const length = known - start < BigInt(block) ? known - start : BigInt(block);
    const read = held ?? file.read(start, length);
    blocks.set(number, read);
    // One that could not be read is tried again; one that has become longer is read again, see below.
    if (!held) read.catch(() => blocks.delete(number));
    const [oldest] = blocks.keys();
    if (blocks.size > most && oldest !== undefined) blocks.delete(oldest);
    return read;
  };

  return {
    size,
    async read(offset, length) {
      const end = offset + length;
      // Who reads behind what is known is told by the file itself whether that is there.
      if (end > known) await size();
      if (length > BigInt(block) * 4n || end > known || length === 0n) return file.read(offset, length);
      const [first, last] = [Number(offset / BigInt(block)), Number((end - 1n) / BigInt(block))];
      const bytes = new Uint8Array(Number(length));
      const parts = Array.from({ length: last - first + 1 }, (_, at) => first + at);
      const held = await Promise.all(parts.map(blockAt));
      for (const [at, number] of parts.entries()) {
        const start = number * block;
        const [from, to] = [Math.max(0, Number(offset) - start), Math.min(block, Number(end) - start)];
        let part = held[at] as Uint8Array;
        if (part.length < to) {
          // The last block of a file that has grown since.
          blocks.delete(number);
          part = await blockAt(number);
        }
        bytes.set(part.subarray(from, to), start + from - Number(offset));
      }
      return bytes;
    },
  };
}
