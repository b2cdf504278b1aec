import { Views } from "../format/views.js";

/** The part of a buffer that a table fills. Its size wanders from sample to sample, so views of earlier sizes are kept. */
export class UsedBytes {
  #buffer: Uint8Array = new Uint8Array(0);
  readonly #views = new Views((length) => this.#buffer.subarray(0, length));

  /** The first `length` bytes of a buffer; the same view for the same two, so that a sample makes no garbage. */
  of(buffer: Uint8Array, length: number): Uint8Array {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#views.clear();
    }
    return this.#views.of(length);
  }
}
