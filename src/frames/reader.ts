import { mustBeSharedOwners } from "../decoder/arguments.js";
import type { EngineName } from "../decoder/table/engine.js";
import { type Bytes, byteLengthOf, bytesOf } from "../format/header.js";
import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import { shown, unknownOption } from "../format/options.js";
import { Change } from "./change.js";
import { createMemory } from "./create-memory.js";
import { EndedConnections } from "./ended-connections.js";
import { readEnds } from "./ends-frame.js";
import { CorruptFrameError, FrameTooLargeError, MissingBaseError } from "./errors.js";
import { checkEnd, checkHeader, checkStart, checkSum } from "./frame-checks.js";
import { type Gap, readReason } from "./gap-frame.js";
import { AT, COMPLETE, DELTA, ENDS, ENDS_ARE_TOLD, GAP, HEADER, KEY, NAMES, padded, StreamId } from "./header.js";
import type { FrameMemory, Slot } from "./memory.js";
import { NameTable, type ProcessName, readNames } from "./names-frame.js";
import { SlotTable } from "./slot-table.js";

/** Bytes of a table that a reader takes, unless said otherwise: over three million rows of MIB_TCPROW_OWNER_MODULE fit none. */
const MAX_TABLE_BYTES = 256 * 2 ** 20;

/** How a reader of frames is to work. */
export interface FrameReaderOptions {
  /** The kernel, or the plain one where WebAssembly is missing, unless said otherwise. Both read the same. */
  readonly engine?: EngineName | undefined;
  /**
   * Bytes of a table at most, of a frame, and of the ends that come before a table: what is larger is refused before memory is made
   * for it. 256 MiB unless said otherwise.
   */
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

/** Turns frames back into tables. Frames may come from strangers: whatever they hold, the reader throws, or gives a right table. */
export class FrameReader {
  /** What decodes and compares. */
  readonly engine: EngineName;
  readonly #memory: FrameMemory;
  readonly #limit: number;
  readonly #change: Change;
  readonly #tables = [new SlotTable(0), new SlotTable(1)] as const;
  #slot: Slot = 0;
  /** Of the table that there is. */
  readonly #stream = new StreamId();
  #sequence = 0;
  readonly #ends = new EndedConnections();
  readonly #endsStream = new StreamId();
  readonly #names: NameTable;
  readonly #namesStream = new StreamId();
  /** Pairs of the frame that is being read. */
  #owners = new Uint32Array(0);

  /** @internal */
  constructor(memory: FrameMemory, maxTableBytes: number) {
    this.engine = memory.engine;
    this.#memory = memory;
    this.#limit = maxTableBytes;
    this.#change = new Change(memory, this.#ends);
    this.#names = new NameTable(maxTableBytes);
  }

  /**
   * What processes are called, by PID, as the frames of this stream have told so far: always the same map. Of very many names those
   * go that were told the longest ago.
   */
  get names(): ReadonlyMap<number, ProcessName> {
    return this.#names.byPid;
  }

  /**
   * Reads a frame. A key frame can always be read; a delta only after the frame that it starts from. What ended is told with the
   * next table or gap of the stream. Where it throws, the reader has what it had: it goes on with the next good frame.
   *
   * @param frame one whole frame, and nothing behind it
   * @returns the one Change that this reader has; a Gap where the family was not read; `undefined` for ends and names, and for
   *   kinds of frames that this reader does not know
   * @throws {NotAFrameError} {TruncatedFrameError} {CorruptFrameError} the bytes are no frame, or not a whole or a sound one
   * @throws {FrameVersionError} the frame is of a version that this reader does not know
   * @throws {MissingBaseError} the delta starts from a table that the reader has not
   * @throws {FrameTooLargeError} frame, table or ends are larger than `maxTableBytes`
   * @throws {TableTooLargeError} where that much memory is not to be had
   */
  read(frame: Bytes): Change | Gap | undefined {
    this.#change.expire();
    this.#ends.expire();
    const given = bytesOf(frame);
    const length = checkStart(given, this.#limit);
    const kind = given[AT.kind] as number;
    const slot: Slot = this.#slot === 0 ? 1 : 0;
    // A view on this very memory would not outlive its growth.
    const source = given.buffer === this.#memory.bytes.buffer ? given.slice() : given;
    this.#makeRoom(kind === KEY ? length : 0, kind === KEY ? 0 : length, 0);
    const at = kind === KEY ? this.#memory.slotAt(slot) : this.#memory.scratchAt;
    this.#memory.bytes.set(source, at);
    checkSum(this.#memory, at, length);
    if (kind < KEY || kind > NAMES) return undefined;
    const layout = checkHeader(this.#memory, at, kind);
    if (kind > DELTA) return this.#readBeside(at, kind, layout);
    this.#checkTable(at, length, layout);
    const table = this.#tables[slot];
    if (kind === KEY) this.#readKey(at, layout);
    else this.#readDelta(length, layout, slot);
    // Nothing can go wrong any more.
    table.layout = layout;
    table.rows = this.#word(kind === KEY ? at : this.#memory.scratchAt, AT.rows);
    table.owners.replace(this.#owners);
    return this.#turn(kind === KEY ? at : this.#memory.scratchAt, kind, slot);
  }

  /** A kind that is none of a table's. */
  #readBeside(at: number, kind: number, layout: LayoutName): Gap | undefined {
    const memory = this.#memory;
    if (kind === ENDS) {
      if (!this.#endsStream.isOf(memory.view, at)) this.#ends.clear();
      readEnds(memory, at, layout, this.#ends, this.#limit);
      this.#endsStream.replace(memory.view, at);
    } else if (kind === NAMES) {
      const names = readNames(memory, at);
      if (!this.#namesStream.isOf(memory.view, at)) this.#names.clear();
      this.#namesStream.replace(memory.view, at);
      for (const name of names) this.#names.add(name);
    } else if (kind === GAP) {
      const reason = readReason(memory, at);
      return {
        kind: "gap",
        sequence: this.#word(at, AT.sequence),
        tick: this.#word(at, AT.tick),
        time: memory.view.getFloat64(at + AT.time, true),
        monotonic: memory.view.getFloat64(at + AT.monotonic, true),
        layout,
        family: LAYOUTS[layout].family,
        reason,
        ends: this.#tellEnds(at, layout),
      };
    }
    return undefined;
  }

  /** The ends that came before a table or a gap, if they are of its stream and family. */
  #tellEnds(at: number, layout: LayoutName): EndedConnections {
    const { family } = LAYOUTS[this.#ends.layout];
    if (!this.#endsStream.isOf(this.#memory.view, at) || family !== LAYOUTS[layout].family) this.#ends.clear();
    return this.#ends.tell(layout);
  }

  /** What the header says of a table. */
  #checkTable(at: number, length: number, layout: LayoutName): void {
    const tableBytes = byteLengthOf(layout, this.#word(at, AT.rows));
    if (tableBytes > this.#limit) throw new FrameTooLargeError("table", tableBytes, this.#limit);
    if (this.#word(at, AT.sharedOwners) * 8 > length)
      throw new CorruptFrameError(`it has no room for ${this.#word(at, AT.sharedOwners)} shared owners`);
  }

  #readKey(at: number, layout: LayoutName): void {
    const rows = this.#word(at, AT.rows);
    const tableBytes = byteLengthOf(layout, rows);
    if (this.#word(at, AT.runs) !== 0) throw new CorruptFrameError("a key frame has no runs");
    this.#checkTableEnd(at, HEADER + tableBytes);
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
    const isOfStream = this.#stream.isOf(this.#memory.view, at);
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
    this.#checkTableEnd(at, end);
    this.#readOwners(at, end, layout, rows);
    memory.view.setUint32(table, rows, true);
    if (firstRow > 4) memory.view.setUint32(table + 4, this.#word(at, AT.padding), true);
    memory.copyRows(at + HEADER + paddedRuns);
  }

  /** Whether what comes before the shared owners, these, and zeros make the frame's length. */
  #checkTableEnd(at: number, beforeOwners: number): void {
    checkEnd(this.#memory, at, beforeOwners + this.#word(at, AT.sharedOwners) * 8, "rows and shared owners");
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
    const follows = this.#stream.isOf(view, at) && before.layout === table.layout;
    this.#stream.replace(view, at);
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
    const flags = view.getUint8(at + AT.flags);
    change.complete = (flags & COMPLETE) !== 0;
    change.endsAreTold = (flags & ENDS_ARE_TOLD) !== 0;
    this.#tellEnds(at, table.layout);
    return change;
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

/** Whether a table has bytes between `dwNumEntries` and its first row. */
function hasPadding(layout: LayoutName, rows: number): boolean {
  return LAYOUTS[layout].firstRow > 4 && rows > 0;
}
