import { compileQuery, type Query } from "../../decoder/query.js";
import type { TcpTable } from "../../decoder/table/table.js";
import { columnsUsed } from "../../filter/columns.js";
import type { Filter } from "../../filter/filter.js";
import { wordAt } from "../../format/header.js";
import { fieldOf, LAYOUTS, type LayoutName } from "../../format/layouts.js";
import { AT, DELTA, ENDS, HEADER, NAMES } from "../../frames/header.js";
import { type Change, FrameError, type FrameReader } from "../../frames/index.js";
import type { FrameMemory } from "../../frames/memory.js";
import type { PlacedGroup } from "../groups.js";
import { familyOf, isOfStream, kindOf } from "../groups.js";
import { EndsRows } from "./ends-rows.js";
import { FIGURE_WORDS, LIFE, LifeStore, NONE } from "./life-store.js";
import { Pairing } from "./pairing.js";
import { RowBatch } from "./row-batch.js";
import { RunList } from "./run-list.js";
import { TableSlots } from "./table-slots.js";

/** Samples that a connection may be missing in without being another one when it is back, as the story has it. */
const MISSING = 2;

/** What matches did at one sample. */
export interface MatchCounts {
  appeared: number;
  went: number;
}

/** What one sample told of the family, checked, and with its new rows in the batch. */
interface Step {
  readonly group: number;
  readonly time: number;
  /** Rows of the table; NONE where none was read. */
  rows: number;
  /** The table is to be compared with nothing. */
  isBaseline: boolean;
  /** Where its runs of copied rows stand in the list of all, and how many numbers they are. */
  runsAt: number;
  runs: number;
  /** The first of its new rows in the batch, and how many there are. */
  batchRow: number;
  newRows: number;
  /** Marks of all rows, where what is shared between processes may make one match that is no new row. */
  allMarks: Uint8Array | undefined;
  readonly ends: Uint8Array[];
}

/**
 * Follows the connections of one family through its frames, without looking at a whole table: a delta frame says which rows are
 * copies, and their connections are taken along by number; only new rows are looked at. The filter runs over the new rows of many
 * samples at once.
 */
export class FamilyScan {
  /** Of all layouts that the family has had, in their order. */
  readonly stores: LifeStore[] = [];
  /** How many connections match now. */
  live = 0;
  /** Of the last table. */
  lastTime = Number.NaN;
  readonly #reader: FrameReader;
  readonly #query: Query;
  readonly #readsOwners: boolean;
  readonly #limit: number;
  readonly #noteDamage: (error: FrameError) => void;

  #layout: LayoutName | undefined;
  #store!: LifeStore;
  #pairing!: Pairing;
  #cookieAt = 0;
  #hasCookies = false;
  #stateAt = 0;
  #pidAt = NONE;
  readonly #slots = new TableSlots();
  /** Tables so far. */
  #number = 0;
  /** Slots that no row is of any more, in the order in which they went, and from where on they are still found by their cookie. */
  #gone: number[] = [];
  #goneFrom = 0;

  readonly #steps: Step[] = [];
  readonly #runs = new RunList();
  readonly #batch: RowBatch;
  /** Whether looking has not begun: the next table is a baseline, however it is told. */
  #isUnbegun = true;
  #hadSharedOwners = false;

  constructor(
    reader: FrameReader,
    memory: FrameMemory,
    filter: Filter,
    limit: number,
    noteDamage: (error: FrameError) => void,
  ) {
    this.#reader = reader;
    this.#query = compileQuery({ where: filter });
    this.#batch = new RowBatch(memory, this.#query);
    this.#readsOwners = columnsUsed(filter.expression).includes("owningPid");
    this.#limit = limit;
    this.#noteDamage = noteDamage;
  }

  /**
   * Reads the frames of the family in some groups.
   *
   * @param from groups before that time are only read, since later ones start from their tables
   * @param counts one for each group
   */
  read(groups: readonly PlacedGroup[], family: 4 | 6, from: number, counts: readonly MatchCounts[]): void {
    for (const [number, { time, frames }] of groups.entries()) {
      let step: Step | undefined;
      for (const frame of frames) {
        if (familyOf(frame) !== family && !isNamesOf(frame, frames, family)) continue;
        const told = this.#readFrame(frame);
        if (told === undefined || time < from) continue;
        step ??= newStep(number, time);
        if (told === "ends") step.ends.push(frame);
        else if (told !== "gap") {
          if (told.layout !== this.#layout) {
            this.#apply(counts);
            this.#begin(told.layout);
          }
          this.#addTable(step, frame, told);
        }
      }
      if (step) this.#steps.push(step);
    }
    this.#apply(counts);
  }

  /** Checks a frame. `undefined` where it tells nothing of connections, or can't be read. */
  #readFrame(frame: Uint8Array): Change | "gap" | "ends" | undefined {
    try {
      const told = this.#reader.read(frame);
      if (told?.kind === "gap") return "gap";
      return told ?? (kindOf(frame) === ENDS ? "ends" : undefined);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#noteDamage(error);
      return undefined;
    }
  }

  /** Another layout: none of the rows before is in it. */
  #begin(layout: LayoutName): void {
    this.#releaseAll();
    this.#layout = layout;
    this.#batch.begin(layout);
    const kept = this.stores.reduce((sum, store) => sum + store.kept.length, 0);
    this.#store = new LifeStore(layout, this.#limit - kept);
    this.stores.push(this.#store);
    this.#pairing = new Pairing(layout, LAYOUTS[layout].rowSize);
    this.#cookieAt = fieldOf(layout, "socketCookie")?.offset ?? 0;
    this.#hasCookies = fieldOf(layout, "socketCookie") !== undefined;
    this.#stateAt = fieldOf(layout, "state")?.offset ?? 0;
    this.#pidAt = fieldOf(layout, "owningPid")?.offset ?? NONE;
  }

  #addTable(step: Step, frame: Uint8Array, change: Change): void {
    const rows = wordAt(frame, AT.rows);
    step.rows = rows;
    step.isBaseline = change.isBaseline || this.#isUnbegun;
    step.batchRow = this.#batch.length;
    step.runsAt = this.#runs.length;
    if (step.isBaseline || kindOf(frame) !== DELTA) {
      step.newRows = rows;
      this.#batch.add(change.bytes, LAYOUTS[change.layout].firstRow, rows);
    } else {
      const runBytes = wordAt(frame, AT.runs);
      step.newRows = rows - this.#runs.add(frame, HEADER, HEADER + runBytes);
      step.runs = this.#runs.length - step.runsAt;
      this.#batch.add(frame, HEADER + Math.ceil(runBytes / 4) * 4, step.newRows);
    }
    this.#isUnbegun = false;
    const { length: sharedOwners } = change.sharedOwners;
    if (this.#readsOwners && (sharedOwners > 0 || this.#hadSharedOwners)) {
      step.allMarks = new Uint8Array(rows);
      for (const row of change.table.select(this.#query).indices) step.allMarks[row] = 1;
    }
    this.#hadSharedOwners = sharedOwners > 0;
  }

  /** Says what has become of connections, in all samples that have been read. */
  #apply(counts: readonly MatchCounts[]): void {
    const steps = this.#steps;
    this.#batch.match();
    for (const step of steps) {
      const count = counts[step.group] as MatchCounts;
      if (step.rows !== NONE) this.#applyTable(step, count);
      for (const frame of step.ends) this.#applyEnds(frame);
    }
    steps.length = 0;
    this.#runs.clear();
    if (this.#layout) this.#batch.begin(this.#layout);
  }

  #applyTable(step: Step, count: MatchCounts): void {
    const { rows, time } = step;
    const number = ++this.#number;
    const slots = this.#slots;
    slots.copy(rows, this.#runs.numbers, step.runsAt, step.runsAt + step.runs);
    this.#dropGone(number);
    this.#applyNewRows(step, count);
    for (let place = 0; place < slots.leftLength; place++) this.#leave(slots.left[place] as number, count, number);
    if (step.allMarks)
      for (let here = 0; here < rows; here++) this.#setMatch(slots.slotOf(here), step.allMarks[here] === 1, count);
    this.lastTime = time;
  }

  #applyNewRows(step: Step, count: MatchCounts): void {
    const { newRows, batchRow, time, isBaseline, allMarks } = step;
    const store = this.#store;
    const slots = this.#slots;
    const { words, marks } = this.#batch;
    const cookieAt = this.#cookieAt / 4;
    /** Places in the list of new rows that no cookie names. */
    let loose: number[] | undefined;
    for (let place = 0; place < newRows; place++) {
      const at = this.#batch.placeOf(batchRow + place) / 4;
      const low = this.#hasCookies ? (words[at + cookieAt] as number) : 0;
      const high = this.#hasCookies ? (words[at + cookieAt + 1] as number) : 0;
      if (low === 0 && high === 0) {
        loose ??= [];
        loose.push(place);
        continue;
      }
      let slot = store.find(low, high);
      const isNew = slot === NONE;
      if (isNew) slot = store.create(time);
      this.#enter(slot, at, time, isNew, isBaseline);
      if (!allMarks) this.#setMatch(slot, marks[batchRow + place] === 1, count);
      if (isNew) store.addToIndex(slot, low);
      slots.setSlot(slots.newRows[place] as number, slot);
    }
    if (loose) this.#applyLoose(step, loose, count);
  }

  /** New rows without a cookie: one by one they are looked for among those that have gone. */
  #applyLoose(step: Step, loose: readonly number[], count: MatchCounts): void {
    const { batchRow, time, isBaseline, allMarks } = step;
    const store = this.#store;
    const slots = this.#slots;
    const batch = this.#batch;
    const left: number[] = [];
    for (let place = 0; place < slots.leftLength && !isBaseline; place++) {
      const slot = slots.left[place] as number;
      if (((store.flags[slot] as number) & LIFE.indexed) === 0) left.push(slot);
    }
    const places = loose.map((place) => batch.placeOf(batchRow + place));
    const paired = this.#pairing.pair(batch.words, places, store, left);
    for (let index = 0; index < loose.length; index++) {
      const place = loose[index] as number;
      const known = paired[index] as number;
      const slot = known === NONE ? store.create(time) : known;
      this.#enter(slot, (places[index] as number) / 4, time, known === NONE, isBaseline);
      if (!allMarks) this.#setMatch(slot, batch.marks[batchRow + place] === 1, count);
      slots.setSlot(slots.newRows[place] as number, slot);
    }
  }

  /** A row of a connection that is no copy of one of the table before. @param at where it lies in the batch, in words */
  #enter(slot: number, at: number, time: number, isNew: boolean, isBaseline: boolean): void {
    const store = this.#store;
    const { words } = this.#batch;
    const flags = store.flags[slot] as number;
    if (isNew || (flags & LIFE.sampled) === 0) {
      // One that only its end had told so far has been seen now.
      store.firstTime[slot] = time;
      store.flags[slot] = flags | LIFE.sampled | (isBaseline ? LIFE.older : 0);
    }
    if (store.refs[slot] === 0) store.since[slot] = this.#number;
    (store.refs[slot] as number)++;
    store.setRow(slot, words, at);
    store.addState(slot, words[at + this.#stateAt / 4] as number, time);
    if (this.#pidAt === NONE || this.#reader.names.size === 0) return;
    const pid = words[at + this.#pidAt / 4] as number;
    const name = pid === 0 ? undefined : this.#reader.names.get(pid)?.name;
    if (name !== undefined) store.names.set(slot, name);
  }

  /** A row is gone. */
  #leave(slot: number, count: MatchCounts | undefined, number: number): void {
    const store = this.#store;
    const refs = (store.refs[slot] as number) - 1;
    store.refs[slot] = refs;
    if (refs > 0) return;
    (store.samples[slot] as number) += number - (store.since[slot] as number);
    store.lastTime[slot] = this.lastTime;
    this.#setMatch(slot, false, count);
    store.goneAt[slot] = number;
    this.#gone.push(slot);
  }

  #setMatch(slot: number, matches: boolean, count: MatchCounts | undefined): void {
    const store = this.#store;
    const since = store.matchSince[slot] as number;
    if (matches === (since !== NONE)) return;
    if (matches) {
      store.matchSince[slot] = this.#number;
      store.noteMatch(slot);
      this.live++;
      if (count) count.appeared++;
    } else {
      (store.matches[slot] as number) += this.#number - since;
      store.matchSince[slot] = NONE;
      this.live--;
      if (count) count.went++;
    }
  }

  /** Gives back what has been gone for too long to be the same connection when it is back. */
  #dropGone(number: number): void {
    const store = this.#store;
    const gone = this.#gone;
    while (this.#goneFrom < gone.length) {
      const slot = gone[this.#goneFrom] as number;
      const at = store.goneAt[slot] as number;
      if (at >= number - MISSING && at !== NONE) break;
      this.#goneFrom++;
      if (store.refs[slot] === 0 && at !== NONE) {
        store.goneAt[slot] = NONE;
        store.release(slot);
      }
    }
    if (this.#goneFrom < 4096) return;
    this.#gone = gone.slice(this.#goneFrom);
    this.#goneFrom = 0;
  }

  #releaseAll(): void {
    for (let row = 0; row < this.#slots.length; row++)
      this.#leave(this.#slots.slotOf(row), undefined, this.#number + 1);
    this.#slots.length = 0;
    if (this.#layout) this.#dropGone(Number.POSITIVE_INFINITY);
    this.#gone = [];
    this.#goneFrom = 0;
  }

  /** Joins ends with connections by their cookies. */
  #applyEnds(frame: Uint8Array): void {
    if (!this.#layout) return;
    const store = this.#store;
    const ends = new EndsRows(frame);
    const hasCookies = fieldOf(ends.layout, "socketCookie") !== undefined;
    let matches: Uint8Array | undefined;
    for (let end = 0; end < ends.length; end++) {
      const isBySamples = ends.isBySamples(end);
      const low = hasCookies ? ends.word(end, "socketCookie") : 0;
      const high = hasCookies ? ends.word(end, "socketCookie", 1) : 0;
      const hasCookie = low !== 0 || high !== 0;
      let slot = hasCookie ? store.find(low, high) : NONE;
      const toldAt = ends.time(end);
      if (slot === NONE) {
        if (!isBySamples && (!hasCookie || ends.remotePort(end) === 0)) continue;
        matches ??= ends.marks(this.#query);
        slot = store.create(toldAt);
        if (matches[end] === 1) {
          store.noteMatch(slot);
          this.unsampledRows.set(lifeKey(this.stores.length - 1, slot), ends.row(end));
        }
        if (hasCookie && this.#hasCookies) {
          store.setCookie(slot, low, high);
          store.addToIndex(slot, low);
        }
        store.goneAt[slot] = this.#number;
        this.#gone.push(slot);
        if (isBySamples) {
          store.flags[slot] = (store.flags[slot] as number) | LIFE.sampled;
          store.addState(slot, ends.word(end, "state"), toldAt);
          continue;
        }
      } else if (isBySamples) continue;
      if (!Number.isNaN(store.endTime[slot] as number)) continue;
      store.endTime[slot] = toldAt;
      ends.copyFigures(end, store.figures, slot * FIGURE_WORDS);
    }
  }

  /** Rows of lives that no table had, as their ends told them: by `lifeKey`. */
  readonly unsampledRows = new Map<number, ReturnType<TcpTable["row"]>>();

  /** How many samples a life was in, up to now. */
  samplesOf(store: LifeStore, slot: number): number {
    const isHere = (store.refs[slot] as number) > 0;
    return (store.samples[slot] as number) + (isHere ? this.#number + 1 - (store.since[slot] as number) : 0);
  }

  /** In how many of them it matched. */
  matchesOf(store: LifeStore, slot: number): number {
    const since = store.matchSince[slot] as number;
    return (store.matches[slot] as number) + (since === NONE ? 0 : this.#number + 1 - since);
  }
}

/** Whether a frame tells names in the stream of a family's table. */
function isNamesOf(frame: Uint8Array, frames: readonly Uint8Array[], family: 4 | 6): boolean {
  return kindOf(frame) === NAMES && frames.some((other) => familyOf(other) === family && isOfStream(frame, other));
}

/** A number for each slot of each store. */
export function lifeKey(store: number, slot: number): number {
  return store * 2 ** 32 + slot;
}

function newStep(group: number, time: number): Step {
  const table = { rows: NONE, isBaseline: false, runsAt: 0, runs: 0, batchRow: 0, newRows: 0, allMarks: undefined };
  return { group, time, ...table, ends: [] };
}
