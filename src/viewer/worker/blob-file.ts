import type { Writable } from "../../capture/index.js";

/** Bytes that are joined into a Blob, which browsers keep on the disk where it is large. */
const JOINED = 8 * 2 ** 20;

/** A file that is written for a page to save. */
export class BlobFile implements Writable {
  #parts: Blob[] = [];
  #pending: Uint8Array<ArrayBuffer>[] = [];
  #pendingBytes = 0;
  size = 0;

  async write(bytes: Uint8Array): Promise<void> {
    // The writer uses its memory again.
    this.#pending.push(bytes.slice());
    this.#pendingBytes += bytes.length;
    this.size += bytes.length;
    if (this.#pendingBytes >= JOINED) this.#join();
  }

  async sync(): Promise<void> {}

  async truncate(size: number): Promise<void> {
    this.#parts = [this.blob("").slice(0, size)];
    this.size = size;
  }

  blob(type: string): Blob {
    this.#join();
    return new Blob(this.#parts, { type });
  }

  #join(): void {
    if (this.#pending.length > 0) this.#parts.push(new Blob(this.#pending));
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
