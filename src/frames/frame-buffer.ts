import type { LayoutName } from "../format/layouts.js";
import { Views } from "../format/views.js";
import { LANES, mixLanes } from "./checksum.js";
import { AT, type FrameClock, HEADER, padded, writeChecksum, writeHeader } from "./header.js";

/**
 * Memory for frames of one kind that is no table's: each is written over the one before. Such frames are small and rare beside
 * tables, so both engines make their checksum in TypeScript.
 */
export class FrameBuffer {
  bytes = new Uint8Array(0);
  view = new DataView(this.bytes.buffer);
  readonly #views = new Views((length) => this.bytes.subarray(0, length));
  readonly #lanes = new Int32Array(4);
  #length = 0;

  /** Makes room for a frame with so many bytes behind its header, all zeros. */
  begin(bodyLength: number): this {
    this.#length = padded(HEADER + bodyLength);
    if (this.#length > this.bytes.length) {
      this.bytes = new Uint8Array(this.#length * 2);
      this.view = new DataView(this.bytes.buffer);
      this.#views.clear();
    } else {
      this.bytes.fill(0, 0, this.#length);
    }
    return this;
  }

  /**
   * Writes header and checksum: body must be there.
   *
   * @param layout `undefined` for a frame that is of no family
   * @param rows how many of whatever the kind has many of
   * @param textBytes of the text in it
   * @returns the frame
   */
  finish(
    kind: number,
    layout: LayoutName | undefined,
    stream: Uint32Array,
    sequence: number,
    clock: FrameClock,
    rows: number,
    textBytes: number,
  ): Uint8Array {
    const { view } = this;
    writeHeader(view, 0, kind, this.#length, layout, stream, sequence, clock);
    view.setUint32(AT.rows, rows, true);
    view.setUint32(AT.runs, textBytes, true);
    this.#lanes.set(LANES);
    mixLanes(view, 0, this.#length, this.#lanes);
    writeChecksum(view, 0, this.#length, this.#lanes);
    return this.#views.of(this.#length);
  }
}
