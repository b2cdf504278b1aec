import type { LayoutName } from "../../format/layouts.js";
import { RawRow, rowFields } from "../../frames/rules.js";
import { type LifeStore, NONE } from "./life-store.js";

/** Up to so many pairs are looked at one by one, without a table of hashes. */
const FEW = 4096;

/**
 * Finds which rows without cookies are connections that the table before had, as src/frames/rules.ts says: first those whose bytes
 * are the same, then those that have the same ends.
 */
export class Pairing {
  readonly #fields;
  readonly #here;
  readonly #there;
  readonly #rowSize: number;

  constructor(layout: LayoutName, rowSize: number) {
    this.#fields = rowFields(layout);
    this.#here = new RawRow(this.#fields);
    this.#there = new RawRow(this.#fields);
    this.#rowSize = rowSize;
  }

  /**
   * @param places where the rows lie in `words`, bytes from the start
   * @param slots of rows of the table before; those that are paired become NONE
   * @returns the slot of each row, NONE where it has none
   */
  pair(words: Uint32Array, places: readonly number[], store: LifeStore, slots: number[]): number[] {
    const paired = places.map(() => NONE);
    if (slots.length === 0 || places.length === 0) return paired;
    const [here, there] = [viewOf(words), viewOf(store.rows)];
    for (const byEnds of [false, true]) {
      const hashOf = (row: RawRow) => (byEnds ? row.hashOfEnds(0) : row.hashOfBytes(0, this.#rowSize));
      const hashes = slots.map((slot) => (slot === NONE ? 0 : hashOf(this.#there.moveTo(there, slot * this.#rowSize))));
      const byHash = slots.length * places.length > FEW ? groupedBy(hashes) : undefined;
      for (const [place, at] of places.entries()) {
        if (paired[place] !== NONE) continue;
        const row = this.#here.moveTo(here, at);
        const hash = hashOf(row);
        const fits = (candidate: number): boolean => {
          const slot = slots[candidate] as number;
          if (slot === NONE || hashes[candidate] !== hash) return false;
          const before = this.#there.moveTo(there, slot * this.#rowSize);
          return byEnds ? before.hasEndsOf(row) && before.mayBecome(row) : this.#hasSameBytes(here, at, there, slot);
        };
        const found = byHash
          ? (byHash.get(hash)?.find(fits) ?? NONE)
          : slots.findIndex((_, candidate) => fits(candidate));
        if (found === NONE) continue;
        paired[place] = slots[found] as number;
        slots[found] = NONE;
      }
    }
    return paired;
  }

  #hasSameBytes(here: DataView, at: number, there: DataView, slot: number): boolean {
    for (let byte = 0; byte < this.#rowSize; byte += 4)
      if (here.getUint32(at + byte) !== there.getUint32(slot * this.#rowSize + byte)) return false;
    return true;
  }
}

function groupedBy(hashes: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [at, hash] of hashes.entries()) {
    const group = groups.get(hash);
    if (group) group.push(at);
    else groups.set(hash, [at]);
  }
  return groups;
}

function viewOf(words: Uint32Array): DataView {
  return new DataView(words.buffer, words.byteOffset, words.byteLength);
}
