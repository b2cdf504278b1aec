import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import type { Comparison } from "./comparison.js";
import { RawRow, rowFields, SAME_ENDS } from "./rules.js";

/** How many rows ahead a row is looked for on either side where the tables differ. */
const LOOK_AHEAD = 16;

/** Rows that may differ without a match nearby, and beside them one in so many, before the walk is given up. */
const LOST_ROWS = 16;
const LOST_SHARE = 256;

/** The plain engine's comparison: the same steps as assembly/walk.ts and leftovers.ts, and so the same runs. */
export class PlainComparison implements Comparison {
  runs: number[] = [];
  opened: number[] = [];
  closed: number[] = [];
  changed: number[] = [];
  readonly firstRow: number;
  readonly rowSize: number;
  readonly previousCount: number;
  readonly currentCount: number;
  readonly #hasCookies: boolean;
  readonly #seed: number;
  readonly #before: Side;
  readonly #after: Side;
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
    this.firstRow = LAYOUTS[layout].firstRow;
    this.rowSize = LAYOUTS[layout].rowSize;
    this.previousCount = previousCount;
    this.currentCount = currentCount;
    this.#hasCookies = rowFields(layout).socketCookie >= 0;
    this.#copied = new Uint8Array(previousCount);
  }

  /** Finds the runs: first by walking both tables in step, then, where these have nothing to do with each other, by hashes. */
  findCopies(): void {
    const [before, after] = [this.#before, this.#after];
    let [there, here, newRows, lost] = [0, 0, 0, 0];
    const mayLose = LOST_ROWS + Math.floor(after.count / LOST_SHARE);
    while (here < after.count && there < before.count) {
      if (before.isEqual(there, after, here)) {
        this.addRun(newRows, there, 1);
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
    if (lost > mayLose) this.#findAnywhere(here, newRows);
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

  /** Rows that no run copies. */
  get newRows(): number {
    let copied = 0;
    for (let run = 2; run < this.runs.length; run += 3) copied += this.runs[run] as number;
    return this.currentCount - copied;
  }

  /** Finds copies of the current rows from `start` on among all previous rows that are not copied. */
  #findAnywhere(start: number, rows: number): void {
    const [before, after] = [this.#before, this.#after];
    const places = new Chains(before.count);
    // Backwards, so that the first row of a chain is the first of the table.
    for (let there = before.count - 1; there >= 0; there--)
      if (!this.#copied[there]) places.add(this.#hashOfBytes(before, there), there);
    let newRows = rows;
    let expected = before.count;
    for (let here = start; here < after.count; here++) {
      const isNext = expected < before.count && !this.#copied[expected] && before.isEqual(expected, after, here);
      const isCopy = (there: number) => before.isEqual(there, after, here);
      const isUsed = (there: number) => this.#copied[there] === 1;
      const found = isNext ? expected : places.find(this.#hashOfBytes(after, here), isCopy, isUsed);
      if (found < 0) {
        newRows++;
        expected = before.count;
        continue;
      }
      this.addRun(newRows, found, 1);
      newRows = 0;
      expected = found + 1;
    }
  }

  /** Adds a run of copied rows. False where one of them has been copied already. */
  addRun(newRows: number, from: number, length: number): boolean {
    for (let there = from; there < from + length; there++) if (this.#copied[there]) return false;
    this.#copied.fill(1, from, from + length);
    const { runs } = this;
    const last = runs.length - 3;
    if (newRows === 0 && last >= 0 && (runs[last + 1] as number) + (runs[last + 2] as number) === from)
      runs[last + 2] = (runs[last + 2] as number) + length;
    else runs.push(newRows, from, length);
    return true;
  }

  #hashOfBytes(side: Side, row: number): number {
    return side.row(row).hashOfBytes(this.#seed, this.rowSize);
  }

  /** Says of the rows that are no copies which connections they are: rules 1 to 5. */
  compareLeftovers(): void {
    const [before, after] = [this.#before, this.#after];
    const left: Leftovers = { before: this.#leftBefore(), after: this.#leftAfter() };
    const hashOfBytes = (side: Side, row: number) => this.#hashOfBytes(side, row);
    this.#pair(left, hashOfBytes, (here) => (there) => before.isEqual(there, after, here));
    const hashOfEnds = (side: Side, row: number) => side.row(row).hashOfEnds(this.#seed);
    const pairs = this.#pair(left, hashOfEnds, (here) => {
      const later = after.row(here);
      let sameEnds = 0;
      return (there) => {
        const earlier = before.row(there);
        if (sameEnds >= SAME_ENDS || !earlier.hasEndsOf(later)) return false;
        sameEnds++;
        return earlier.mayBecome(later);
      };
    });
    this.changed = pairs.filter(([here, there]) => before.row(there).differsIn(after.row(here))).flat();
    this.opened = this.#hasCookies ? withoutKnown(left.after, after, before) : left.after;
    this.closed = this.#hasCookies ? withoutKnown(left.before, before, after) : left.before;
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
    isPartnerOf: (here: number) => (there: number) => boolean,
  ): [here: number, there: number][] {
    const places = new Chains(this.#before.count);
    for (const there of left.before.toReversed()) places.add(hash(this.#before, there), there);
    const pairs: [number, number][] = [];
    const unpaired: number[] = [];
    const isPaired = new Uint8Array(this.#before.count);
    const isUsed = (there: number) => isPaired[there] === 1;
    for (const here of left.after) {
      const there = places.find(hash(this.#after, here), isPartnerOf(here), isUsed);
      if (there < 0) {
        unpaired.push(here);
      } else {
        isPaired[there] = 1;
        pairs.push([here, there]);
      }
    }
    left.after = unpaired;
    left.before = left.before.filter((there) => !isPaired[there]);
    return pairs;
  }
}

/** Rule 5: rows without those whose cookie one before them has, or any row of the other table. */
function withoutKnown(rows: readonly number[], side: Side, other: Side): number[] {
  if (rows.length === 0) return [];
  const known = new Set<bigint>();
  for (let row = 0; row < other.count; row++) known.add(other.row(row).socketCookie);
  return rows.filter((row) => {
    const { socketCookie } = side.row(row);
    if (socketCookie !== 0n && known.has(socketCookie)) return false;
    known.add(socketCookie);
    return true;
  });
}

/** Rows by a hash, those of one hash in a chain: the one that was added last comes first. */
class Chains {
  readonly #heads = new Map<number, number>();
  readonly #nexts: Int32Array;

  constructor(rows: number) {
    this.#nexts = new Int32Array(rows);
  }

  add(hash: number, row: number): void {
    this.#nexts[row] = this.#heads.get(hash) ?? -1;
    this.#heads.set(hash, row);
  }

  /** The first row of a chain that fits; −1 for none. Rows that are used fall out of it, so that nobody passes them twice. */
  find(hash: number, fits: (row: number) => boolean, isUsed: (row: number) => boolean): number {
    let before = -1;
    for (let row = this.#heads.get(hash) ?? -1; row >= 0; row = this.#nexts[row] as number) {
      if (!isUsed(row)) {
        if (fits(row)) return row;
        before = row;
      } else if (before < 0) {
        this.#heads.set(hash, this.#nexts[row] as number);
      } else {
        this.#nexts[before] = this.#nexts[row] as number;
      }
    }
    return -1;
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
