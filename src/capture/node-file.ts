import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable, Writable } from "./access.js";
import type { ChunkCompression } from "./chunk-file.js";

/** Files of this machine, for recordings. */

/** A file that is open for reading. */
export interface FileReadable extends Readable {
  /** Gives the file back to the system. */
  close(): Promise<void>;
}

/** A file that is open for writing. */
export interface FileWritable extends Writable {
  /** Gives the file back to the system; `sync` before it, where it shall outlast a loss of power. */
  close(): Promise<void>;
}

/**
 * Opens a file for reading, also one that is still being written.
 *
 * @throws what the system says
 */
export async function openFileReadable(path: string): Promise<FileReadable> {
  const file = await open(path, "r");
  return {
    size: async () => BigInt((await file.stat()).size),
    read: (offset, length) => readAll(file, Number(offset), Number(length)),
    close: () => file.close(),
  };
}

/**
 * Makes a file.
 *
 * @param options `force`: whether one that is there may be emptied for it; no unless said otherwise
 * @throws what the system says: EEXIST where the file is there
 */
export async function openFileWritable(
  path: string,
  options: { readonly force?: boolean | undefined } = {},
): Promise<FileWritable> {
  const file = await open(path, options.force ? "w" : "wx");
  await syncFolder(dirname(path));
  return new AppendedFile(file);
}

class AppendedFile implements FileWritable {
  size = 0;
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    // A disk that gets full takes a part of the bytes without a word, and says so with the next write.
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, written, bytes.length - written, this.size);
      written += bytesWritten;
      this.size += bytesWritten;
    }
  }

  async sync(): Promise<void> {
    await this.#file.datasync();
  }

  async truncate(size: number): Promise<void> {
    await this.#file.truncate(size);
    this.size = size;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function readAll(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let read = 0; read < length; ) {
    const { bytesRead } = await file.read(bytes, read, length - read, offset + read);
    if (bytesRead === 0)
      throw new RangeError(`The file ends at byte ${offset + read}: ${length} bytes from ${offset} on were asked for.`);
    read += bytesRead;
  }
  return bytes;
}

/** A new file outlasts a loss of power once its folder is on the disk, too. Not all systems let that be asked for. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // Windows opens no folders; network drives may not sync them.
  }
}

/**
 * Node's own zstd; `undefined` where it has none: it came with Node 22.15.
 *
 * @param level from 1, the fastest, to 22; 3 unless said otherwise
 */
export async function zstdCompression(level = 3): Promise<ChunkCompression | undefined> {
  // What the types of Node 20 do not have.
  const zlib = (await import("node:zlib")) as unknown as {
    readonly zstdCompressSync?: (bytes: Uint8Array, options: object) => Uint8Array;
    readonly constants: { readonly ZSTD_c_compressionLevel?: number };
  };
  const { zstdCompressSync, constants } = zlib;
  if (!zstdCompressSync || constants.ZSTD_c_compressionLevel === undefined) return undefined;
  const options = { params: { [constants.ZSTD_c_compressionLevel]: level } };
  return { name: "zstd", compress: (bytes) => zstdCompressSync(bytes, options) };
}
