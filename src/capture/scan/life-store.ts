import { fieldOf, LAYOUTS, type LayoutName } from "../../format/layouts.js";

/** No slot, no state. */
export const NONE = -1;

/** Words of what an end tells: bytes sent, bytes received (two each), retransmits, round-trip time. */
export const FIGURE_WORDS = 6;

/** States that are told of one connection. */
const MOST_STATES = 64;

/** Bits of `flags`. */
export const LIFE = { older: 1, sampled: 2, matched: 4, kept: 8, indexed: 16 } as const;

/**
 * What is known of connections, a typed array for each thing: a recording of an hour has a million lives. A connection has a *slot*. Where it does not match, the slot is used again once it is gone.
 */
export class LifeStore {
  readonly layout: LayoutName;
  /** The last row that is known, as the table had it: words, which lie in memory as the row's bytes do. */
  rows = new Uint32Array(0);
  /** Words of a row. */
  readonly rowWords: number;
  /** How many rows of the table are its own: a dump may show one twice. */
  refs = new Int32Array(0);
  /** The sample from which on it is there, by its number, and how many samples it was in before. */
  since = new Int32Array(0);
  samples = new Int32Array(0);
  /** Likewise for the samples in which it matches; NONE while it does not. */
  matchSince = new Int32Array(0);
  matches = new Int32Array(0);
  firstTime = new Float64Array(0);
  lastTime = new Float64Array(0);
  /** NaN where no end was told. */
  endTime = new Float64Array(0);
  figures = new Uint32Array(0);
  flags = new Uint8Array(0);
  /** The number of the sample that it is gone since. */
  goneAt = new Int32Array(0);
  readonly names = new Map<number, string>();
  /** The slots of all lives that matched and are kept. */
  readonly kept: number[] = [];
  /** Lives that matched. */
  count = 0;

  readonly #limit: number;
  /** Words from the start of a row. */
  readonly #cookieAt: number;
  #free: number[] = [];
  #length = 0;
  /** Chains of slots with cookies. */
  #heads = new Int32Array(1024).fill(NONE);
  #nexts = new Int32Array(0);
  #indexed = 0;
  /** States of all lives: chains through `#stateNexts`. */
  #firstState = new Int32Array(0);
  #lastState = new Int32Array(0);
  #stateCount = new Uint8Array(0);
  #stateNumbers = new Uint32Array(0);
  #stateTimes = new Float64Array(0);
  #stateNexts = new Int32Array(0);
  #freeState = NONE;
  #stateLength = 0;

  /** @param limit lives that are kept at most */
  constructor(layout: LayoutName, limit: number) {
    this.layout = layout;
    this.rowWords = LAYOUTS[layout].rowSize / 4;
    this.#limit = limit;
    const cookie = fieldOf(layout, "socketCookie");
    this.#cookieAt = cookie ? cookie.offset / 4 : NONE;
  }

  /** A new slot, of a connection that no table has so far. */
  create(time: number): number {
    const slot = this.#free.pop() ?? this.#length++;
    if (slot >= this.refs.length) this.#grow();
    this.refs[slot] = 0;
    this.since[slot] = 0;
    this.samples[slot] = 0;
    this.matchSince[slot] = NONE;
    this.matches[slot] = 0;
    this.firstTime[slot] = time;
    this.lastTime[slot] = time;
    this.endTime[slot] = Number.NaN;
    this.flags[slot] = 0;
    this.goneAt[slot] = NONE;
    this.#firstState[slot] = NONE;
    this.#lastState[slot] = NONE;
    this.#stateCount[slot] = 0;
    return slot;
  }

  /** Gives a slot back, unless its life is kept. */
  release(slot: number): void {
    if ((this.flags[slot] as number) & LIFE.indexed) this.#removeFromIndex(slot);
    if ((this.flags[slot] as number) & LIFE.kept) return;
    const last = this.#lastState[slot] as number;
    if (last !== NONE) {
      this.#stateNexts[last] = this.#freeState;
      this.#freeState = this.#firstState[slot] as number;
    }
    if (this.names.size > 0) this.names.delete(slot);
    this.#free.push(slot);
  }

  /** The life matches from now on, or did. */
  noteMatch(slot: number): void {
    const flags = this.flags[slot] as number;
    if (flags & LIFE.matched) return;
    this.count++;
    const isKept = this.kept.length < this.#limit;
    if (isKept) this.kept.push(slot);
    this.flags[slot] = flags | LIFE.matched | (isKept ? LIFE.kept : 0);
  }

  /** Copies a row. @param at words from the start */
  setRow(slot: number, words: Uint32Array, at: number): void {
    const { rows, rowWords } = this;
    const to = slot * rowWords;
    for (let word = 0; word < rowWords; word++) rows[to + word] = words[at + word] as number;
  }

  /** Adds a state, unless it is the last one. */
  addState(slot: number, state: number, time: number): void {
    const last = this.#lastState[slot] as number;
    if (last !== NONE && this.#stateNumbers[last] === state) return;
    if (last !== NONE && (this.#stateCount[slot] as number) >= MOST_STATES) {
      this.#stateNumbers[last] = state;
      this.#stateTimes[last] = time;
      return;
    }
    const added = this.#newState();
    this.#stateNumbers[added] = state;
    this.#stateTimes[added] = time;
    this.#stateNexts[added] = NONE;
    if (last === NONE) this.#firstState[slot] = added;
    else this.#stateNexts[last] = added;
    this.#lastState[slot] = added;
    (this.#stateCount[slot] as number)++;
  }

  /** The states of a life in order, and since when. */
  statesOf(slot: number): { readonly number: number; readonly time: number }[] {
    const states: { number: number; time: number }[] = [];
    for (let at = this.#firstState[slot] as number; at !== NONE; at = this.#stateNexts[at] as number)
      states.push({ number: this.#stateNumbers[at] as number, time: this.#stateTimes[at] as number });
    return states;
  }

  /** The slot of a cookie; NONE where there is none. */
  find(low: number, high: number): number {
    if (this.#cookieAt === NONE) return NONE;
    const { rows, rowWords } = this;
    for (let slot = this.#heads[this.#headOf(low)] as number; slot !== NONE; slot = this.#nexts[slot] as number) {
      const at = slot * rowWords + this.#cookieAt;
      if (rows[at] === low && rows[at + 1] === high) return slot;
    }
    return NONE;
  }

  /** Makes a slot be found by the cookie of its row. */
  addToIndex(slot: number, low: number): void {
    if (++this.#indexed > this.#heads.length) this.#growHeads();
    const head = this.#headOf(low);
    this.#nexts[slot] = this.#heads[head] as number;
    this.#heads[head] = slot;
    (this.flags[slot] as number) |= LIFE.indexed;
  }

  /** The cookie alone of a slot whose row is none of this layout. */
  setCookie(slot: number, low: number, high: number): void {
    const at = slot * this.rowWords + this.#cookieAt;
    this.rows[at] = low;
    this.rows[at + 1] = high;
  }

  #removeFromIndex(slot: number): void {
    const head = this.#headOf(this.rows[slot * this.rowWords + this.#cookieAt] as number);
    const next = this.#nexts[slot] as number;
    if (this.#heads[head] === slot) this.#heads[head] = next;
    else {
      let before = this.#heads[head] as number;
      while (before !== NONE && this.#nexts[before] !== slot) before = this.#nexts[before] as number;
      if (before !== NONE) this.#nexts[before] = next;
    }
    this.#indexed--;
    (this.flags[slot] as number) &= ~LIFE.indexed;
  }

  #headOf(low: number): number {
    return (Math.imul(low, 0x9e3779b1) >>> 7) & (this.#heads.length - 1);
  }

  #growHeads(): void {
    const slots: number[] = [];
    for (const head of this.#heads)
      for (let slot = head; slot !== NONE; slot = this.#nexts[slot] as number) slots.push(slot);
    this.#heads = new Int32Array(this.#heads.length * 4).fill(NONE);
    for (const slot of slots) {
      const head = this.#headOf(this.rows[slot * this.rowWords + this.#cookieAt] as number);
      this.#nexts[slot] = this.#heads[head] as number;
      this.#heads[head] = slot;
    }
  }

  #newState(): number {
    if (this.#freeState !== NONE) {
      const state = this.#freeState;
      this.#freeState = this.#stateNexts[state] as number;
      return state;
    }
    const state = this.#stateLength++;
    if (state >= this.#stateNumbers.length) {
      const length = Math.max(1024, state * 2);
      this.#stateNumbers = larger(this.#stateNumbers, length);
      this.#stateTimes = larger(this.#stateTimes, length);
      this.#stateNexts = larger(this.#stateNexts, length);
    }
    return state;
  }

  #grow(): void {
    const length = Math.max(1024, this.refs.length * 2);
    this.rows = larger(this.rows, length * this.rowWords);
    this.refs = larger(this.refs, length);
    this.since = larger(this.since, length);
    this.samples = larger(this.samples, length);
    this.matchSince = larger(this.matchSince, length);
    this.matches = larger(this.matches, length);
    this.firstTime = larger(this.firstTime, length);
    this.lastTime = larger(this.lastTime, length);
    this.endTime = larger(this.endTime, length);
    this.figures = larger(this.figures, length * FIGURE_WORDS);
    this.flags = larger(this.flags, length);
    this.goneAt = larger(this.goneAt, length);
    this.#nexts = larger(this.#nexts, length);
    this.#firstState = larger(this.#firstState, length);
    this.#lastState = larger(this.#lastState, length);
    this.#stateCount = larger(this.#stateCount, length);
  }
}

/** The same values, with room for more. */
function larger<Values extends Uint8Array | Uint32Array | Int32Array | Float64Array>(
  values: Values,
  length: number,
): Values {
  const grown = new (values.constructor as new (length: number) => Values)(length);
  grown.set(values);
  return grown;
}
