import { TableTooLargeError } from "../decoder/errors.js";
import { PlainDecoder } from "../decoder/plain/decoder.js";
import type { TcpTable } from "../decoder/table/table.js";
import { byteLengthOf } from "../format/header.js";
import type { LayoutName } from "../format/layouts.js";
import { LANES, mixLanes } from "./checksum.js";
import { type FrameMemory, lines, noRows, type RowList, type Slot } from "./memory.js";
import { PlainComparison } from "./plain-comparison.js";
import { copyRows, readRuns, writeDelta } from "./plain-delta.js";

/** The same in plain TypeScript. */
export class PlainMemory implements FrameMemory {
  readonly engine = "plain";
  bytes = new Uint8Array(0);
  view = new DataView(this.bytes.buffer);
  numbers = new Uint32Array(0);
  scratchAt = 0;
  readonly opened: RowList = noRows();
  readonly closed: RowList = noRows();
  readonly changed: RowList = noRows();
  readonly #decoder = new PlainDecoder();
  readonly #lanes = new Int32Array(4);
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;
  #slotBytes = 0;
  #scratchBytes = 0;
  #comparison = new PlainComparison("MIB_TCPTABLE", this.bytes, 0, this.bytes, 0, 0);
  #current = 0;
  #previous = 0;

  createAnother(): FrameMemory {
    return new PlainMemory();
  }

  slotAt(slot: Slot): number {
    return slot === 0 ? 0 : this.#slotBytes;
  }

  hasRoom(slotBytes: number, scratchBytes: number): boolean {
    return slotBytes <= this.#slotBytes && scratchBytes <= this.#scratchBytes;
  }

  makeRoom(slotBytes: number, scratchBytes: number): void {
    const slot = lines(Math.max(slotBytes, this.#slotBytes));
    const scratch = lines(Math.max(scratchBytes, this.#scratchBytes));
    const before = this.bytes;
    try {
      this.bytes = new Uint8Array(slot * 2 + scratch);
    } catch {
      throw new TableTooLargeError(slot, this.engine);
    }
    this.view = new DataView(this.bytes.buffer);
    this.bytes.set(before.subarray(0, this.#slotBytes));
    this.bytes.set(before.subarray(this.#slotBytes, this.#slotBytes * 2), slot);
    this.bytes.set(before.subarray(this.#slotBytes * 2), slot * 2);
    this.#slotBytes = slot;
    this.#scratchBytes = scratch;
    this.scratchAt = slot * 2;
  }

  beginComparison(
    layout: LayoutName,
    previous: number,
    previousRows: number,
    current: number,
    currentRows: number,
  ): void {
    this.#previous = previous;
    this.#current = current;
    const tableAt = (at: number, rows: number) => this.bytes.subarray(at, at + byteLengthOf(layout, rows));
    const [before, after] = [tableAt(previous, previousRows), tableAt(current, currentRows)];
    this.#comparison = new PlainComparison(layout, before, previousRows, after, currentRows, this.#seed);
  }

  findCopies(): void {
    this.#comparison.findCopies();
  }

  writeDelta(to: number, end: number): number {
    return writeDelta(this.bytes, this.#comparison, this.#current, to, end);
  }

  get newRows(): number {
    return this.#comparison.newRows;
  }

  readRuns(at: number, end: number): number {
    return readRuns(this.bytes, this.#comparison, at, end);
  }

  copyRows(from: number): void {
    copyRows(this.bytes, this.#comparison, this.#previous, this.#current, from);
  }

  compareLeftovers(): void {
    this.#comparison.compareLeftovers();
    const { opened, closed, changed } = this.#comparison;
    this.numbers = Uint32Array.from([...opened, ...closed, ...changed]);
    Object.assign(this.opened, { from: 0, length: opened.length });
    Object.assign(this.closed, { from: opened.length, length: closed.length });
    Object.assign(this.changed, { from: opened.length + closed.length, length: changed.length / 2 });
  }

  lanesOf(at: number, byteLength: number): Int32Array {
    this.#lanes.set(LANES);
    mixLanes(this.view, at, at + byteLength, this.#lanes);
    return this.#lanes;
  }

  expire(): void {
    this.#decoder.expire();
  }

  decode(at: number, rows: number, layout: LayoutName, reuse?: TcpTable, sharedOwners?: Uint32Array): TcpTable {
    return this.#decoder.decode(this.bytes.subarray(at, at + byteLengthOf(layout, rows)), layout, reuse, sharedOwners);
  }
}
