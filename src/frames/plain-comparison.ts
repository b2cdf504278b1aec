import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import { RawRow, type RowFields, rowFields, SAME_ENDS } from "./rules.js";

/** How many rows ahead a row is looked for on either side where the tables differ. */
const LOOK_AHEAD = 16;

/** Rows that may differ without a match nearby, beside one in so many, before the walk is given up. */
const LOST_ROWS = 16;
const LOST_SHARE = 16;

const PAIRED = -1;

/** The plain engine's comparison: the same steps as assembly/compare.ts, and so the same runs. */
export class PlainComparison {
  runs: number[] = [];
  opened: number[] = [];
  closed: number[] = [];
  changed: number[] = [];
  readonly #seed: number;
  #previous = new DataView(new ArrayBuffer(0));
  #current = new DataView(new ArrayBuffer(0));
  #previousCount = 0;
  #currentCount = 0;
  #firstRow = 0;
  #stride = 0;
  #fields: RowFields = rowFields("MIB_TCPTABLE");
  #before = new RawRow(this.#fields);
  #after = new RawRow(this.#fields);
  #copied = new Uint8Array(0);

  /** @param seed of the hashes: what is found does not depend on it */
  constructor(seed: number) {
    this.#seed = seed;
  }

  begin(layout: LayoutName, previous: Uint8Array, previousCount: number, current: Uint8Array, currentCount: number): void {
    this.#previous = new DataView(previous.buffer, previous.byteOffset, previous.byteLength);
    this.#current = new DataView(current.buffer, current.byteOffset, current.byteLength);
    this.#previousCount = previousCount;
    this.#currentCount = currentCount;
    this.#firstRow = LAYOUTS[layout].firstRow;
    this.#stride = LAYOUTS[layout].rowSize;
    this.#fields = rowFields(layout);
    this.#before = new RawRow(this.#fields);
    this.#after = new RawRow(this.#fields);
    this.#copied = new Uint8Array(previousCount);
    this.runs = [];
  }
}
