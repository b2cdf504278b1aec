import type { EngineName } from "../decoder/table/engine.js";
import type { TcpTable } from "../decoder/table/table.js";
import type { LayoutName } from "../format/layouts.js";
import { Views } from "../format/views.js";

/** Two slots, for the table before and the current one, in turn. */
export type Slot = 0 | 1;

/** Bytes that are read past a table's last row. */
export const SLACK = 4096;

/**
 * The memory of a writer or a reader, and what an engine does in it: the kernel in its linear memory, the plain engine in an
 * ArrayBuffer. All addresses are bytes from its start.
 *
 *   slot 0: header, table, owners | scratch: a delta frame | the comparison's workspace | slot 1: as slot 0
 *
 * A slot holds a whole key frame, so a table that a collector writes behind its header needs no copy to become one.
 */
export interface FrameMemory {
  readonly engine: EngineName;
  /** All of it. Another view after `makeRoom`. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** An empty one of the same engine. */
  createAnother(): FrameMemory;

  slotAt(slot: Slot): number;
  readonly scratchAt: number;

  /** Whether there is room for so much. */
  hasRoom(slotBytes: number, scratchBytes: number, rows: number): boolean;

  /**
   * Room for at least so many bytes in each slot and in the scratch, and for comparing tables of so many rows. What lies in the
   * slots and the scratch stays, though elsewhere: no view on it is valid any more.
   *
   * @throws {TableTooLargeError} where that much memory is not to be had
   */
  makeRoom(slotBytes: number, scratchBytes: number, rows: number): void;

  /** Says which tables what follows is about. */
  beginComparison(
    layout: LayoutName,
    previous: number,
    previousRows: number,
    current: number,
    currentRows: number,
  ): void;
  /** Finds the runs of copied rows. */
  findCopies(): void;
  /** Writes runs, padding and new rows. Returns the runs' bytes, −1 where they have no room before `end`. */
  writeDelta(to: number, end: number): number;
  /** How many rows `writeDelta` wrote. */
  readonly newRows: number;
  /** Reads runs from bytes. Returns how many new rows there are beside them, −1 where the runs are wrong. */
  readRuns(at: number, end: number): number;
  /** Makes the current table's rows of the previous one's and new ones, which lie at `from`. */
  copyRows(from: number): void;
  /** Says of the rows that are no copies which opened, closed or changed; they lie in `numbers` then. */
  compareLeftovers(): void;

  readonly numbers: Uint32Array;
  readonly opened: RowList;
  readonly closed: RowList;
  /** Pairs of a current and a previous row. */
  readonly changed: RowList;

  /** The lanes of the checksum of a frame in this memory. */
  lanesOf(at: number, byteLength: number): Int32Array;

  /** Makes tables stale. */
  expire(): void;
  /** Decodes a table that has been checked, where it lies. */
  decode(at: number, rows: number, layout: LayoutName, reuse?: TcpTable, sharedOwners?: Uint32Array): TcpTable;
}

/** Where row numbers lie in `numbers`. */
export interface RowList {
  from: number;
  /** Rows, or pairs of them. */
  length: number;
}

export function noRows(): RowList {
  return { from: 0, length: 0 };
}

/** A whole number of cache lines. */
export function lines(byteLength: number): number {
  return Math.ceil(byteLength / 64) * 64;
}

/** Views from an address on. A function of its own: where a closure stands, an engine makes an object at each call, used or not. */
export function viewsOf(buffer: ArrayBufferLike, at: number): Views<Uint8Array> {
  return new Views((length) => new Uint8Array(buffer, at, length));
}
