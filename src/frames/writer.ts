import { mustBeByteLength } from "../decoder/arguments.js";
import type { EngineName } from "../decoder/table/engine.js";
import type { Filter } from "../filter/filter.js";
import type { Ends } from "../format/ends.js";
import { byteLengthOf, bytesOf, wordAt } from "../format/header.js";
import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import { shown, unknownOption } from "../format/options.js";
import type { Views } from "../format/views.js";
import { createMemory } from "./create-memory.js";
import { type EndsInput, mustBeEnds, writeEnds } from "./ends-frame.js";
import { FrameBuffer } from "./frame-buffer.js";
import { type GapInput, mustBeGap, writeGap } from "./gap-frame.js";
import { AT, COMPLETE, DELTA, ENDS_ARE_TOLD, HEADER, KEY, padded, writeChecksum, writeHeader } from "./header.js";
import { type FrameMemory, type Slot, viewsOf } from "./memory.js";
import { mustBeNames, type NamesInput, writeNames } from "./names-frame.js";
import { RowFilter } from "./row-filter.js";
import { SkippedTables } from "./skipped-tables.js";
import { type FrameInput, keyLengthOf, mustBeInput, ownBytes } from "./table-input.js";

/** Frames from one key frame to the next, unless said otherwise: a minute at ten samples a second. */
const KEY_INTERVAL = 600;

/** How a writer of frames is to work. */
export interface FrameWriterOptions {
  /** The kernel, or the plain one where WebAssembly is missing, unless said otherwise. Both write the same bytes. */
  readonly engine?: EngineName | undefined;
  /** Every so many frames one is a key frame, which a reader can begin with. 600 unless said otherwise. */
  readonly keyInterval?: number | undefined;
  /**
   * Rows that never can match this filter are left out of the frames, exactly: those that do not match what it says of addresses and
   * ports. What it says of states, PIDs and users is for those who read the frames. A table in the writer's own memory is compacted
   * where it lies.
   */
  readonly where?: string | Filter | undefined;
}

/**
 * Makes a writer of one stream of frames, which are of one family.
 *
 * @throws {TypeError} there is no such engine, or no such option
 * @throws {RangeError} the interval is no whole number from 1 up
 * @throws {FilterSyntaxError} {QueryError} `where` is no filter
 * @throws where `engine: "wasm"` is asked for by name and can't be had: the platform's own error
 */
export async function createFrameWriter(options: FrameWriterOptions = {}): Promise<FrameWriter> {
  const problem = unknownOption("createFrameWriter", options, ["engine", "keyInterval", "where"]);
  if (problem) throw new TypeError(problem);
  const { engine, keyInterval = KEY_INTERVAL, where } = options;
  if (!Number.isSafeInteger(keyInterval) || keyInterval < 1)
    throw new RangeError(`keyInterval is a whole number of frames from 1 up, not ${shown(keyInterval)}.`);
  const filter = RowFilter.of(where);
  return new FrameWriter(await createMemory(engine), keyInterval, filter);
}

/** Turns consecutive tables into frames. Also the buffer that a collector writes into: so a table is never copied. */
export class FrameWriter {
  /** What compares. */
  readonly engine: EngineName;
  readonly #memory: FrameMemory;
  readonly #keyInterval: number;
  readonly #filter: RowFilter | undefined;
  readonly #skipped = new SkippedTables();
  readonly #stream = crypto.getRandomValues(new Uint32Array(2));
  /** Views on frames and tables, by where they lie. */
  readonly #views = new Map<number, Views<Uint8Array>>();
  /** Where the last table lies. */
  #slot: Slot = 0;
  #layout: LayoutName | undefined;
  #rows = 0;
  #sequence = 0;
  /** Of the last table's frame. */
  #tableSequence = 0;
  readonly #ends = new FrameBuffer();
  readonly #gap = new FrameBuffer();
  readonly #names = new FrameBuffer();
  #sinceKey = 0;
  /** Bytes of a table that there is room for in each slot. */
  #reserved = 0;

  /** @internal */
  constructor(memory: FrameMemory, keyInterval: number, filter: RowFilter | undefined) {
    this.engine = memory.engine;
    this.#memory = memory;
    this.#keyInterval = keyInterval;
    this.#filter = filter;
  }

  /**
   * Memory for the next table's bytes: at least `byteLength` of them. Valid until the next `reserve` or `write`; `write` of a view
   * on its first bytes copies nothing.
   *
   * @throws {RangeError} `byteLength` is no whole number from 0 up
   * @throws {TableTooLargeError} where that much memory is not to be had
   */
  reserve(byteLength: number): Uint8Array {
    mustBeByteLength(byteLength, this.engine);
    const reserved = Math.max(byteLength, this.#reserved);
    // With room to compare the rows: neither `write` nor `skip` moves what is written here.
    const rows = this.#layout ? Math.ceil(reserved / LAYOUTS[this.#layout].rowSize) : 0;
    this.#makeRoom(padded(HEADER + reserved), rows);
    this.#reserved = reserved;
    return this.#viewsAt(this.#memory.slotAt(this.#nextSlot()) + HEADER).of(this.#reserved);
  }

  /**
   * Turns a table into a frame: a delta to the one before where that is smaller. Where it throws, the stream is as it was.
   *
   * @returns the frame's bytes: a view, valid until the next `write` or `reserve`
   * @throws {TypeError} {RangeError} a part of the input is none
   * @throws {TruncatedTableError} {WrongLayoutError} {UnknownLayoutError} the bytes are no such table
   * @throws {SharedOwnersError} the pairs are none, are not ascending, or name a row that is not there
   * @throws {TableTooLargeError} where that much memory is not to be had
   */
  write(input: FrameInput): Uint8Array {
    const { layout } = input;
    const given = bytesOf(input.bytes);
    const givenRows = mustBeInput(input, given);
    const memory = this.#memory;
    const slot = this.#nextSlot();
    const isInPlace = given.buffer === memory.bytes.buffer && given.byteOffset === memory.slotAt(slot) + HEADER;
    const table = isInPlace ? given : ownBytes(given, byteLengthOf(layout, givenRows), memory);
    this.#makeRoom(keyLengthOf(layout, givenRows, input.sharedOwners), givenRows);
    const at = memory.slotAt(slot);
    if (!isInPlace) memory.bytes.set(table, at + HEADER);

    const rows = this.#compact(at + HEADER, givenRows, input);
    const sharedOwners = this.#filter ? this.#filter.sharedOwners : input.sharedOwners;
    const keyBytes = keyLengthOf(layout, rows, sharedOwners);
    const mayBeDelta = !input.key && layout === this.#layout && this.#sinceKey < this.#keyInterval;
    const deltaBytes = mayBeDelta ? this.#writeDelta(layout, rows, slot, keyBytes, sharedOwners) : -1;
    const isDelta = deltaBytes >= 0;
    const frame = isDelta ? memory.scratchAt : at;
    const length = isDelta ? deltaBytes : keyBytes;
    if (!isDelta) this.#writeTail(at, HEADER + byteLengthOf(layout, rows), length, sharedOwners);
    this.#writeHeader(frame, isDelta ? DELTA : KEY, length, rows, input, sharedOwners);
    this.#slot = slot;
    this.#layout = layout;
    this.#rows = rows;
    this.#sinceKey = isDelta ? this.#sinceKey + 1 : 1;
    this.#tableSequence = this.#nextSequence();
    this.#skipped.clear();
    return this.#viewsAt(frame).of(length);
  }

  /**
   * Takes in a table that will not be sent, because its reader is slow: what it shows is compared with the last table that was. The
   * next `write` goes on from that one. The input stays as it is, and may be given to `write` then.
   *
   * @returns the connections that came and went: those that an earlier skipped table had, and neither the last written one nor this
   *   one has. What has once come out comes out again with the next `skip` unless it is back, so only those of the last `skip`
   *   before a `write` are to be told, by `writeEnds`. None before the first `write`, and none in another layout than its
   * @throws what `write` throws
   */
  skip(input: FrameInput): Ends {
    const { layout, time } = input;
    const given = bytesOf(input.bytes);
    const givenRows = mustBeInput(input, given);
    const memory = this.#memory;
    if (layout !== this.#layout) {
      this.#skipped.clear();
      return { layout, length: 0, rows: new Uint8Array(4), records: new Uint8Array(0) };
    }
    const table = ownBytes(given, byteLengthOf(layout, givenRows), memory);
    this.#makeRoom(keyLengthOf(layout, givenRows, undefined), givenRows);
    // Not where the input may lie: that is still to be written.
    const at = memory.scratchAt + HEADER;
    memory.bytes.set(table, at);
    const rows = this.#compact(at, givenRows, input);
    memory.beginComparison(layout, memory.slotAt(this.#slot) + HEADER, this.#rows, at, rows);
    memory.findCopies();
    memory.compareLeftovers();
    return this.#skipped.add(memory, at, memory.opened, layout, time);
  }

  /**
   * Connections of tables that were skipped since the last `write`, at least so many, that there was no room to remember: 65,536 are
   * remembered. If they are gone in the next table, nothing tells of them.
   */
  get skippedLost(): number {
    return this.#skipped.lost;
  }

  /**
   * Tells of connections that have ended, before the table or gap of the same tick. Of a writer with `where`, those that can match.
   *
   * @returns the frame's bytes: a view, valid until the next `writeEnds`
   * @throws {RangeError} a number is none that a frame can hold, or rows and records are not as many as `length` says
   * @throws {TruncatedTableError} {WrongLayoutError} {UnknownLayoutError} the rows are no such table
   */
  writeEnds(input: EndsInput): Uint8Array {
    mustBeEnds(input);
    const picked = this.#filter?.endsOf(input.ends);
    return writeEnds(this.#ends, this.#stream, this.#nextSequence(), input, picked);
  }

  /**
   * Says that the family was not read in a tick, and why. The next table goes on from the last one that was written.
   *
   * @returns the frame's bytes: a view, valid until the next `writeGap`
   * @throws {RangeError} a number is none that a frame can hold
   * @throws {UnknownLayoutError} there is no such layout
   */
  writeGap(input: GapInput): Uint8Array {
    mustBeGap(input);
    return writeGap(this.#gap, this.#stream, this.#nextSequence(), input);
  }

  /**
   * Tells what processes are called: before the table in which they are first seen.
   *
   * @returns the frame's bytes: a view, valid until the next `writeNames`
   * @throws {RangeError} a number is none that a frame can hold
   */
  writeNames(input: NamesInput): Uint8Array {
    mustBeNames(input);
    return writeNames(this.#names, this.#stream, this.#nextSequence(), input);
  }

  /** Of the frame that is being written. */
  #nextSequence(): number {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) >>> 0;
    return sequence;
  }

  /** Returns the frame's bytes; −1 where it would not be smaller than a key frame of so many bytes. */
  #writeDelta(layout: LayoutName, rows: number, slot: Slot, keyBytes: number, sharedOwners?: Uint32Array): number {
    const memory = this.#memory;
    const frame = memory.scratchAt;
    const table = memory.slotAt(slot) + HEADER;
    memory.beginComparison(layout, memory.slotAt(this.#slot) + HEADER, this.#rows, table, rows);
    memory.findCopies();
    const runs = memory.writeDelta(frame + HEADER, frame + keyBytes);
    if (runs < 0) return -1;
    const { rowSize } = LAYOUTS[layout];
    const end = HEADER + Math.ceil(runs / 4) * 4 + memory.newRows * rowSize;
    const length = padded(end + (sharedOwners?.length ?? 0) * 4);
    if (length >= keyBytes) return -1;
    this.#writeTail(frame, end, length, sharedOwners);
    memory.view.setUint32(frame + AT.runs, runs, true);
    return length;
  }

  /** Shared owners, and zeros up to the frame's end. */
  #writeTail(frame: number, from: number, length: number, sharedOwners: Uint32Array | undefined): void {
    const { view, bytes } = this.#memory;
    let at = frame + from;
    if (sharedOwners)
      for (let index = 0; index < sharedOwners.length; index++, at += 4)
        view.setUint32(at, sharedOwners[index] as number, true);
    for (; at < frame + length; at++) bytes[at] = 0;
  }

  #writeHeader(
    frame: number,
    kind: number,
    length: number,
    rows: number,
    input: FrameInput,
    sharedOwners: Uint32Array | undefined,
  ): void {
    const { view, bytes } = this.#memory;
    const { layout, complete, endsAreTold, attempts } = input;
    const table = this.#memory.slotAt(this.#nextSlot()) + HEADER;
    // Written before the header, which begins with zeros.
    const runs = kind === DELTA ? view.getUint32(frame + AT.runs, true) : 0;
    writeHeader(view, frame, kind, length, layout, this.#stream, this.#sequence, input);
    view.setUint8(frame + AT.flags, (complete ? COMPLETE : 0) | (endsAreTold ? ENDS_ARE_TOLD : 0));
    if (kind === DELTA) view.setUint32(frame + AT.base, this.#tableSequence, true);
    view.setUint32(frame + AT.attempts, attempts, true);
    view.setUint32(frame + AT.rows, rows, true);
    view.setUint32(frame + AT.runs, runs, true);
    view.setUint32(frame + AT.sharedOwners, (sharedOwners?.length ?? 0) / 2, true);
    if (LAYOUTS[layout].firstRow > 4 && rows > 0) view.setUint32(frame + AT.padding, wordAt(bytes, table + 4), true);
    writeChecksum(view, frame, length, this.#memory.lanesOf(frame, length));
  }

  /** Leaves only rows that may match. Returns how many. @param at where the table lies */
  #compact(at: number, rows: number, { layout, sharedOwners }: FrameInput): number {
    return this.#filter ? this.#filter.compact(this.#memory, at, layout, rows, sharedOwners) : rows;
  }

  #nextSlot(): Slot {
    return this.#slot === 0 ? 1 : 0;
  }

  /** Room for a key frame of so many bytes, for a delta that is smaller, and more than now: a table's size wanders. */
  #makeRoom(keyBytes: number, rows: number): void {
    if (!this.#memory.hasRoom(keyBytes, keyBytes, rows)) {
      this.#memory.makeRoom(keyBytes + (keyBytes >>> 2), keyBytes + (keyBytes >>> 2), rows + (rows >>> 2));
      this.#views.clear();
    }
  }

  #viewsAt(at: number): Views<Uint8Array> {
    let views = this.#views.get(at);
    if (!views) {
      views = viewsOf(this.#memory.bytes.buffer, at);
      this.#views.set(at, views);
    }
    return views;
  }
}
