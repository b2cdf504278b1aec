import type { Readable, Writable } from "../../capture/index.js";

/** A file in memory that is read while it is written. */
export class MemoryFile {
  /** One behind the other, none empty. */
  readonly #parts: Uint8Array[] = [];
  /** Where each begins. */
  readonly #starts: number[] = [];
  #size = 0;

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  readonly writable: Writable = Object.defineProperty(
    {
      write: async (bytes: Uint8Array) => this.#append(bytes),
      sync: async () => {},
      truncate: async (size: number) => this.#truncate(size),
      size: 0,
    },
    "size",
    { get: () => this.#size },
  );

  readonly readable: Readable = {
    size: async () => BigInt(this.#size),
    read: async (offset, length) => this.#read(Number(offset), Number(length)),
  };

  #append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#starts.push(this.#size);
    // The writer uses its memory again.
    this.#parts.push(bytes.slice());
    this.#size += bytes.length;
  }

  #truncate(size: number): void {
    while (this.#size > size) {
      const start = this.#starts.pop() as number;
      const part = this.#parts.pop() as Uint8Array;
      this.#size = start;
      if (start < size) this.#append(part.subarray(0, size - start));
    }
  }

  #read(offset: number, length: number): Uint8Array {
    if (offset + length > this.#size)
      throw new RangeError(`The file has ${this.#size} bytes: ${length} from ${offset} on were asked for.`);
    const bytes = new Uint8Array(length);
    let part = this.#partAt(offset);
    for (let read = 0; read < length; part++) {
      const from = offset + read - (this.#starts[part] as number);
      const found = (this.#parts[part] as Uint8Array).subarray(from, from + length - read);
      bytes.set(found, read);
      read += found.length;
    }
    return bytes;
  }

  /** The part that holds a byte. */
  #partAt(offset: number): number {
    let [low, high] = [0, this.#parts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}
