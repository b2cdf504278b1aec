import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import type { Comparison } from "./comparison.js";
import { RawRow, rowFields, SAME_ENDS } from "./rules.js";

/** How many rows ahead a row is looked for on either side where the tables differ. */
const LOOK_AHEAD = 16;

/** Rows that may differ without a match nearby, and beside them one in so many, before the walk is given up. */
const LOST_ROWS = 16;
const LOST_SHARE = 16;

/** The plain engine's comparison: the same steps as assembly/compare.ts, and so the same runs. */
export class PlainComparison implements Comparison {
  runs: number[] = [];
  opened: number[] = [];
  closed: number[] = [];
  changed: number[] = [];
  readonly #seed: number;
  readonly #before: Side;
  readonly #after: Side;
  readonly #rowSize: number;
  /** Previous rows that have been copied. */
  readonly #copied: Uint8Array;

  /**
   * @param previous a whole table, of so many rows
   * @param seed of the hashes: what is found does not depend on it
   */
  constructor(
    layout: LayoutName,
    previous: Uint8Array,
    previousCount: number,
    current: Uint8Array,
    currentCount: number,
    seed: number,
  ) {
    this.#seed = seed;
    this.#before = new Side(layout, previous, previousCount);
    this.#after = new Side(layout, current, currentCount);
    this.#rowSize = LAYOUTS[layout].rowSize;
    this.#copied = new Uint8Array(previousCount);
  }

  /** Finds the runs: first by walking both tables in step, then, where these have nothing to do with each other, by hashes. */
  findCopies(): void {
    const [before, after] = [this.#before, this.#after];
    let [there, here, newRows, lost] = [0, 0, 0, 0];
    const mayLose = LOST_ROWS + Math.floor(after.count / LOST_SHARE);
    while (here < after.count && there < before.count) {
      if (before.isEqual(there, after, here)) {
        this.#addRun(newRows, there, 1);
        newRows = 0;
        here++;
        there++;
        continue;
      }
      const [gone, came] = this.#lookAhead(there, here);
      if (gone === 0 && came === 0) {
        if (++lost > mayLose) break;
        there++;
        here++;
        newRows++;
      } else {
        there += gone;
        here += came;
        newRows += came;
      }
    }
    if (lost > mayLose) this.#findByHash(there, here, newRows);
  }

  /** Rows to pass over on either side until they are equal again; 0 and 0 where they are not soon. */
  #lookAhead(there: number, here: number): [gone: number, came: number] {
    const [before, after] = [this.#before, this.#after];
    for (let ahead = 1; ahead <= LOOK_AHEAD; ahead++) {
      const inBefore = there + ahead < before.count;
      const inAfter = here + ahead < after.count;
      if (inBefore && before.isEqual(there + ahead, after, here)) return [ahead, 0];
      if (inAfter && before.isEqual(there, after, here + ahead)) return [0, ahead];
      if (inBefore && inAfter && before.isEqual(there + ahead, after, here + ahead)) return [ahead, ahead];
    }
    return [0, 0];
  }

  #findByHash(from: number, start: number, rows: number): void {
    const [before, after] = [this.#before, this.#after];
    const places = new Map<number, number[]>();
    for (let there = from; there < before.count; there++) push(places, this.#hashOfBytes(before, there), there);
    let newRows = rows;
    let expected = before.count;
    for (let here = start; here < after.count; here++) {
      const isNext = expected < before.count && !this.#copied[expected] && before.isEqual(expected, after, here);
      const found = isNext ? expected : this.#firstEqual(places.get(this.#hashOfBytes(after, here)), here);
      if (found === undefined) {
        newRows++;
        expected = before.count;
        continue;
      }
      this.#addRun(newRows, found, 1);
      newRows = 0;
      expected = found + 1;
    }
  }

  #firstEqual(candidates: readonly number[] = [], here: number): number | undefined {
    return candidates.find((there) => !this.#copied[there] && this.#before.isEqual(there, this.#after, here));
  }

  #addRun(newRows: number, from: number, length: number): void {
    this.#copied.fill(1, from, from + length);
    const { runs } = this;
    const last = runs.length - 3;
    if (newRows === 0 && last >= 0 && (runs[last + 1] as number) + (runs[last + 2] as number) === from)
      runs[last + 2] = (runs[last + 2] as number) + length;
    else runs.push(newRows, from, length);
  }

  #hashOfBytes(side: Side, row: number): number {
    return side.row(row).hashOfBytes(this.#seed, this.#rowSize);
  }

  /** Says of the rows that are no copies which connections they are: rules 1 to 4. */
  compareLeftovers(): void {
    const [before, after] = [this.#before, this.#after];
    const left: Leftovers = { before: this.#leftBefore(), after: this.#leftAfter() };
    const hashOfBytes = (side: Side, row: number) => this.#hashOfBytes(side, row);
    this.#pair(left, hashOfBytes, (candidates, here) => candidates.find((there) => before.isEqual(there, after, here)));
    const hashOfEnds = (side: Side, row: number) => side.row(row).hashOfEnds(this.#seed);
    const pairs = this.#pair(left, hashOfEnds, (candidates, here) => {
      const later = after.row(here);
      const sameEnds = candidates.filter((there) => before.row(there).hasEndsOf(later)).slice(0, SAME_ENDS);
      return sameEnds.find((there) => before.row(there).mayBecome(later));
    });
    this.changed = pairs.filter(([here, there]) => before.row(there).differsIn(after.row(here))).flat();
    this.opened = left.after;
    this.closed = left.before;
  }

  #leftBefore(): number[] {
    return [...this.#copied.keys()].filter((row) => !this.#copied[row]);
  }

  #leftAfter(): number[] {
    const left: number[] = [];
    let row = 0;
    const leave = (end: number) => {
      for (; row < end; row++) left.push(row);
    };
    for (let run = 0; run < this.runs.length; run += 3) {
      leave(row + (this.runs[run] as number));
      row += this.runs[run + 2] as number;
    }
    leave(this.#after.count);
    return left;
  }

  /** Takes out of the leftovers those for which a partner is found. Returns pairs of a current and a previous row. */
  #pair(
    left: Leftovers,
    hash: (side: Side, row: number) => number,
    find: (candidates: readonly number[], here: number) => number | undefined,
  ): [here: number, there: number][] {
    const places = new Map<number, number[]>();
    for (const there of left.before) push(places, hash(this.#before, there), there);
    const pairs: [number, number][] = [];
    const unpaired: number[] = [];
    for (const here of left.after) {
      const candidates = places.get(hash(this.#after, here)) ?? [];
      const there = find(candidates, here);
      if (there === undefined) {
        unpaired.push(here);
      } else {
        candidates.splice(candidates.indexOf(there), 1);
        pairs.push([here, there]);
      }
    }
    left.after = unpaired;
    left.before = [...places.values()].flat().sort((a, b) => a - b);
    return pairs;
  }
}

/** Row numbers that have no partner yet, ascending. */
interface Leftovers {
  before: number[];
  after: number[];
}

/** One of the two tables. */
class Side {
  readonly count: number;
  readonly #table: DataView;
  readonly #words: Int32Array;
  readonly #firstWord: number;
  readonly #rowWords: number;
  readonly #row: RawRow;

  constructor(layout: LayoutName, bytes: Uint8Array, count: number) {
    const { firstRow, rowSize } = LAYOUTS[layout];
    this.count = count;
    this.#table = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
    this.#firstWord = firstRow / 4;
    this.#rowWords = rowSize / 4;
    this.#row = new RawRow(rowFields(layout));
  }

  row(index: number): RawRow {
    return this.#row.moveTo(this.#table, (this.#firstWord + index * this.#rowWords) * 4);
  }

  /** Whether a row has the same bytes as one of the other table. */
  isEqual(index: number, other: Side, otherIndex: number): boolean {
    let mine = this.#firstWord + index * this.#rowWords;
    let others = other.#firstWord + otherIndex * this.#rowWords;
    for (const end = mine + this.#rowWords; mine < end; mine++, others++)
      if (this.#words[mine] !== other.#words[others]) return false;
    return true;
  }
}

function push<Key>(lists: Map<Key, number[]>, key: Key, value: number): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
