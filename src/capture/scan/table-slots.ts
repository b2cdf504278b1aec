import { NONE } from "./life-store.js";

/** Rows up to which copying one by one is quicker than the call that copies many. */
const FEW = 16;

/**
 * The slot of each row of a family's table, taken along from table to table: a delta's runs say which rows are copies, so that the
 * tables themselves need not be looked at.
 */
export class TableSlots {
  /** Rows of the table. */
  length = 0;
  /** Rows of the table that are no copies, by their numbers: the first `newLength`. */
  newRows = new Int32Array(0);
  newLength = 0;
  /** Slots of rows of the table before that were not copied: the first `leftLength`. */
  left = new Int32Array(0);
  leftLength = 0;
  /** Slots of this table and of the one before, in two halves of one array: so they are copied without a view of either. */
  #slots = new Int32Array(2048);
  #here = 0;

  slotOf(row: number): number {
    return this.#slots[this.#here + row] as number;
  }

  setSlot(row: number, slot: number): void {
    this.#slots[this.#here + row] = slot;
  }

  /**
   * Goes on to the next table.
   *
   * @param rows of the next table
   * @param runs numbers of its runs, as src/frames/format.md has them, from `from` to before `end`
   */
  copy(rows: number, runs: Uint32Array, from: number, end: number): void {
    const beforeLength = this.length;
    this.#makeRoom(rows, beforeLength);
    const slots = this.#slots;
    const before = this.#here;
    const here = before === 0 ? slots.length >>> 1 : 0;
    const { newRows, left } = this;
    let newLength = 0;
    let leftLength = 0;
    let row = 0;
    let there = 0;
    let ascends = true;
    for (let at = from; at < end; at += 3) {
      for (let last = (row + (runs[at] as number)) | 0; row < last; row++) newRows[newLength++] = row;
      const distance = runs[at + 1] as number;
      // Whole numbers of 32 bits, and known as such.
      const first = (there + ((distance >>> 1) ^ -(distance & 1))) | 0;
      const count = (runs[at + 2] as number) | 0;
      if (first < there) ascends = false;
      else if (ascends) for (; there < first; there++) left[leftLength++] = slots[before + there] as number;
      if (count > FEW) slots.copyWithin(here + row, before + first, before + first + count);
      else
        for (let place = 0; place < count; place++) slots[here + row + place] = slots[before + first + place] as number;
      row += count;
      there = (first + count) | 0;
    }
    for (; row < rows; row++) newRows[newLength++] = row;
    if (ascends) for (; there < beforeLength; there++) left[leftLength++] = slots[before + there] as number;
    else leftLength = this.#listLeft(runs, from, end, beforeLength);
    this.#here = here;
    this.length = rows;
    this.newLength = newLength;
    this.leftLength = leftLength;
  }

  /** The same for `left` where runs go back and forth. Returns how many there are. */
  #listLeft(runs: Uint32Array, from: number, end: number, beforeLength: number): number {
    const copied = new Uint8Array(beforeLength);
    let expected = 0;
    for (let at = from; at < end; at += 3) {
      const distance = runs[at + 1] as number;
      const first = expected + ((distance >>> 1) ^ -(distance & 1));
      expected = first + (runs[at + 2] as number);
      copied.fill(1, first, expected);
    }
    let length = 0;
    for (let there = 0; there < beforeLength; there++)
      if (copied[there] === 0) this.left[length++] = this.slotOf(there);
    return length;
  }

  #makeRoom(rows: number, beforeLength: number): void {
    if (this.newRows.length < rows) this.newRows = new Int32Array(rows * 2);
    if (this.left.length < beforeLength) this.left = new Int32Array(beforeLength * 2);
    if (this.#slots.length >>> 1 >= rows) return;
    const larger = new Int32Array((rows + (rows >>> 2)) * 2).fill(NONE);
    larger.set(this.#slots.subarray(this.#here, this.#here + beforeLength));
    this.#slots = larger;
    this.#here = 0;
  }
}
