import type { Readable } from "./access.js";

/** Bytes that are read at once. */
const AHEAD = 2 ** 18;

/** Reads small parts of a file in ascending order, few of them from the file itself. */
export class Window {
  readonly #readable: Readable;
  readonly #size: number;
  #from = 0;
  #bytes = new Uint8Array(0);

  constructor(readable: Readable, size: number) {
    this.#readable = readable;
    this.#size = size;
  }

  /** A view, valid until the next call. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const at = offset - this.#from;
    if (at < 0 || at + length > this.#bytes.length) {
      const wanted = Math.min(this.#size - offset, Math.max(length, AHEAD));
      this.#bytes = (await this.#readable.read(BigInt(offset), BigInt(wanted))) as Uint8Array<ArrayBuffer>;
      this.#from = offset;
      return this.#bytes.subarray(0, length);
    }
    return this.#bytes.subarray(at, at + length);
  }
}
