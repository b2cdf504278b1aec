import { mustBeByteLength, mustBeSharedOwners } from "../decoder/arguments.js";
import type { EngineName } from "../decoder/table/engine.js";
import { type Bytes, byteLengthOf, bytesOf, readRowCount, wordAt } from "../format/header.js";
import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import { shown, unknownOption } from "../format/options.js";
import type { Views } from "../format/views.js";
import { lowerWord, upperWord } from "./checksum.js";
import { createMemory } from "./create-memory.js";
import { AT, COMPLETE, DELTA, HEADER, KEY, MAGIC, padded, VERSION } from "./header.js";
import { type FrameMemory, type Slot, viewsOf } from "./memory.js";

/** Frames from one key frame to the next, unless said otherwise: a minute at ten samples a second. */
const KEY_INTERVAL = 600;

export interface FrameWriterOptions {
  /** The kernel, or the plain one where WebAssembly is missing, unless said otherwise. Both write the same bytes. */
  readonly engine?: EngineName | undefined;
  /** Every so many frames one is a key frame, which a reader can begin with. 600 unless said otherwise. */
  readonly keyInterval?: number | undefined;
}

/** One table, and when and how it was read. */
export interface FrameInput {
  /** The raw table from `dwNumEntries` on. A view from `reserve` is not copied. */
  readonly bytes: Bytes;
  readonly layout: LayoutName;
  /** Which sample of the clock it is, from 0 up: the tables of both families of one sample have the same. */
  readonly tick: number;
  /** Wall clock, milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Monotonic clock, milliseconds since the stream began; 0 unless said otherwise. */
  readonly monotonic?: number | undefined;
  /** Calls that it took to read the table. */
  readonly attempts: number;
  /** Whether the table is known to be whole. */
  readonly complete: boolean;
  /** Pairs of a row number and a PID, for sockets that several processes hold, ascending by both. */
  readonly sharedOwners?: Uint32Array | undefined;
  /** Asks for a key frame. */
  readonly key?: boolean | undefined;
}

/**
 * Makes a writer of one stream of frames, which are of one family.
 *
 * @throws {TypeError} there is no such engine, or no such option
 * @throws {RangeError} the interval is no whole number from 1 up
 * @throws where `engine: "wasm"` is asked for by name and can't be had: the platform's own error
 */
export async function createFrameWriter(options: FrameWriterOptions = {}): Promise<FrameWriter> {
  const problem = unknownOption("createFrameWriter", options, ["engine", "keyInterval"]);
  if (problem) throw new TypeError(problem);
  const { engine, keyInterval = KEY_INTERVAL } = options;
  if (!Number.isSafeInteger(keyInterval) || keyInterval < 1)
    throw new RangeError(`keyInterval is a whole number of frames from 1 up, not ${shown(keyInterval)}.`);
  return new FrameWriter(await createMemory(engine), keyInterval);
}

/** Turns consecutive tables into frames. Also the buffer that a collector writes into: so a table is never copied. */
export class FrameWriter {
  readonly engine: EngineName;
  readonly #memory: FrameMemory;
  readonly #keyInterval: number;
  readonly #stream = crypto.getRandomValues(new Uint32Array(2));
  /** Views on frames and tables, by where they lie. */
  readonly #views = new Map<number, Views<Uint8Array>>();
  /** Where the last table lies. */
  #slot: Slot = 0;
  #layout: LayoutName | undefined;
  #rows = 0;
  #sequence = 0;
  #sinceKey = 0;
  /** Bytes of a table that there is room for in each slot. */
  #reserved = 0;

  /** @internal */
  constructor(memory: FrameMemory, keyInterval: number) {
    this.engine = memory.engine;
    this.#memory = memory;
    this.#keyInterval = keyInterval;
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
    this.#makeRoom(padded(HEADER + Math.max(byteLength, this.#reserved)), 0);
    this.#reserved = Math.max(byteLength, this.#reserved);
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
    const given = bytesOf(input.bytes);
    const { layout, sharedOwners } = input;
    const rows = readRowCount(given, layout);
    if (sharedOwners) mustBeSharedOwners(sharedOwners, layout, rows);
    mustBeInput(input);
    const ownerBytes = (sharedOwners?.length ?? 0) * 4;
    const tableBytes = byteLengthOf(layout, rows);
    const keyBytes = padded(HEADER + tableBytes + ownerBytes);
    const memory = this.#memory;
    const slot = this.#nextSlot();
    const isInPlace = given.buffer === memory.bytes.buffer && given.byteOffset === memory.slotAt(slot) + HEADER;
    // Bytes elsewhere in this memory would move with it.
    const table = isInPlace || given.buffer !== memory.bytes.buffer ? given : given.slice(0, tableBytes);
    this.#makeRoom(keyBytes, rows);
    const at = memory.slotAt(slot);
    if (!isInPlace) memory.bytes.set(table.length === tableBytes ? table : table.subarray(0, tableBytes), at + HEADER);

    const mayBeDelta = !input.key && layout === this.#layout && this.#sinceKey < this.#keyInterval;
    const deltaBytes = mayBeDelta ? this.#writeDelta(layout, rows, slot, keyBytes, sharedOwners) : -1;
    const isDelta = deltaBytes >= 0;
    const frame = isDelta ? memory.scratchAt : at;
    const length = isDelta ? deltaBytes : keyBytes;
    if (!isDelta) this.#writeTail(at, HEADER + tableBytes, length, sharedOwners);
    this.#writeHeader(frame, isDelta ? DELTA : KEY, length, rows, input);
    this.#slot = slot;
    this.#layout = layout;
    this.#rows = rows;
    this.#sinceKey = isDelta ? this.#sinceKey + 1 : 1;
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this.#viewsAt(frame).of(length);
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

  #writeHeader(frame: number, kind: number, length: number, rows: number, input: FrameInput): void {
    const { view, bytes } = this.#memory;
    const { code, firstRow, rowSize } = LAYOUTS[input.layout];
    const table = this.#memory.slotAt(this.#nextSlot()) + HEADER;
    view.setUint32(frame + AT.magic, MAGIC, true);
    view.setUint16(frame + AT.version, VERSION, true);
    view.setUint8(frame + AT.kind, kind);
    view.setUint8(frame + AT.flags, input.complete ? COMPLETE : 0);
    view.setUint32(frame + AT.length, length, true);
    view.setUint16(frame + AT.layout, code, true);
    view.setUint16(frame + AT.rowSize, rowSize, true);
    view.setUint32(frame + AT.stream, this.#stream[0] as number, true);
    view.setUint32(frame + AT.stream + 4, this.#stream[1] as number, true);
    view.setUint32(frame + AT.sequence, this.#sequence, true);
    view.setUint32(frame + AT.base, kind === DELTA ? this.#sequence - 1 : this.#sequence, true);
    view.setUint32(frame + AT.tick, input.tick, true);
    view.setUint32(frame + AT.attempts, input.attempts, true);
    view.setFloat64(frame + AT.time, input.time, true);
    view.setFloat64(frame + AT.monotonic, input.monotonic ?? 0, true);
    view.setUint32(frame + AT.rows, rows, true);
    if (kind === KEY) view.setUint32(frame + AT.runs, 0, true);
    view.setUint32(frame + AT.sharedOwners, (input.sharedOwners?.length ?? 0) / 2, true);
    view.setUint32(frame + AT.padding, firstRow > 4 && rows > 0 ? wordAt(bytes, table + 4) : 0, true);
    view.setUint32(frame + AT.checksum, 0, true);
    view.setUint32(frame + AT.checksum + 4, 0, true);
    const lanes = this.#memory.lanesOf(frame, length);
    view.setInt32(frame + AT.checksum, lowerWord(lanes, length), true);
    view.setInt32(frame + AT.checksum + 4, upperWord(lanes, length), true);
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

/** @throws {RangeError} a number is none that a frame can hold */
function mustBeInput({ tick, time, monotonic = 0, attempts }: FrameInput): void {
  if (tick >>> 0 !== tick || attempts >>> 0 !== attempts)
    throw new RangeError(
      `tick and attempts are whole numbers from 0 to 4294967295, not ${shown(tick)} and ${shown(attempts)}.`,
    );
  if (!Number.isFinite(time) || !Number.isFinite(monotonic))
    throw new RangeError(`time and monotonic are milliseconds, not ${shown(time)} and ${shown(monotonic)}.`);
}
