import { END_AT, END_RECORD, type Ends, SEEN_BY_SAMPLES } from "../format/ends.js";
import { byteLengthOf } from "../format/header.js";
import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import type { FrameMemory, RowList } from "./memory.js";
import { PlainComparison } from "./plain-comparison.js";

/** Connections that are remembered at most. */
const MOST = 65_536;

/**
 * Connections that tables showed which were not sent: those that the last sent table had not. Most of them will be in the next one
 * that is sent; those that come and go between the two would not be told of at all. Which rows are one connection is said by the
 * rules that hold for consecutive tables. This is the path of a slow consumer: it may make garbage.
 */
export class SkippedTables {
  /** Connections that there was no room for, at least so many. */
  lost = 0;
  #overflow = 0;
  #layout: LayoutName = "MIB_TCPTABLE";
  /** A raw table of their rows as they were last. */
  #table = new Uint8Array(0);
  #length = 0;
  /** Time of the first table that they had gone in; NaN for those that are there. */
  #goneAt: number[] = [];
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;

  /** When the next table is sent, which tells all that is there; and before tables of another layout. */
  clear(): void {
    this.lost = 0;
    this.#overflow = 0;
    this.#length = 0;
    if (this.#goneAt.length > 0) this.#goneAt = []; // no garbage where there is nothing to forget
  }

  /**
   * Takes in one more table.
   *
   * @param at where it lies in a memory
   * @param opened its rows that the last sent table had not
   * @param time when it was read
   * @returns the connections that have gone so far, and that the last sent table had not
   */
  add(memory: FrameMemory, at: number, opened: RowList, layout: LayoutName, time: number): Ends {
    this.#layout = layout;
    const { firstRow, rowSize } = LAYOUTS[layout];
    const seen = new Uint8Array(byteLengthOf(layout, opened.length));
    for (let index = 0; index < opened.length; index++) {
      const from = at + firstRow + (memory.numbers[opened.from + index] as number) * rowSize;
      seen.set(memory.bytes.subarray(from, from + rowSize), firstRow + index * rowSize);
    }
    const known = this.#table.subarray(0, byteLengthOf(layout, this.#length));
    const comparison = new PlainComparison(layout, known, this.#length, seen, opened.length, this.#seed);
    comparison.findCopies();
    comparison.compareLeftovers();
    const { closed, changed } = comparison;
    const gone = new Set(closed);
    for (let row = 0; row < this.#length; row++) {
      if (!gone.has(row)) this.#goneAt[row] = Number.NaN;
      else if (Number.isNaN(this.#goneAt[row])) this.#goneAt[row] = time;
    }
    for (let pair = 0; pair < changed.length; pair += 2)
      this.#set(changed[pair + 1] as number, seen, changed[pair] as number);
    this.#addNew(comparison.opened, seen);
    return this.#ends();
  }

  #addNew(opened: readonly number[], seen: Uint8Array): void {
    const { firstRow, rowSize } = LAYOUTS[this.#layout];
    const added = Math.min(opened.length, MOST - this.#length);
    const byteLength = firstRow + (this.#length + added) * rowSize;
    if (byteLength > this.#table.length) {
      const table = this.#table;
      this.#table = new Uint8Array(byteLength * 2);
      this.#table.set(table);
    }
    for (const row of opened.slice(0, added)) {
      this.#goneAt[this.#length] = Number.NaN;
      this.#set(this.#length++, seen, row);
    }
    // One that stays is without room in each table: only what is more than in the one before is new.
    const overflow = opened.length - added;
    this.lost += Math.max(0, overflow - this.#overflow);
    this.#overflow = overflow;
  }

  #set(row: number, from: Uint8Array, index: number): void {
    const { firstRow, rowSize } = LAYOUTS[this.#layout];
    const start = firstRow + index * rowSize;
    this.#table.set(from.subarray(start, start + rowSize), firstRow + row * rowSize);
  }

  #ends(): Ends {
    const layout = this.#layout;
    const { firstRow, rowSize } = LAYOUTS[layout];
    const gone = [...this.#goneAt.keys()].filter((row) => !Number.isNaN(this.#goneAt[row]));
    gone.sort((a, b) => (this.#goneAt[a] as number) - (this.#goneAt[b] as number));
    const rows = new Uint8Array(byteLengthOf(layout, gone.length));
    // Nobody told figures.
    const records = new Uint8Array(gone.length * END_RECORD).fill(0xff);
    const view = new DataView(records.buffer);
    new DataView(rows.buffer).setUint32(0, gone.length, true);
    for (const [index, row] of gone.entries()) {
      const start = firstRow + row * rowSize;
      rows.set(this.#table.subarray(start, start + rowSize), firstRow + index * rowSize);
      view.setFloat64(index * END_RECORD + END_AT.time, this.#goneAt[row] as number, true);
      view.setBigUint64(index * END_RECORD + END_AT.flags, BigInt(SEEN_BY_SAMPLES), true);
    }
    return { layout, length: gone.length, rows, records };
  }
}
