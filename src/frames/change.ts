import { StaleTableError } from "../decoder/errors.js";
import { PlainDecoder } from "../decoder/plain/decoder.js";
import { Selection, type TcpTable } from "../decoder/table/table.js";
import { byteLengthOf } from "../format/header.js";
import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import { Views } from "../format/views.js";
import type { EndedConnections } from "./ended-connections.js";
import { HEADER } from "./header.js";
import { type FrameMemory, type RowList, type Slot, viewsOf } from "./memory.js";

/** What a reader knows of a table in its memory. */
export interface HeldTable {
  readonly slot: Slot;
  readonly layout: LayoutName;
  readonly rows: number;
  readonly sharedOwners: Uint32Array;
}

/**
 * What a frame told: a table, and what has become of the one before. A reader has one such object, which stands for the frame
 * that was read last: its members are valid until the next `read`, and throw StaleTableError after a `read` that failed. Table and
 * comparison are made when they are first asked for: who wants the bytes pays for bytes.
 */
export class Change {
  /** A whole table, or what has changed since another one. */
  kind: "key" | "delta" = "key";
  /** Of the frame in its stream. */
  sequence = 0;
  /** Which sample of the clock it was. */
  tick = 0;
  /** Wall clock, milliseconds since 1970-01-01 UTC. */
  time = 0;
  /** Monotonic clock, milliseconds since the stream began. */
  monotonic = 0;
  /** Calls that it took to read the table. */
  attempts = 0;
  /** Whether the table is known to be whole. */
  complete = false;
  /** Whether its stream tells of connections that end: else a row that is gone is all that one learns of an end. */
  endsAreTold = false;
  /** Whether it is the first table of its stream or layout that the reader has seen: nothing in it has opened. */
  isBaseline = true;

  readonly #memory: FrameMemory;
  readonly #ends: EndedConnections;
  readonly #views = new Map<number, Views<Uint8Array>>();
  readonly #closed = new CopiedRows();
  readonly #before = new CopiedRows();
  #current: HeldTable | undefined;
  #previous: HeldTable | undefined;
  #buffer: ArrayBufferLike | undefined;
  #table: TcpTable | undefined;
  #opened: Selection | undefined;
  #changed: Selection | undefined;
  #isDecoded = false;
  #isCompared = false;
  #hasOpened = false;
  #hasChanged = false;

  /** @internal */
  constructor(memory: FrameMemory, ends: EndedConnections) {
    this.#memory = memory;
    this.#ends = ends;
  }

  /** The layout of the table. */
  get layout(): LayoutName {
    return this.#held().layout;
  }

  /** The raw table, exactly as it was written: a view. */
  get bytes(): Uint8Array {
    const { slot, layout, rows } = this.#held();
    const { buffer } = this.#memory.bytes;
    if (buffer !== this.#buffer) this.#views.clear();
    this.#buffer = buffer;
    const at = this.#memory.slotAt(slot) + HEADER;
    let views = this.#views.get(at);
    if (!views) {
      views = viewsOf(buffer, at);
      this.#views.set(at, views);
    }
    return views.of(byteLengthOf(layout, rows));
  }

  /** Pairs of a row number and a PID, for sockets that several processes hold. */
  get sharedOwners(): Uint32Array {
    return this.#held().sharedOwners;
  }

  /** The table, decoded. */
  get table(): TcpTable {
    const { slot, rows, layout, sharedOwners } = this.#held();
    if (!this.#isDecoded || !this.#table) {
      const at = this.#memory.slotAt(slot) + HEADER;
      this.#table = this.#memory.decode(at, rows, layout, this.#table, sharedOwners);
      this.#isDecoded = true;
    }
    return this.#table;
  }

  /** Rows of `table` that were not there before, in its order. */
  get opened(): Selection {
    this.#compare();
    const { table } = this;
    this.#opened ??= new Selection(table, table.currentEngine("table"), 0);
    if (!this.#hasOpened) this.#refresh(this.#opened, this.#memory.opened, 1);
    this.#hasOpened = true;
    return this.#opened;
  }

  /** Rows of `table` whose state or owner is another one than before, in its order. */
  get changed(): Selection {
    this.#compare();
    const { table } = this;
    this.#changed ??= new Selection(table, table.currentEngine("table"), 0);
    if (!this.#hasChanged) this.#refresh(this.#changed, this.#memory.changed, 2);
    this.#hasChanged = true;
    return this.#changed;
  }

  /** The rows that are gone, as they were last. A table of its own. */
  get closed(): TcpTable {
    this.#compare();
    return this.#closed.tableOf(this.#memory, this.#previous ?? this.#held(), this.#listOf(this.#memory.closed), 1);
  }

  /** The rows of `changed` as they were before, in the same order. A table of its own. */
  get before(): TcpTable {
    this.#compare();
    return this.#before.tableOf(this.#memory, this.#previous ?? this.#held(), this.#listOf(this.#memory.changed), 2);
  }

  /** Connections that have ended, as frames since the table or gap before have told. */
  get ends(): EndedConnections {
    this.#held();
    return this.#ends;
  }

  /** Makes this object stand for a table and the one that it was compared with. @internal */
  refresh(current: HeldTable, previous: HeldTable | undefined): this {
    this.#current = current;
    this.#previous = previous;
    this.isBaseline = previous === undefined;
    return this;
  }

  /** Makes its members throw, until it is refreshed. @internal */
  expire(): void {
    this.#memory.expire();
    this.#closed.expire();
    this.#before.expire();
    this.#current = undefined;
    this.#isDecoded = false;
    this.#isCompared = false;
    this.#hasOpened = false;
    this.#hasChanged = false;
  }

  /** Whether the runs of copied rows are known already. @internal */
  hasRuns = false;

  #held(): HeldTable {
    if (!this.#current) throw new StaleTableError("table");
    return this.#current;
  }

  #compare(): void {
    const current = this.#held();
    if (this.#isCompared) return;
    this.#isCompared = true;
    const previous = this.#previous;
    if (!previous) return;
    const memory = this.#memory;
    if (!this.hasRuns) {
      const before = memory.slotAt(previous.slot) + HEADER;
      const after = memory.slotAt(current.slot) + HEADER;
      memory.beginComparison(current.layout, before, previous.rows, after, current.rows);
      memory.findCopies();
    }
    memory.compareLeftovers();
  }

  #listOf(list: RowList): RowList {
    return this.#previous ? list : NO_ROWS;
  }

  #refresh(selection: Selection, list: RowList, step: number): void {
    const { from, length } = this.#listOf(list);
    selection.refreshWith(this.#memory.numbers, from, length, step);
  }
}

const NO_ROWS: RowList = { from: 0, length: 0 };

/** A small table of some rows of the one before, in a decoder of its own. */
class CopiedRows {
  readonly #decoder = new PlainDecoder();
  #bytes = new Uint8Array(0);
  readonly #views = new Views((length) => this.#bytes.subarray(0, length));
  #table: TcpTable | undefined;
  #isDecoded = false;

  /** @param step of the numbers in the list: 2 for the second ones of pairs */
  tableOf(memory: FrameMemory, from: HeldTable, list: RowList, step: 1 | 2): TcpTable {
    if (this.#isDecoded && this.#table) return this.#table;
    const { firstRow, rowSize } = LAYOUTS[from.layout];
    const byteLength = byteLengthOf(from.layout, list.length);
    if (byteLength > this.#bytes.length) {
      this.#bytes = new Uint8Array(byteLength * 2);
      this.#views.clear();
    }
    const source = memory.bytes;
    const start = memory.slotAt(from.slot) + HEADER + firstRow;
    let to = firstRow;
    for (let at = 0; at < list.length; at++) {
      const row = start + (memory.numbers[list.from + at * step + step - 1] as number) * rowSize;
      for (let byte = row; byte < row + rowSize; byte++) this.#bytes[to++] = source[byte] as number;
    }
    for (let byte = 0; byte < 4; byte++) this.#bytes[byte] = list.length >>> (byte * 8);
    const owners = from.sharedOwners.length > 0 ? sharedOwnersOf(memory, from.sharedOwners, list, step) : undefined;
    this.#table = this.#decoder.decode(this.#views.of(byteLength), from.layout, this.#table, owners);
    this.#isDecoded = true;
    return this.#table;
  }

  expire(): void {
    this.#isDecoded = false;
    this.#decoder.expire();
  }
}

/** The shared owners of the rows of a list, by their places in it. */
function sharedOwnersOf(memory: FrameMemory, pairs: Uint32Array, list: RowList, step: 1 | 2): Uint32Array {
  const owners = new Map<number, number[]>();
  for (let at = 0; at < pairs.length; at += 2) {
    const row = pairs[at] as number;
    owners.set(row, [...(owners.get(row) ?? []), pairs[at + 1] as number]);
  }
  const found: number[] = [];
  for (let at = 0; at < list.length; at++) {
    const row = memory.numbers[list.from + at * step + step - 1] as number;
    for (const pid of owners.get(row) ?? []) found.push(at, pid);
  }
  return Uint32Array.from(found);
}
