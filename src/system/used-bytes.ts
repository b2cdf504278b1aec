import { Views } from "../format/views.js";

/** A buffer, and views on its first bytes. */
class BufferViews {
  buffer: Uint8Array = new Uint8Array(0);
  readonly views = new Views((length) => this.buffer.subarray(0, length));

  replace(buffer: Uint8Array): void {
    this.buffer = buffer;
    this.views.clear();
  }
}

/**
 * The part of a buffer that a table fills. Its size wanders from sample to sample, so views of earlier sizes are kept; and those of
 * two buffers, for a writer of frames gives two in turn.
 */
export class UsedBytes {
  #last = new BufferViews();
  #other = new BufferViews();

  /** The first `length` bytes of a buffer; the same view for the same two, so that a sample makes no garbage. */
  of(buffer: Uint8Array, length: number): Uint8Array {
    if (buffer !== this.#last.buffer) {
      const other = this.#other;
      this.#other = this.#last;
      this.#last = other;
      if (buffer !== other.buffer) other.replace(buffer);
    }
    return this.#last.views.of(length);
  }
}
