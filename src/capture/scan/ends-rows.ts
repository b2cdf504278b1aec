import { PlainDecoder } from "../../decoder/plain/decoder.js";
import type { Query } from "../../decoder/query.js";
import type { TcpTable } from "../../decoder/table/table.js";
import type { ColumnName } from "../../format/columns.js";
import { END_AT, END_RECORD, SEEN_BY_SAMPLES } from "../../format/ends.js";
import { byteLengthOf, wordAt } from "../../format/header.js";
import { fieldOf, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../../format/layouts.js";
import { AT, HEADER } from "../../frames/header.js";
import { FIGURE_WORDS } from "./life-store.js";

/** The ended connections of a frame, which its reader has checked: the last row of each, and what its end told. */
export class EndsRows {
  readonly layout: LayoutName;
  readonly length: number;
  readonly #frame: Uint8Array;
  readonly #view: DataView;
  #table: TcpTable | undefined;

  constructor(frame: Uint8Array) {
    this.#frame = frame;
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const code = this.#view.getUint16(AT.layout, true);
    this.layout = LAYOUT_NAMES.find((name) => LAYOUTS[name].code === code) as LayoutName;
    this.length = wordAt(frame, AT.rows);
  }

  /** A word of a column; 0 where the layout has no such column. @param word 1 for the high word of a u64 */
  word(end: number, column: ColumnName, word = 0): number {
    const field = fieldOf(this.layout, column);
    return field ? wordAt(this.#frame, this.#rowAt(end) + field.offset + word * 4) : 0;
  }

  remotePort(end: number): number {
    return this.#view.getUint16(this.#rowAt(end) + (fieldOf(this.layout, "remotePort")?.offset ?? 0));
  }

  /** Whether only the samples have seen that it ended. */
  isBySamples(end: number): boolean {
    return (this.#view.getUint32(this.#recordAt(end) + END_AT.flags, true) & SEEN_BY_SAMPLES) !== 0;
  }

  /** When it ended, milliseconds since 1970-01-01 UTC. */
  time(end: number): number {
    return this.#view.getFloat64(this.#recordAt(end) + END_AT.time, true);
  }

  /** Copies what the end told: FIGURE_WORDS words. */
  copyFigures(end: number, to: Uint32Array, at: number): void {
    for (let word = 0; word < FIGURE_WORDS; word++)
      to[at + word] = this.#view.getUint32(this.#recordAt(end) + END_AT.bytesSent + word * 4, true);
  }

  /** 1 for each row that matches. */
  marks(query: Query): Uint8Array {
    const marks = new Uint8Array(this.length);
    for (const row of this.#asTable().select(query).indices) marks[row] = 1;
    return marks;
  }

  row(end: number): ReturnType<TcpTable["row"]> {
    return this.#asTable().row(end);
  }

  #asTable(): TcpTable {
    if (this.#table) return this.#table;
    const { firstRow, rowSize } = LAYOUTS[this.layout];
    const bytes = new Uint8Array(byteLengthOf(this.layout, this.length));
    new DataView(bytes.buffer).setUint32(0, this.length, true);
    bytes.set(this.#frame.subarray(HEADER, HEADER + this.length * rowSize), firstRow);
    this.#table = new PlainDecoder().decode(bytes, this.layout);
    return this.#table;
  }

  #rowAt(end: number): number {
    return HEADER + end * LAYOUTS[this.layout].rowSize;
  }

  #recordAt(end: number): number {
    return this.#rowAt(this.length) + end * END_RECORD;
  }
}
