import type { Family, LayoutName, StateName, TcpTable } from "../../decoder/index.js";
import { stateName } from "../../decoder/index.js";
import {
  type Change,
  createFrameReader,
  createFrameWriter,
  type FrameReader,
  type FrameWriter,
} from "../../frames/index.js";

/** A raw table out of a recording, copied: the recording's own is valid for a moment only. */
export interface RawTable {
  readonly bytes: Uint8Array;
  readonly layout: LayoutName;
  readonly sharedOwners: Uint32Array;
}

/** What has become of a row since the table before. */
export const ROW_MARK = { none: 0, opened: 1, changed: 2 } as const;

/**
 * The table of one family at a moment, and what has become of another one since. Both go through frames: so the kernel compares them,
 * by the same rules as `tcptable events`, however far apart they are.
 */
export class ComparedTable {
  readonly family: Family;
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  #change: Change | undefined;
  /** ROW_MARK of each row. */
  marks = new Uint8Array(0);
  /** By row: its place in the table of what changed rows were. */
  #before = new Map<number, number>();

  static async open(family: Family): Promise<ComparedTable> {
    return new ComparedTable(family, await createFrameWriter(), await createFrameReader());
  }

  private constructor(family: Family, writer: FrameWriter, reader: FrameReader) {
    this.family = family;
    this.#writer = writer;
    this.#reader = reader;
  }

  /** `undefined` where the family was not read at this moment. */
  get table(): TcpTable | undefined {
    return this.#change?.table;
  }

  /** Rows of the earlier table that are gone. */
  get closed(): TcpTable | undefined {
    return this.#change?.closed;
  }

  /** Holds a table from now on. @param before what it is compared with; nothing has opened in it where there is none */
  hold(now: RawTable | undefined, before: RawTable | undefined): void {
    this.#change = undefined;
    this.#before.clear();
    this.marks = new Uint8Array(0);
    if (!now) return;
    this.#read(before?.layout === now.layout ? before : now, true);
    const change = this.#read(now, false);
    if (!change) return;
    this.#change = change;
    this.marks = new Uint8Array(change.table.length);
    for (const row of change.opened.indices) this.marks[row] = ROW_MARK.opened;
    for (const [place, row] of change.changed.indices.entries()) {
      this.marks[row] = ROW_MARK.changed;
      this.#before.set(row, place);
    }
  }

  /** The state and the owner that a changed row had, where they were others. */
  beforeOf(row: number): { readonly stateBefore?: StateName; readonly pidBefore?: number } {
    const place = this.#before.get(row);
    const change = this.#change;
    if (place === undefined || !change) return {};
    const [table, before] = [change.table, change.before];
    const stateBefore = before.columns.state[place] as number;
    const pidBefore = before.columns.owningPid?.[place];
    return {
      ...(stateBefore !== table.columns.state[row] ? { stateBefore: stateName(stateBefore) } : undefined),
      ...(pidBefore !== undefined && pidBefore !== table.columns.owningPid?.[row] ? { pidBefore } : undefined),
    };
  }

  #read({ bytes, layout, sharedOwners }: RawTable, key: boolean): Change | undefined {
    const frame = this.#writer.write({
      bytes,
      layout,
      sharedOwners,
      key,
      tick: 0,
      time: 0,
      attempts: 1,
      complete: true,
    });
    const read = this.#reader.read(frame);
    return read && read.kind !== "gap" ? read : undefined;
  }
}

/** Copies a family's table out of a moment. */
export function rawTableOf(changes: readonly Change[], family: Family): RawTable | undefined {
  for (const { table, bytes, layout, sharedOwners } of changes)
    if (table.family === family) return { bytes: bytes.slice(), layout, sharedOwners: sharedOwners.slice() };
  return undefined;
}
