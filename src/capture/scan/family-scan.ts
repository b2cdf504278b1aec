import { PlainDecoder } from "../../decoder/plain/decoder.js";
import { compileQuery, type Query } from "../../decoder/query.js";
import type { TcpTable } from "../../decoder/table/table.js";
import { columnsUsed } from "../../filter/columns.js";
import type { Filter } from "../../filter/filter.js";
import { END_AT, END_RECORD, SEEN_BY_SAMPLES } from "../../format/ends.js";
import { byteLengthOf, wordAt } from "../../format/header.js";
import { fieldOf, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../../format/layouts.js";
import { AT, DELTA, ENDS, HEADER, NAMES } from "../../frames/header.js";
import { type Change, FrameError, type FrameReader } from "../../frames/index.js";
import type { FrameMemory } from "../../frames/memory.js";
import type { PlacedGroup } from "../groups.js";
import { familyOf, isOfStream, kindOf } from "../groups.js";
import { FIGURE_WORDS, LIFE, LifeStore, NONE } from "./life-store.js";
import { Pairing } from "./pairing.js";

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
  /** Where the batch is decoded: that of frames, so that a page needs one kernel and not two. */
  readonly #memory: FrameMemory;
  readonly #endsDecoder = new PlainDecoder();
  readonly #query: Query;
  readonly #readsOwners: boolean;
  readonly #limit: number;
  readonly #noteDamage: (error: FrameError) => void;
  #table: TcpTable | undefined;

  #layout: LayoutName | undefined;
  #store!: LifeStore;
  #pairing!: Pairing;
  #firstRow = 0;
  #rowSize = 0;
  #cookieAt = 0;
  #hasCookies = false;
  #stateAt = 0;
  #pidAt = NONE;
  /** The slot of each row of the table, and of the one before. */
  #slots = new Int32Array(0);
  #slotsBefore = new Int32Array(0);
  #length = 0;
  /** Row numbers: of new rows, and of rows of the table before that are not in this one as they were. */
  #newRows = new Int32Array(0);
  #left = new Int32Array(0);
  #leftLength = 0;
  /** Tables so far. */
  #number = 0;
  /** Slots that no row is of any more, in the order in which they went, and from where on they are still found by their cookie. */
  #gone: number[] = [];
  #goneFrom = 0;

  readonly #steps: Step[] = [];
  #runs = new Uint32Array(4096);
  #runsLength = 0;
  #batch = new Uint8Array(1 << 16);
  #batchWords = new Uint32Array(this.#batch.buffer);
  #batchRows = 0;
  #marks = new Uint8Array(0);
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
    this.#memory = memory;
    this.#query = compileQuery({ where: filter });
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
    const { firstRow, rowSize } = LAYOUTS[layout];
    this.#layout = layout;
    const kept = this.stores.reduce((sum, store) => sum + store.kept.length, 0);
    this.#store = new LifeStore(layout, this.#limit - kept);
    this.stores.push(this.#store);
    this.#pairing = new Pairing(layout, rowSize);
    this.#firstRow = firstRow;
    this.#rowSize = rowSize;
    this.#cookieAt = fieldOf(layout, "socketCookie")?.offset ?? 0;
    this.#hasCookies = fieldOf(layout, "socketCookie") !== undefined;
    this.#stateAt = fieldOf(layout, "state")?.offset ?? 0;
    this.#pidAt = fieldOf(layout, "owningPid")?.offset ?? NONE;
  }

  #addTable(step: Step, frame: Uint8Array, change: Change): void {
    const rows = wordAt(frame, AT.rows);
    step.rows = rows;
    step.isBaseline = change.isBaseline || this.#isUnbegun;
    step.batchRow = this.#batchRows;
    step.runsAt = this.#runsLength;
    if (step.isBaseline || kindOf(frame) !== DELTA) {
      step.newRows = rows;
      this.#addToBatch(change.bytes, this.#firstRow, rows);
    } else {
      const runBytes = wordAt(frame, AT.runs);
      step.newRows = rows - this.#readRuns(frame, HEADER, HEADER + runBytes);
      step.runs = this.#runsLength - step.runsAt;
      this.#addToBatch(frame, HEADER + Math.ceil(runBytes / 4) * 4, step.newRows);
    }
    this.#isUnbegun = false;
    const { length: sharedOwners } = change.sharedOwners;
    if (this.#readsOwners && (sharedOwners > 0 || this.#hadSharedOwners)) {
      step.allMarks = new Uint8Array(rows);
      for (const row of change.table.select(this.#query).indices) step.allMarks[row] = 1;
    }
    this.#hadSharedOwners = sharedOwners > 0;
  }

  /** Takes in runs, which the reader has checked. Returns how many rows they copy. */
  #readRuns(frame: Uint8Array, from: number, end: number): number {
    // A byte is a number at the most.
    if (this.#runsLength + end - from > this.#runs.length) {
      const longer = new Uint32Array((this.#runsLength + end - from) * 2);
      longer.set(this.#runs);
      this.#runs = longer;
    }
    const runs = this.#runs;
    let number = 0;
    let factor = 1;
    let place = 0;
    let copied = 0;
    for (let at = from; at < end; at++) {
      const byte = frame[at] as number;
      number += (byte & 127) * factor;
      factor *= 128;
      if (byte > 127) continue;
      runs[this.#runsLength++] = number;
      if (place === 2) copied += number;
      place = place === 2 ? 0 : place + 1;
      number = 0;
      factor = 1;
    }
    return copied;
  }

  #addToBatch(bytes: Uint8Array, at: number, rows: number): void {
    const to = this.#firstRow + this.#batchRows * this.#rowSize;
    const length = rows * this.#rowSize;
    if (to + length > this.#batch.length) {
      const larger = new Uint8Array((to + length) * 2);
      larger.set(this.#batch.subarray(0, to));
      this.#batch = larger;
      this.#batchWords = new Uint32Array(larger.buffer, 0, larger.length >>> 2);
    }
    this.#batch.set(bytes.subarray(at, at + length), to);
    this.#batchRows += rows;
  }

  /** Says what has become of connections, in all samples that have been read. */
  #apply(counts: readonly MatchCounts[]): void {
    const steps = this.#steps;
    if (this.#batchRows > 0) this.#match();
    for (const step of steps) {
      const count = counts[step.group] as MatchCounts;
      if (step.rows !== NONE) this.#applyTable(step, count);
      for (const frame of step.ends) this.#applyEnds(frame);
    }
    steps.length = 0;
    this.#runsLength = 0;
    this.#batchRows = 0;
  }

  /** Marks the rows of the batch that match. */
  #match(): void {
    const rows = this.#batchRows;
    new DataView(this.#batch.buffer).setUint32(0, rows, true);
    const layout = this.#layout as LayoutName;
    const length = byteLengthOf(layout, rows);
    const memory = this.#memory;
    memory.expire();
    if (!memory.hasRoom(length, 0, 0)) memory.makeRoom(length * 2, 0, 0);
    memory.bytes.set(this.#batch.subarray(0, length), memory.slotAt(0));
    this.#table = memory.decode(memory.slotAt(0), rows, layout, this.#table);
    if (this.#marks.length < rows) this.#marks = new Uint8Array(rows * 2);
    else this.#marks.fill(0, 0, rows);
    const { indices } = this.#table.select(this.#query);
    for (let at = 0; at < indices.length; at++) this.#marks[indices[at] as number] = 1;
  }

  #applyTable(step: Step, count: MatchCounts): void {
    const { rows, time } = step;
    const number = ++this.#number;
    const before = this.#slots;
    const beforeLength = this.#length;
    const slots = this.#slotsBefore.length < rows ? new Int32Array(rows + (rows >>> 2)) : this.#slotsBefore;
    this.#slots = slots;
    this.#slotsBefore = before;
    this.#length = rows;
    if (this.#newRows.length < rows) this.#newRows = new Int32Array(rows * 2);
    if (this.#left.length < beforeLength) this.#left = new Int32Array(beforeLength * 2);
    this.#copyRows(step, before, beforeLength);
    this.#dropGone(number);
    this.#applyNewRows(step, count);
    for (let place = 0; place < this.#leftLength; place++)
      this.#leave(before[this.#left[place] as number] as number, count, number);
    if (step.allMarks)
      for (let here = 0; here < rows; here++) this.#setMatch(slots[here] as number, step.allMarks[here] === 1, count);
    this.lastTime = time;
  }

  /** Takes the slots of copied rows along, and lists the rows that are new here, and those that are not copied from there. */
  #copyRows(step: Step, before: Int32Array, beforeLength: number): void {
    const slots = this.#slots;
    const runs = this.#runs;
    const added = this.#newRows;
    const left = this.#left;
    let addedLength = 0;
    let leftLength = 0;
    let row = 0;
    let there = 0;
    let ascends = true;
    for (let at = step.runsAt; at < step.runsAt + step.runs; at += 3) {
      for (let end = (row + (runs[at] as number)) | 0; row < end; row++) added[addedLength++] = row;
      const distance = runs[at + 1] as number;
      // Whole numbers of 32 bits, and known as such: with others the copying takes twice as long.
      const from = (there + ((distance >>> 1) ^ -(distance & 1))) | 0;
      const end = (from + (runs[at + 2] as number)) | 0;
      if (from < there) ascends = false;
      else if (ascends) for (; there < from; there++) left[leftLength++] = there;
      for (there = from; there < end; there++) slots[row++] = before[there] as number;
    }
    for (; row < step.rows; row++) added[addedLength++] = row;
    if (ascends) for (; there < beforeLength; there++) left[leftLength++] = there;
    else leftLength = this.#listLeft(step, beforeLength);
    this.#leftLength = leftLength;
  }

  /** The same where runs go back and forth. Returns how many rows are not copied. */
  #listLeft(step: Step, beforeLength: number): number {
    const copied = new Uint8Array(beforeLength);
    let expected = 0;
    for (let at = step.runsAt; at < step.runsAt + step.runs; at += 3) {
      const distance = this.#runs[at + 1] as number;
      const from = expected + ((distance >>> 1) ^ -(distance & 1));
      expected = from + (this.#runs[at + 2] as number);
      copied.fill(1, from, expected);
    }
    let length = 0;
    for (let there = 0; there < beforeLength; there++) if (copied[there] === 0) this.#left[length++] = there;
    return length;
  }

  #applyNewRows(step: Step, count: MatchCounts): void {
    const { newRows, batchRow, time, isBaseline, allMarks } = step;
    const store = this.#store;
    const slots = this.#slots;
    const words = this.#batchWords;
    const cookieAt = this.#cookieAt / 4;
    /** Places in the list of new rows that no cookie names. */
    let loose: number[] | undefined;
    for (let place = 0; place < newRows; place++) {
      const at = (this.#firstRow + (batchRow + place) * this.#rowSize) / 4;
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
      if (!allMarks) this.#setMatch(slot, this.#marks[batchRow + place] === 1, count);
      if (isNew) store.addToIndex(slot, low);
      slots[this.#newRows[place] as number] = slot;
    }
    if (loose) this.#applyLoose(step, loose, count);
  }

  /** New rows without a cookie: one by one they are looked for among those that have gone. */
  #applyLoose(step: Step, loose: readonly number[], count: MatchCounts): void {
    const { batchRow, time, isBaseline, allMarks } = step;
    const store = this.#store;
    const left: number[] = [];
    for (let place = 0; place < this.#leftLength && !isBaseline; place++) {
      const slot = this.#slotsBefore[this.#left[place] as number] as number;
      if (((store.flags[slot] as number) & LIFE.indexed) === 0) left.push(slot);
    }
    const places = loose.map((place) => this.#firstRow + (batchRow + place) * this.#rowSize);
    const paired = this.#pairing.pair(this.#batchWords, places, store, left);
    for (let index = 0; index < loose.length; index++) {
      const place = loose[index] as number;
      const known = paired[index] as number;
      const slot = known === NONE ? store.create(time) : known;
      this.#enter(slot, (places[index] as number) / 4, time, known === NONE, isBaseline);
      if (!allMarks) this.#setMatch(slot, this.#marks[batchRow + place] === 1, count);
      this.#slots[this.#newRows[place] as number] = slot;
    }
  }

  /** A row of a connection that is no copy of one of the table before. @param at where it lies in the batch, in words */
  #enter(slot: number, at: number, time: number, isNew: boolean, isBaseline: boolean): void {
    const store = this.#store;
    const words = this.#batchWords;
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
    for (let row = 0; row < this.#length; row++) this.#leave(this.#slots[row] as number, undefined, this.#number + 1);
    this.#length = 0;
    if (this.#layout) this.#dropGone(Number.POSITIVE_INFINITY);
    this.#gone = [];
    this.#goneFrom = 0;
  }

  /** Joins ends with connections by their cookies. */
  #applyEnds(frame: Uint8Array): void {
    if (!this.#layout) return;
    const store = this.#store;
    const layout = layoutOf(frame);
    const { rowSize } = LAYOUTS[layout];
    const count = wordAt(frame, AT.rows);
    const cookieAt = fieldOf(layout, "socketCookie")?.offset ?? NONE;
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    let matches: Uint8Array | undefined;
    for (let end = 0; end < count; end++) {
      const row = HEADER + end * rowSize;
      const record = HEADER + count * rowSize + end * END_RECORD;
      const isBySamples = (view.getUint32(record + END_AT.flags, true) & SEEN_BY_SAMPLES) !== 0;
      const low = cookieAt === NONE ? 0 : wordAt(frame, row + cookieAt);
      const high = cookieAt === NONE ? 0 : wordAt(frame, row + cookieAt + 4);
      const hasCookie = low !== 0 || high !== 0;
      let slot = hasCookie ? store.find(low, high) : NONE;
      const toldAt = view.getFloat64(record + END_AT.time, true);
      if (slot === NONE) {
        if (!isBySamples && (!hasCookie || portOf(frame, layout, row) === 0)) continue;
        matches ??= this.#matchesOfEnds(frame, layout, count);
        slot = store.create(toldAt);
        if (matches[end] === 1) {
          store.noteMatch(slot);
          this.unsampledRows.set(lifeKey(this.stores.length - 1, slot), this.#endRow(frame, layout, count, end));
        }
        if (hasCookie && this.#hasCookies) {
          store.setCookie(slot, low, high);
          store.addToIndex(slot, low);
        }
        store.goneAt[slot] = this.#number;
        this.#gone.push(slot);
        if (isBySamples) {
          store.flags[slot] = (store.flags[slot] as number) | LIFE.sampled;
          store.addState(slot, wordAt(frame, row + (fieldOf(layout, "state")?.offset ?? 0)), toldAt);
          continue;
        }
      } else if (isBySamples) continue;
      if (!Number.isNaN(store.endTime[slot] as number)) continue;
      store.endTime[slot] = toldAt;
      for (let word = 0; word < FIGURE_WORDS; word++)
        store.figures[slot * FIGURE_WORDS + word] = view.getUint32(record + END_AT.bytesSent + word * 4, true);
    }
  }

  /** Rows of lives that no table had, as their ends told them: by `lifeKey`. */
  readonly unsampledRows = new Map<number, ReturnType<TcpTable["row"]>>();

  #endsTable(frame: Uint8Array, layout: LayoutName, count: number): TcpTable {
    const { firstRow, rowSize } = LAYOUTS[layout];
    const bytes = new Uint8Array(byteLengthOf(layout, count));
    new DataView(bytes.buffer).setUint32(0, count, true);
    bytes.set(frame.subarray(HEADER, HEADER + count * rowSize), firstRow);
    return this.#endsDecoder.decode(bytes, layout);
  }

  #matchesOfEnds(frame: Uint8Array, layout: LayoutName, count: number): Uint8Array {
    const marks = new Uint8Array(count);
    for (const row of this.#endsTable(frame, layout, count).select(this.#query).indices) marks[row] = 1;
    return marks;
  }

  #endRow(frame: Uint8Array, layout: LayoutName, count: number, end: number): ReturnType<TcpTable["row"]> {
    return this.#endsTable(frame, layout, count).row(end);
  }

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

function layoutOf(frame: Uint8Array): LayoutName {
  const code = (frame[AT.layout] as number) | ((frame[AT.layout + 1] as number) << 8);
  return LAYOUT_NAMES.find((name) => LAYOUTS[name].code === code) as LayoutName;
}

function portOf(frame: Uint8Array, layout: LayoutName, row: number): number {
  const at = row + (fieldOf(layout, "remotePort")?.offset ?? 0);
  return ((frame[at] as number) << 8) | (frame[at + 1] as number);
}
