import type { Query } from "../../decoder/query.js";
import type { TcpTable } from "../../decoder/table/table.js";
import { byteLengthOf } from "../../format/header.js";
import { LAYOUTS, type LayoutName } from "../../format/layouts.js";
import type { FrameMemory } from "../../frames/memory.js";

/** The new rows of many samples as one table, so that the filter runs once over all of them. */
export class RowBatch {
  /** Rows so far. */
  length = 0;
  /** The table's bytes as words. */
  words: Uint32Array;
  /** 1 for each row that matches, once `match` has been called. */
  marks = new Uint8Array(0);
  /** Where it is decoded: in the memory of frames, so that a page needs one kernel and not two. */
  readonly #memory: FrameMemory;
  readonly #query: Query;
  #bytes = new Uint8Array(1 << 16);
  #layout: LayoutName = "MIB_TCPTABLE";
  #table: TcpTable | undefined;

  constructor(memory: FrameMemory, query: Query) {
    this.#memory = memory;
    this.#query = query;
    this.words = new Uint32Array(this.#bytes.buffer);
  }

  /** Begins an empty one. */
  begin(layout: LayoutName): void {
    this.#layout = layout;
    this.length = 0;
  }

  /** Where a row lies, bytes from the start of `words`. */
  placeOf(row: number): number {
    const { firstRow, rowSize } = LAYOUTS[this.#layout];
    return firstRow + row * rowSize;
  }

  /** Adds rows, which lie in `bytes` from `at` on. */
  add(bytes: Uint8Array, at: number, rows: number): void {
    const to = this.placeOf(this.length);
    const end = this.placeOf(this.length + rows);
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(end * 2);
      larger.set(this.#bytes.subarray(0, to));
      this.#bytes = larger;
      this.words = new Uint32Array(larger.buffer, 0, larger.length >>> 2);
    }
    this.#bytes.set(bytes.subarray(at, at + end - to), to);
    this.length += rows;
  }

  /** Marks the rows that match. */
  match(): void {
    const { length: rows } = this;
    if (rows === 0) return;
    new DataView(this.#bytes.buffer).setUint32(0, rows, true);
    const length = byteLengthOf(this.#layout, rows);
    const memory = this.#memory;
    memory.expire();
    if (!memory.hasRoom(length, 0, 0)) memory.makeRoom(length * 2, 0, 0);
    memory.bytes.set(this.#bytes.subarray(0, length), memory.slotAt(0));
    this.#table = memory.decode(memory.slotAt(0), rows, this.#layout, this.#table);
    if (this.marks.length < rows) this.marks = new Uint8Array(rows * 2);
    else this.marks.fill(0, 0, rows);
    const { indices } = this.#table.select(this.#query);
    for (let at = 0; at < indices.length; at++) this.marks[indices[at] as number] = 1;
  }
}
