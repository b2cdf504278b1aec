import type { LayoutName } from "../../format/layouts.js";
import { RawRow, rowFields } from "../../frames/rules.js";
import { type LifeStore, NONE } from "./life-store.js";

/**
 * Finds which rows without cookies are connections that the table before had, as src/frames/rules.ts says: first those whose bytes
 * are the same, then those that have the same ends.
 */
export class Pairing {
  readonly #here: RawRow;
  readonly #there: RawRow;
  readonly #rowSize: number;
  /** Chains of rows of the table before, by their hashes: the first one of each chain, and the one behind each. */
  #heads = new Int32Array(64);
  #nexts = new Int32Array(0);
  #hashes = new Uint32Array(0);

  constructor(layout: LayoutName, rowSize: number) {
    const fields = rowFields(layout);
    this.#here = new RawRow(fields);
    this.#there = new RawRow(fields);
    this.#rowSize = rowSize;
  }

  /**
   * @param places where the rows lie in `words`, bytes from the start
   * @param slots of rows of the table before; those that are paired become NONE
   * @returns the slot of each row, NONE where it has none
   */
  pair(words: Uint32Array, places: readonly number[], store: LifeStore, slots: number[]): number[] {
    const paired = new Array<number>(places.length).fill(NONE);
    if (slots.length === 0 || places.length === 0) return paired;
    const here = viewOf(words);
    const there = viewOf(store.rows);
    for (let round = 0; round < 2; round++) {
      const byEnds = round === 1;
      this.#chain(there, slots, byEnds);
      for (let place = 0; place < places.length; place++) {
        if (paired[place] !== NONE) continue;
        const found = this.#find(here, places[place] as number, there, slots, byEnds);
        if (found === NONE) continue;
        paired[place] = slots[found] as number;
        slots[found] = NONE;
      }
    }
    return paired;
  }

  /** Makes the chains of all rows that are not paired; in a chain the earlier one comes first. */
  #chain(there: DataView, slots: readonly number[], byEnds: boolean): void {
    if (this.#nexts.length < slots.length) {
      this.#nexts = new Int32Array(slots.length * 2);
      this.#hashes = new Uint32Array(slots.length * 2);
      let size = this.#heads.length;
      while (size < slots.length * 2) size *= 2;
      this.#heads = new Int32Array(size);
    }
    this.#heads.fill(NONE);
    for (let at = slots.length - 1; at >= 0; at--) {
      const slot = slots[at] as number;
      if (slot === NONE) continue;
      const hash = this.#hashOf(this.#there.moveTo(there, slot * this.#rowSize), byEnds);
      const head = hash & (this.#heads.length - 1);
      this.#hashes[at] = hash;
      this.#nexts[at] = this.#heads[head] as number;
      this.#heads[head] = at;
    }
  }

  /** The first row of the table before that a row is paired with; NONE where there is none. */
  #find(here: DataView, at: number, there: DataView, slots: readonly number[], byEnds: boolean): number {
    const row = this.#here.moveTo(here, at);
    const hash = this.#hashOf(row, byEnds);
    let found = this.#heads[hash & (this.#heads.length - 1)] as number;
    for (; found !== NONE; found = this.#nexts[found] as number) {
      const slot = slots[found] as number;
      if (slot === NONE || this.#hashes[found] !== hash) continue;
      if (byEnds) {
        const before = this.#there.moveTo(there, slot * this.#rowSize);
        if (before.hasEndsOf(row) && before.mayBecome(row)) return found;
      } else if (this.#hasSameBytes(here, at, there, slot)) return found;
    }
    return NONE;
  }

  #hashOf(row: RawRow, byEnds: boolean): number {
    return byEnds ? row.hashOfEnds(0) : row.hashOfBytes(0, this.#rowSize);
  }

  #hasSameBytes(here: DataView, at: number, there: DataView, slot: number): boolean {
    for (let byte = 0; byte < this.#rowSize; byte += 4)
      if (here.getUint32(at + byte) !== there.getUint32(slot * this.#rowSize + byte)) return false;
    return true;
  }
}

function viewOf(words: Uint32Array): DataView {
  return new DataView(words.buffer, words.byteOffset, words.byteLength);
}
