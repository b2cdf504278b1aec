import { END_AT, END_RECORD, type Ends, SEEN_BY_SAMPLES } from "../format/ends.js";
import { byteLengthOf } from "../format/header.js";
import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import type { FrameMemory, RowList } from "./memory.js";

/** Connections that are remembered at most. */
const MOST = 65_536;

/**
 * Connections that tables showed which were not sent: those that the last sent table had not. Most of them will be in the next one
 * that is sent; those that come and go between the two would not be told of at all. Which rows are one connection is said by the
 * rules that hold for consecutive tables: these connections are a table too, in a memory of their own. This is the path of a slow
 * consumer: it may make garbage.
 */
export class SkippedTables {
  /** Connections that there was no room for, at least so many. */
  lost = 0;
  #overflow = 0;
  #layout: LayoutName = "MIB_TCPTABLE";
  /**
   * In slot 0 a raw table of their rows as they were last, in slot 1 those of one more table. Made when a table is first skipped:
   * with most writers none ever is.
   */
  #memory: FrameMemory | undefined;
  #length = 0;
  /** Time of the first table that they had gone in; NaN for those that are there. */
  #goneAt: number[] = [];

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
   * @param from the memory where it lies
   * @param at where it lies there
   * @param opened its rows that the last sent table had not
   * @param time when it was read
   * @returns the connections that have gone so far, and that the last sent table had not
   * @throws {TableTooLargeError} where there is no memory for their rows: all is as it was
   */
  add(from: FrameMemory, at: number, opened: RowList, layout: LayoutName, time: number): Ends {
    this.#memory ??= from.createAnother();
    const memory = this.#memory;
    this.#layout = layout;
    const { firstRow, rowSize } = LAYOUTS[layout];
    const mostRows = Math.min(MOST, this.#length + opened.length);
    this.#makeRoom(memory, Math.max(mostRows, opened.length));
    const [known, seen] = [memory.slotAt(0), memory.slotAt(1)];
    for (let index = 0; index < opened.length; index++) {
      const row = at + firstRow + (from.numbers[opened.from + index] as number) * rowSize;
      memory.bytes.set(from.bytes.subarray(row, row + rowSize), seen + firstRow + index * rowSize);
    }
    memory.beginComparison(layout, known, this.#length, seen, opened.length);
    memory.findCopies();
    memory.compareLeftovers();
    this.#markGone(memory, time);
    const { changed } = memory;
    for (let pair = 0; pair < changed.length; pair++) {
      const here = memory.numbers[changed.from + pair * 2] as number;
      this.#copyRow(memory, here, memory.numbers[changed.from + pair * 2 + 1] as number);
    }
    this.#addNew(memory);
    return this.#ends(memory);
  }

  #makeRoom(memory: FrameMemory, rows: number): void {
    const byteLength = byteLengthOf(this.#layout, rows);
    if (!memory.hasRoom(byteLength, 0, rows)) memory.makeRoom(byteLength * 2, 0, rows * 2);
  }

  /** Those that the table has not: since when. */
  #markGone({ numbers, closed }: FrameMemory, time: number): void {
    const gone = new Set(numbers.subarray(closed.from, closed.from + closed.length));
    for (let row = 0; row < this.#length; row++) {
      if (!gone.has(row)) this.#goneAt[row] = Number.NaN;
      else if (Number.isNaN(this.#goneAt[row])) this.#goneAt[row] = time;
    }
  }

  #addNew(memory: FrameMemory): void {
    const { numbers, opened } = memory;
    const added = Math.min(opened.length, MOST - this.#length);
    for (let index = 0; index < added; index++) {
      this.#goneAt[this.#length] = Number.NaN;
      this.#copyRow(memory, numbers[opened.from + index] as number, this.#length++);
    }
    // One that stays is without room in each table: only what is more than in the one before is new.
    const overflow = opened.length - added;
    this.lost += Math.max(0, overflow - this.#overflow);
    this.#overflow = overflow;
  }

  /** Copies a row of the table that came to one of the rows that are remembered. */
  #copyRow(memory: FrameMemory, from: number, to: number): void {
    const { firstRow, rowSize } = LAYOUTS[this.#layout];
    const start = memory.slotAt(1) + firstRow + from * rowSize;
    memory.bytes.copyWithin(memory.slotAt(0) + firstRow + to * rowSize, start, start + rowSize);
  }

  #ends(memory: FrameMemory): Ends {
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
      const start = memory.slotAt(0) + firstRow + row * rowSize;
      rows.set(memory.bytes.subarray(start, start + rowSize), firstRow + index * rowSize);
      view.setFloat64(index * END_RECORD + END_AT.time, this.#goneAt[row] as number, true);
      view.setBigUint64(index * END_RECORD + END_AT.flags, BigInt(SEEN_BY_SAMPLES), true);
    }
    return { layout, length: gone.length, rows, records };
  }
}
