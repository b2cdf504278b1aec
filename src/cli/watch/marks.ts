import type { Change, RowEvent } from "../../frames/index.js";
import { type ConnectionKey, keyAt, keyOf } from "./connection-key.js";

/** What has become of a connection lately. */
export interface Mark {
  readonly key: ConnectionKey;
  readonly event: RowEvent;
  /** Wall clock of the sample that told it, and which sample that was. */
  readonly time: number;
  readonly sample: number;
}

/** For how long marks stay, milliseconds; the last one is until somebody changes it. */
export const STAYS = [3_000, 10_000, 60_000, Number.POSITIVE_INFINITY] as const;

/** A mark is seen in so many samples at least, however seldom is sampled. */
const SAMPLES = 3;

/** Marks at a time, of each kind that adds rows: a storm must not fill the memory. */
const MOST_MARKS = 20_000;

/** Which connections have opened, closed or changed in the last seconds. */
export class Marks {
  /** For how long they stay, milliseconds. */
  stay: number = STAYS[0];
  readonly #marks = new Map<ConnectionKey, Mark>();
  /** Rows that are in no table any more. Of those that are told as closed, some stay in it for a while. */
  readonly #absent = new Map<ConnectionKey, number>();
  #sample = 0;

  /** Takes in which rows are gone from a table: told as closed or not yet. */
  readTable({ closed, opened, table, isBaseline }: Change): void {
    if (isBaseline) return;
    for (let index = 0; index < closed.length; index++) this.#absent.set(keyAt(closed, index), this.#sample);
    for (const index of opened.indices) this.#absent.delete(keyAt(table, index));
  }

  read(event: RowEvent, time: number): void {
    const key = keyOf(event.row);
    // The newest last.
    this.#marks.delete(key);
    this.#marks.set(key, { key, event, time, sample: this.#sample });
    if (!event.sampled) this.#absent.set(key, this.#sample);
    if (this.#marks.size > MOST_MARKS) this.#marks.delete(this.#marks.keys().next().value as ConnectionKey);
  }

  /** Another sample: drops what has stayed long enough. */
  advance(time: number): void {
    this.#sample++;
    for (const [key, mark] of this.#marks) if (!this.#stays(mark, time)) this.#marks.delete(key);
    for (const [key, sample] of this.#absent)
      if (!this.#marks.has(key) && this.#sample - sample > SAMPLES) this.#absent.delete(key);
  }

  clear(): void {
    this.#marks.clear();
    this.#absent.clear();
  }

  get(key: ConnectionKey): Mark | undefined {
    return this.#marks.get(key);
  }

  get size(): number {
    return this.#marks.size;
  }

  [Symbol.iterator](): Iterator<Mark> {
    return this.#marks.values();
  }

  /** Connections that have closed and are in no table: rows of their own as long as the mark stays. */
  *gone(): Generator<Mark> {
    for (const mark of this.#marks.values())
      if (mark.event.event === "closed" && this.#absent.has(mark.key)) yield mark;
  }

  /** For how long the next ones stay: 3 s, 10 s, 60 s, until changed, and 3 s again. */
  changeStay(): void {
    this.stay = STAYS[(STAYS.indexOf(this.stay as 3000) + 1) % STAYS.length] as number;
  }

  #stays(mark: Mark, time: number): boolean {
    return time - mark.time < this.stay || this.#sample - mark.sample < SAMPLES;
  }
}
