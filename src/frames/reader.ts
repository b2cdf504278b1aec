import { mustBeSharedOwners } from "../decoder/arguments.js";
import type { EngineName } from "../decoder/table/engine.js";
import { SharedOwners } from "../decoder/table/shared-owners.js";
import { type Bytes, byteLengthOf, bytesOf, wordAt } from "../format/header.js";
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../format/layouts.js";
import { shown, unknownOption } from "../format/options.js";
import { Change, type HeldTable } from "./change.js";
import { lowerWord, upperWord } from "./checksum.js";
import { createMemory } from "./create-memory.js";
import {
  CorruptFrameError,
  FrameTooLargeError,
  FrameVersionError,
  MissingBaseError,
  NotAFrameError,
  TruncatedFrameError,
} from "./errors.js";
import { AT, COMPLETE, DELTA, HEADER, KEY, MAGIC, padded, VERSION } from "./header.js";
import type { FrameMemory, Slot } from "./memory.js";

/** Bytes of a table that a reader takes, unless said otherwise: over three million rows of MIB_TCPROW_OWNER_MODULE fit none. */
const MAX_TABLE_BYTES = 256 * 2 ** 20;

export interface FrameReaderOptions {
  /** The kernel, or the plain one where WebAssembly is missing, unless said otherwise. Both read the same. */
  readonly engine?: EngineName | undefined;
  /** Bytes of a table at most, and of a frame: what is larger is refused before memory is made for it. 256 MiB unless said otherwise. */
  readonly maxTableBytes?: number | undefined;
}

/**
 * Makes a reader of frames: of one stream at a time.
 *
 * @throws {TypeError} there is no such engine, or no such option
 * @throws {RangeError} the limit is no whole number from 1 up
 * @throws where `engine: "wasm"` is asked for by name and can't be had: the platform's own error
 */
export async function createFrameReader(options: FrameReaderOptions = {}): Promise<FrameReader> {
  const problem = unknownOption("createFrameReader", options, ["engine", "maxTableBytes"]);
  if (problem) throw new TypeError(problem);
  const { engine, maxTableBytes = MAX_TABLE_BYTES } = options;
  if (!Number.isSafeInteger(maxTableBytes) || maxTableBytes < 1)
    throw new RangeError(`maxTableBytes is a whole number of bytes from 1 up, not ${shown(maxTableBytes)}.`);
  return new FrameReader(await createMemory(engine), maxTableBytes);
}

interface MutableTable extends HeldTable {
  slot: Slot;
  layout: LayoutName;
  rows: number;
  sharedOwners: Uint32Array;
}

/** A table that a slot holds, and its shared owners. */
class SlotTable implements MutableTable {
  readonly slot: Slot;
  layout: LayoutName = "MIB_TCPTABLE";
  rows = 0;
  readonly owners = new SharedOwners();

  constructor(slot: Slot) {
    this.slot = slot;
  }

  get sharedOwners(): Uint32Array {
    return this.owners.pairs;
  }
}

/** Turns frames back into tables. Frames may come from strangers: whatever they hold, the reader throws, or gives a right table. */
export class FrameReader {
  readonly engine: EngineName;
  readonly #memory: FrameMemory;
  readonly #limit: number;
  readonly #change: Change;
  readonly #tables = [new SlotTable(0), new SlotTable(1)] as const;
  #slot: Slot = 0;
  /** Whether there is a table, and of which frame. */
  #hasTable = false;
  #streamLow = 0;
  #streamHigh = 0;
  #sequence = 0;
  /** Pairs of the frame that is being read. */
  #owners = new Uint32Array(0);

  /** @internal */
  constructor(memory: FrameMemory, maxTableBytes: number) {
    this.engine = memory.engine;
    this.#memory = memory;
    this.#limit = maxTableBytes;
    this.#change = new Change(memory);
  }

  /**
   * Reads a frame. A key frame can always be read; a delta only after the frame that it starts from. Where it throws, the reader
   * has the table that it had: it goes on with the next good frame of the stream.
   *
   * @param frame one whole frame, and nothing behind it
   * @returns the one Change that this reader has; `undefined` for a kind of frame that is none of a table's
   * @throws {NotAFrameError} {TruncatedFrameError} {CorruptFrameError} the bytes are no frame, or not a whole or a sound one
   * @throws {FrameVersionError} the frame is of a version that this reader does not know
   * @throws {MissingBaseError} the delta starts from a table that the reader has not
   * @throws {FrameTooLargeError} frame or table are larger than `maxTableBytes`
   * @throws {TableTooLargeError} where that much memory is not to be had
   */
  read(frame: Bytes): Change | undefined {
    this.#change.expire();
    const given = bytesOf(frame);
    const length = this.#checkStart(given);
    const kind = given[AT.kind] as number;
    const slot: Slot = this.#slot === 0 ? 1 : 0;
    // A view on this very memory would not outlive its growth.
    const source = given.buffer === this.#memory.bytes.buffer ? given.slice() : given;
    this.#makeRoom(kind === KEY ? length : 0, kind === KEY ? 0 : length, 0);
    const at = kind === KEY ? this.#memory.slotAt(slot) : this.#memory.scratchAt;
    this.#memory.bytes.set(source, at);
    this.#checkSum(at, length);
    if (kind !== KEY && kind !== DELTA) return undefined;
    const layout = this.#checkHeader(at, kind, length);
    const table = this.#tables[slot];
    if (kind === KEY) this.#readKey(at, length, layout);
    else this.#readDelta(length, layout, slot);
    // Nothing can go wrong any more.
    table.layout = layout;
    table.rows = this.#word(kind === KEY ? at : this.#memory.scratchAt, AT.rows);
    table.owners.replace(this.#owners);
    return this.#turn(kind === KEY ? at : this.#memory.scratchAt, kind, slot);
  }

  /** Magic, version and length. Returns the length. */
  #checkStart(given: Uint8Array): number {
    if (given.length < 4) throw new TruncatedFrameError(given.length, HEADER);
    if (wordAt(given, AT.magic) !== MAGIC) throw new NotAFrameError(hexadecimal(given.subarray(0, 4)));
    if (given.length < HEADER) throw new TruncatedFrameError(given.length, HEADER);
    const version = wordAt(given, AT.version) & 0xffff;
    if (version !== VERSION) throw new FrameVersionError(version, VERSION);
    const length = wordAt(given, AT.length);
    if (given.length < length) throw new TruncatedFrameError(given.length, length);
    if (length < HEADER || length % 16 !== 0 || given.length !== length)
      throw new CorruptFrameError(`there are ${given.length} bytes, but by its header it has ${length}`);
    if (length > this.#limit + HEADER + 16) throw new FrameTooLargeError("frame", length, this.#limit);
    return length;
  }

  #checkSum(at: number, length: number): void {
    const { view } = this.#memory;
    const low = view.getInt32(at + AT.checksum, true);
    const high = view.getInt32(at + AT.checksum + 4, true);
    view.setUint32(at + AT.checksum, 0, true);
    view.setUint32(at + AT.checksum + 4, 0, true);
    const lanes = this.#memory.lanesOf(at, length);
    if (low !== lowerWord(lanes, length) || high !== upperWord(lanes, length))
      throw new CorruptFrameError(`the checksum of its ${length} bytes is not the one that it holds`);
  }

  /** What does not depend on the body. Returns the layout. */
  #checkHeader(at: number, kind: number, length: number): LayoutName {
    const { view } = this.#memory;
    const code = view.getUint16(at + AT.layout, true);
    const rowSize = view.getUint16(at + AT.rowSize, true);
    const layout = layoutOf(code);
    if (!layout) throw new CorruptFrameError(`there is no layout with the code ${code}`);
    if (LAYOUTS[layout].rowSize !== rowSize)
      throw new CorruptFrameError(`a row of ${layout} has ${LAYOUTS[layout].rowSize} bytes, not ${rowSize}`);
    const flags = view.getUint8(at + AT.flags);
    if (flags > COMPLETE) throw new CorruptFrameError(`the flags ${flags} have bits that mean nothing`);
    const sequence = this.#word(at, AT.sequence);
    const base = this.#word(at, AT.base);
    if (kind === KEY ? base !== sequence : base >= sequence)
      throw new CorruptFrameError(`frame ${sequence} can't start from frame ${base}`);
    if (
      !Number.isFinite(view.getFloat64(at + AT.time, true)) ||
      !Number.isFinite(view.getFloat64(at + AT.monotonic, true))
    )
      throw new CorruptFrameError("a clock shows no number");
    const tableBytes = byteLengthOf(layout, this.#word(at, AT.rows));
    if (tableBytes > this.#limit) throw new FrameTooLargeError("table", tableBytes, this.#limit);
    if (this.#word(at, AT.sharedOwners) * 8 > length)
      throw new CorruptFrameError(`it has no room for ${this.#word(at, AT.sharedOwners)} shared owners`);
    return layout;
  }

  #readKey(at: number, length: number, layout: LayoutName): void {
    const rows = this.#word(at, AT.rows);
    const tableBytes = byteLengthOf(layout, rows);
    if (this.#word(at, AT.runs) !== 0) throw new CorruptFrameError("a key frame has no runs");
    this.#checkLength(at, length, HEADER + tableBytes);
    if (this.#word(at, HEADER) !== rows)
      throw new CorruptFrameError(`its header says ${rows} rows, dwNumEntries ${this.#word(at, HEADER)}`);
    if (this.#word(at, AT.padding) !== (hasPadding(layout, rows) ? this.#word(at, HEADER + 4) : 0))
      throw new CorruptFrameError("the table's padding is not the one of its header");
    this.#readOwners(at, HEADER + tableBytes, layout, rows);
    this.#makeRoom(0, 0, rows);
  }

  #readDelta(length: number, layout: LayoutName, slot: Slot): void {
    const before = this.#tables[this.#slot];
    let at = this.#memory.scratchAt;
    const base = this.#word(at, AT.base);
    const isOfStream = this.#hasTable && this.#isOfStream(at);
    if (!isOfStream || base !== this.#sequence)
      throw new MissingBaseError(base, isOfStream ? this.#sequence : undefined);
    if (layout !== before.layout)
      throw new CorruptFrameError(`it is of ${layout}, but the table that it starts from is of ${before.layout}`);
    const { firstRow, rowSize } = LAYOUTS[layout];
    const rows = this.#word(at, AT.rows);
    const runs = this.#word(at, AT.runs);
    const paddedRuns = Math.ceil(runs / 4) * 4;
    if (HEADER + paddedRuns > length) throw new CorruptFrameError(`it has no room for ${runs} bytes of runs`);
    // Each row before is copied once at the most: so many rows there can be, and memory is made for no more.
    if (rows * rowSize > before.rows * rowSize + length)
      throw new CorruptFrameError(`${rows} rows can't come of ${before.rows} and ${length} bytes`);
    if (!hasPadding(layout, rows) && this.#word(at, AT.padding) !== 0)
      throw new CorruptFrameError("there is padding for a table that has none");
    this.#makeRoom(padded(HEADER + byteLengthOf(layout, rows)), 0, Math.max(rows, before.rows));
    at = this.#memory.scratchAt;
    const memory = this.#memory;
    const table = memory.slotAt(slot) + HEADER;
    memory.beginComparison(layout, memory.slotAt(this.#slot) + HEADER, before.rows, table, rows);
    const newRows = memory.readRuns(at + HEADER, at + HEADER + runs);
    if (newRows < 0)
      throw new CorruptFrameError(
        `its runs don't make ${rows} rows of the ${before.rows} before, each copied once at the most`,
      );
    for (let byte = HEADER + runs; byte < HEADER + paddedRuns; byte++)
      if (memory.bytes[at + byte] !== 0) throw new CorruptFrameError("there is something in the gap behind its runs");
    const end = HEADER + paddedRuns + newRows * rowSize;
    this.#checkLength(at, length, end);
    this.#readOwners(at, end, layout, rows);
    memory.view.setUint32(table, rows, true);
    if (firstRow > 4) memory.view.setUint32(table + 4, this.#word(at, AT.padding), true);
    memory.copyRows(at + HEADER + paddedRuns);
  }

  /** Whether what comes before the shared owners, these, and zeros make the frame's length. */
  #checkLength(at: number, length: number, beforeOwners: number): void {
    const end = beforeOwners + this.#word(at, AT.sharedOwners) * 8;
    if (padded(end) !== length)
      throw new CorruptFrameError(`rows and shared owners make ${padded(end)} bytes, but it has ${length}`);
    for (let byte = end; byte < length; byte++)
      if (this.#memory.bytes[at + byte] !== 0) throw new CorruptFrameError("there is something behind its end");
  }

  #readOwners(at: number, from: number, layout: LayoutName, rows: number): void {
    const length = this.#word(at, AT.sharedOwners) * 2;
    if (length === 0 && this.#owners.length === 0) return;
    this.#owners = new Uint32Array(length);
    for (let number = 0; number < length; number++) this.#owners[number] = this.#word(at, from + number * 4);
    try {
      mustBeSharedOwners(this.#owners, layout, rows);
    } catch (cause) {
      throw new CorruptFrameError((cause as Error).message, { cause });
    }
  }

  /** The table that was read becomes the current one. */
  #turn(at: number, kind: number, slot: Slot): Change {
    const { view } = this.#memory;
    const before = this.#tables[this.#slot];
    const table = this.#tables[slot];
    const follows = this.#hasTable && this.#isOfStream(at) && before.layout === table.layout;
    this.#hasTable = true;
    this.#streamLow = view.getInt32(at + AT.stream, true);
    this.#streamHigh = view.getInt32(at + AT.stream + 4, true);
    this.#sequence = this.#word(at, AT.sequence);
    this.#slot = slot;
    if (follows) this.#makeRoom(0, 0, Math.max(before.rows, table.rows));
    const change = this.#change.refresh(table, follows ? before : undefined);
    change.kind = kind === KEY ? "key" : "delta";
    change.hasRuns = kind === DELTA;
    change.sequence = this.#sequence;
    change.tick = this.#word(at, AT.tick);
    change.attempts = this.#word(at, AT.attempts);
    change.time = view.getFloat64(at + AT.time, true);
    change.monotonic = view.getFloat64(at + AT.monotonic, true);
    change.complete = view.getUint8(at + AT.flags) === COMPLETE;
    return change;
  }

  #isOfStream(at: number): boolean {
    const { view } = this.#memory;
    const low = view.getInt32(at + AT.stream, true);
    return low === this.#streamLow && view.getInt32(at + AT.stream + 4, true) === this.#streamHigh;
  }

  #word(at: number, field: number): number {
    return this.#memory.view.getUint32(at + field, true);
  }

  /** More than is wanted now: a table's size wanders. */
  #makeRoom(slot: number, scratch: number, rows: number): void {
    if (this.#memory.hasRoom(slot, scratch, rows)) return;
    this.#memory.makeRoom(slot + (slot >>> 2), scratch + (scratch >>> 2), rows + (rows >>> 2));
  }
}

/** No closure: this runs for each frame. */
function layoutOf(code: number): LayoutName | undefined {
  for (let at = 0; at < LAYOUT_NAMES.length; at++) {
    const layout = LAYOUT_NAMES[at] as LayoutName;
    if (LAYOUTS[layout].code === code) return layout;
  }
  return undefined;
}

/** Whether a table has bytes between `dwNumEntries` and its first row. */
function hasPadding(layout: LayoutName, rows: number): boolean {
  return LAYOUTS[layout].firstRow > 4 && rows > 0;
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
