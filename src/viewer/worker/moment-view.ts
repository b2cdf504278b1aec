import { type Capture, SUMMARY_STATES } from "../../capture/index.js";
import { compileQuery, type Family, type Query } from "../../decoder/index.js";
import type { Moment } from "../../frames/index.js";
import type { Mark, MomentInfo, Rows, ShownRow, Since, View } from "../protocol.js";
import { ComparedTable, type RawTable, ROW_MARK, rawTableOf } from "./compared-table.js";
import { keyOf, localPortOf } from "./connection-key.js";
import type { Pyramid } from "./pyramid.js";
import { joinSorted, type RowOrder, type SortedRows } from "./row-order.js";

/** Rows that are told at once, at most. */
const MOST_ROWS = 1000;

/** Rows of one table that are shown: those that are there, or those that are gone. */
export interface ShownRows extends SortedRows {
  readonly part: ComparedTable;
  readonly areClosed: boolean;
}

/** The sample that is held. */
interface HeldMoment {
  /** What it was made of, where that is sure to be the same again. */
  readonly origin: string | undefined;
  readonly time: number;
  readonly tick: number;
  readonly rows: number;
  readonly sinceTime: number;
  readonly complete: boolean;
  readonly gaps: MomentInfo["gaps"];
  readonly lost: number;
  readonly states: Uint32Array;
}

/** The table at a moment, filtered, sorted and marked. */
export class MomentView {
  readonly #capture: Capture;
  readonly #pyramid: Pyramid;
  readonly #parts: readonly [ComparedTable, ComparedTable];
  #held: HeldMoment | undefined;
  /** The last one that could be answered. */
  #query: Query = compileQuery({});
  #nameOf: Moment["nameOf"] = () => undefined;
  #lists: readonly ShownRows[] = [];
  #order: RowOrder = { lists: new Uint8Array(0), rows: new Uint32Array(0) };

  static async open(capture: Capture, pyramid: Pyramid): Promise<MomentView> {
    return new MomentView(capture, pyramid, [await ComparedTable.open(4), await ComparedTable.open(6)]);
  }

  private constructor(capture: Capture, pyramid: Pyramid, parts: readonly [ComparedTable, ComparedTable]) {
    this.#capture = capture;
    this.#pyramid = pyramid;
    this.#parts = parts;
  }

  /** Of the sample that is shown; NaN where there is none. */
  get time(): number {
    return this.#held?.time ?? Number.NaN;
  }

  get lists(): readonly ShownRows[] {
    return this.#lists;
  }

  /** Rows that are shown. */
  get length(): number {
    return this.#order.rows.length;
  }

  nameOf(pid: number | undefined): string {
    return pid === undefined ? "" : (this.#nameOf(pid) ?? "");
  }

  /**
   * Goes to a moment. Where it throws for what was asked, what was shown before still is.
   *
   * @throws {FilterSyntaxError} {QueryError} what is asked for can't be
   * @throws what the recording throws, or the signal
   */
  async show({ at, where, sort, since }: View, signal: AbortSignal): Promise<MomentInfo> {
    // Mistakes first: to find them needs no table.
    const query = compileQuery({ where, orderBy: sort });
    await this.#hold(at, since, signal);
    try {
      this.#list(query);
    } catch (error) {
      // A column that this table has not. It may be another moment's by now: as it was asked for before, it is shown.
      if (this.#lists.length === 0) this.#list(this.#query);
      throw error;
    }
    this.#query = query;
    return this.#info();
  }

  /** Rows by their places, `to` not included. */
  rows(from: number, to: number): Rows {
    const start = Math.max(0, Math.min(this.length, Math.floor(from) || 0));
    const end = Math.max(start, Math.min(this.length, start + MOST_ROWS, Math.floor(to) || 0));
    const rows: ShownRow[] = [];
    for (let place = start; place < end; place++) rows.push(this.rowAt(place));
    return { from: start, rows, length: this.length, time: this.time };
  }

  /** @param place of a row that is shown */
  rowAt(place: number): ShownRow {
    const { part, table, areClosed } = this.#lists[this.#order.lists[place] as number] as ShownRows;
    const index = this.#order.rows[place] as number;
    const row = table.row(index);
    const shown = { key: keyOf(row), family: part.family, row, processName: this.nameOf(row.owningPid) };
    if (areClosed) return { ...shown, mark: "closed" };
    const mark: Mark = MARKS[part.marks[index] as number] ?? "";
    return mark === "changed" ? { ...shown, mark, ...part.beforeOf(index) } : { ...shown, mark };
  }

  /** The place of a connection; -1 where it is not shown. */
  placeOf(key: string): number {
    const port = localPortOf(key);
    for (let place = 0; place < this.length; place++) {
      const { table } = this.#lists[this.#order.lists[place] as number] as ShownRows;
      const index = this.#order.rows[place] as number;
      if (table.columns.localPort[index] === port && keyOf(table.row(index)) === key) return place;
    }
    return -1;
  }

  /** Rows of the tables that went are nobody's. */
  #empty(): void {
    this.#held = undefined;
    this.#lists = [];
    this.#order = { lists: new Uint8Array(0), rows: new Uint32Array(0) };
  }

  #list(query: Query): void {
    const lists = this.#select(query);
    this.#order = joinSorted(lists, query.keys);
    this.#lists = lists;
  }

  async #hold(at: number, since: Since, signal: AbortSignal): Promise<void> {
    const earlier = this.#timeBefore(at, since);
    const origin = this.#originOf(at, since, earlier);
    // Another filter or order over the same sample: its tables are here.
    if (origin !== undefined && origin === this.#held?.origin) return;
    // The earlier one first: from it the recording is often read on to the later one.
    const before = Number.isNaN(earlier) ? undefined : await this.#capture.at(earlier);
    signal.throwIfAborted();
    const tables: (RawTable | undefined)[] = FAMILIES.map((family) => before && rawTableOf(before.changes, family));
    const sinceTime = before ? before.time : Number.NaN;
    const moment = await this.#capture.at(at);
    signal.throwIfAborted();
    const { time, tick, complete, lost, length: rows } = moment;
    // Before the first sample there is none: then it would be compared with itself.
    const hasBefore = sinceTime < time || (sinceTime !== time && since.kind === "pinned");
    this.#empty();
    for (const [place, family] of FAMILIES.entries()) {
      const part = this.#parts[place] as ComparedTable;
      part.hold(rawTableOf(moment.changes, family), hasBefore ? tables[place] : undefined);
    }
    this.#nameOf = (pid) => moment.nameOf(pid);
    const gaps = moment.gaps.map(({ family, reason }) => ({ family, reason }));
    const states = statesOf(moment.stateCounts, rows);
    const told = { time, tick, rows, complete, gaps, lost, states };
    this.#held = { ...told, origin, sinceTime: hasBefore ? sinceTime : Number.NaN };
  }

  /** What makes the tables, as text; `undefined` where summaries do not tell which samples these are. */
  #originOf(at: number, since: Since, earlier: number): string | undefined {
    const { times, loadedTo } = this.#pyramid;
    if (!(at <= loadedTo)) return undefined;
    return `${times.lastAt(at)} ${since.kind} ${times.lastAt(earlier)}`;
  }

  #timeBefore(at: number, since: Since): number {
    if (since.kind === "pinned") return since.time;
    if (since.kind === "milliseconds") return at - since.milliseconds;
    const { times } = this.#pyramid;
    const sample = times.lastAt(at);
    // Where summaries have not come so far yet, the recorder's rhythm tells about when it was.
    const isKnown = sample >= 0 && at <= this.#pyramid.loadedTo;
    return isKnown ? times.at(sample - 1) : at - (this.#capture.metadata.every || 1000);
  }

  #select(query: Query): ShownRows[] {
    const lists: ShownRows[] = [];
    for (const areClosed of [false, true])
      for (const part of this.#parts) {
        const table = areClosed ? part.closed : part.table;
        if (table) lists.push({ part, table, areClosed, indices: table.select(query).indices.slice() });
      }
    return lists;
  }

  #info(): MomentInfo {
    const { time, tick, rows, sinceTime, complete, gaps, lost, states } = this.#held as HeldMoment;
    const matchStates = new Uint32Array(SUMMARY_STATES);
    let [matches, opened, closed, changed] = [0, 0, 0, 0];
    for (const { part, table, indices, areClosed } of this.#lists) {
      if (areClosed) {
        closed += indices.length;
        continue;
      }
      matches += indices.length;
      const { state } = table.columns;
      for (const row of indices) {
        (matchStates[Math.min(state[row] as number, SUMMARY_STATES - 1)] as number)++;
        const mark = part.marks[row];
        if (mark === ROW_MARK.opened) opened++;
        else if (mark === ROW_MARK.changed) changed++;
      }
    }
    const sample = time <= this.#pyramid.loadedTo ? this.#pyramid.times.lastAt(time) : -1;
    const late = this.#pyramid.lateOf(sample);
    const counts = { rows, matches, length: this.length, states, matchStates, opened, closed, changed };
    return { time, tick, sample, ...counts, sinceTime, complete, gaps, lost, late };
  }
}

const FAMILIES: readonly Family[] = [4, 6];
const MARKS: readonly Mark[] = ["", "opened", "changed"];

/** The counts of 256 states as those of summaries. */
export function statesOf(counts: Uint32Array, rows: number): Uint32Array {
  const states = Uint32Array.from(counts.subarray(0, SUMMARY_STATES));
  let known = 0;
  for (let state = 0; state < SUMMARY_STATES - 1; state++) known += states[state] as number;
  states[SUMMARY_STATES - 1] = rows - known;
  return states;
}
