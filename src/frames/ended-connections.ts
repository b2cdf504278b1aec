import { StaleTableError } from "../decoder/errors.js";
import { PlainDecoder } from "../decoder/plain/decoder.js";
import type { TcpTable } from "../decoder/table/table.js";
import { COLUMN_NAMES, COLUMNS } from "../format/columns.js";
import { END_AT, END_RECORD } from "../format/ends.js";
import { byteLengthOf } from "../format/header.js";
import { fieldOf, LAYOUTS, type LayoutName } from "../format/layouts.js";
import { Views } from "../format/views.js";

/**
 * Connections that have ended, oldest first: what the frames of ends since the table before have told. A reader has one such
 * object, which is valid like its Change: until the next `read`, then its members throw StaleTableError.
 */
export class EndedConnections {
  #length = 0;
  #layout: LayoutName = "LINUX_TCPTABLE";
  #lost = 0;
  #neverConnected = 0;
  /** A raw table, and the figures of each row. */
  #rows = new Uint8Array(8);
  #figures = newFigures(0);
  readonly #rowViews = new Views((length) => this.#rows.subarray(0, length));
  #views = figureViews(this.#figures);
  readonly #decoder = new PlainDecoder();
  #table: TcpTable | undefined;
  #isDecoded = false;
  #isTold = false;

  /** How many. */
  get length(): number {
    this.#mustBeTold();
    return this.#length;
  }

  /** Their last known rows, a table of its own. CLOSED is what the system calls a connection whose state it told no more of. */
  get table(): TcpTable {
    this.#mustBeTold();
    if (this.#isDecoded && this.#table) return this.#table;
    for (let byte = 0; byte < 4; byte++) this.#rows[byte] = this.#length >>> (byte * 8);
    const raw = this.#rowViews.of(byteLengthOf(this.#layout, this.#length));
    this.#table = this.#decoder.decode(raw, this.#layout, this.#table);
    this.#isDecoded = true;
    return this.#table;
  }

  /** When each end was heard of, milliseconds since 1970-01-01 UTC. */
  get time(): Float64Array {
    return this.#figuresOf("time") as Float64Array;
  }

  /** Bytes that each connection sent; UNKNOWN_U64 (all bits set) where nobody told. */
  get bytesSent(): BigUint64Array {
    return this.#figuresOf("bytesSent") as BigUint64Array;
  }

  /** Bytes that each received, and one more where Linux has got the other end's FIN; all bits set where nobody told. */
  get bytesReceived(): BigUint64Array {
    return this.#figuresOf("bytesReceived") as BigUint64Array;
  }

  /** Segments that each sent again; all bits set where nobody told. */
  get retransmits(): Uint32Array {
    return this.#figuresOf("retransmits") as Uint32Array;
  }

  /** Smoothed round-trip times, microseconds; all bits set where nobody told. */
  get rtt(): Uint32Array {
    return this.#figuresOf("rtt") as Uint32Array;
  }

  /** SEEN_BY_SAMPLES, or 0. */
  get flags(): Uint32Array {
    return this.#figuresOf("flags") as Uint32Array;
  }

  /** Ends that were lost on the way. */
  get lost(): number {
    this.#mustBeTold();
    return this.#lost;
  }

  /** Ends of sockets that never were connected: counted, and not told. */
  get neverConnected(): number {
    this.#mustBeTold();
    return this.#neverConnected;
  }

  /** How many there are that nobody has been told of. @internal */
  get pendingLength(): number {
    return this.#isTold ? 0 : this.#length;
  }

  /** The layout of their rows. @internal */
  get layout(): LayoutName {
    return this.#layout;
  }

  /** Adds those of a frame's body that has been checked. Rows of another layout become ones of the first. @internal */
  append(view: DataView, at: number, length: number, layout: LayoutName): void {
    if (this.#length === 0) this.#layout = layout;
    const { rowSize, firstRow } = LAYOUTS[layout];
    this.#makeRoom(this.#length + length);
    const source = new Uint8Array(view.buffer, view.byteOffset + at, length * rowSize);
    const to = LAYOUTS[this.#layout];
    if (layout === this.#layout) this.#rows.set(source, firstRow + this.#length * rowSize);
    else copyColumns(source, layout, this.#rows.subarray(to.firstRow + this.#length * to.rowSize), this.#layout);
    const { time, bytesSent, bytesReceived, retransmits, rtt, flags } = this.#figures;
    for (let record = at + length * rowSize; length > 0; length--, record += END_RECORD, this.#length++) {
      time[this.#length] = view.getFloat64(record + END_AT.time, true);
      bytesSent[this.#length] = view.getBigUint64(record + END_AT.bytesSent, true);
      bytesReceived[this.#length] = view.getBigUint64(record + END_AT.bytesReceived, true);
      retransmits[this.#length] = view.getUint32(record + END_AT.retransmits, true);
      rtt[this.#length] = view.getUint32(record + END_AT.rtt, true);
      flags[this.#length] = view.getUint32(record + END_AT.flags, true);
    }
  }

  /** Adds to the counts. @internal */
  count(lost: number, neverConnected: number): void {
    this.#lost += lost;
    this.#neverConnected += neverConnected;
  }

  /** Makes it valid. @param layout of what it is told with: of an empty table @internal */
  tell(layout: LayoutName): this {
    if (this.#length === 0) this.#layout = layout;
    this.#isTold = true;
    return this;
  }

  /** Makes its members throw, and empties it if they had been valid. @internal */
  expire(): void {
    if (this.#isTold) this.clear();
    this.#isTold = false;
  }

  /** @internal */
  clear(): void {
    this.#decoder.expire();
    this.#isDecoded = false;
    this.#length = 0;
    this.#lost = 0;
    this.#neverConnected = 0;
  }

  #mustBeTold(): void {
    if (!this.#isTold) throw new StaleTableError("table");
  }

  #figuresOf(name: keyof Figures): Figures[keyof Figures] {
    this.#mustBeTold();
    return this.#views[name].of(this.#length);
  }

  #makeRoom(length: number): void {
    const { firstRow, rowSize } = LAYOUTS[this.#layout];
    if (firstRow + length * rowSize > this.#rows.length) {
      const rows = this.#rows;
      this.#rows = new Uint8Array((firstRow + length * rowSize) * 2);
      this.#rows.set(rows);
      this.#rowViews.clear();
    }
    if (length <= this.#figures.time.length) return;
    const figures = newFigures(length * 2);
    for (const name of FIGURES) figures[name].set(this.#figures[name] as never);
    this.#figures = figures;
    this.#views = figureViews(figures);
  }
}

/** A typed array for each figure of a record. */
interface Figures {
  readonly time: Float64Array;
  readonly bytesSent: BigUint64Array;
  readonly bytesReceived: BigUint64Array;
  readonly retransmits: Uint32Array;
  readonly rtt: Uint32Array;
  readonly flags: Uint32Array;
}

const FIGURES = ["time", "bytesSent", "bytesReceived", "retransmits", "rtt", "flags"] as const;

function newFigures(length: number): Figures {
  return {
    time: new Float64Array(length),
    bytesSent: new BigUint64Array(length),
    bytesReceived: new BigUint64Array(length),
    retransmits: new Uint32Array(length),
    rtt: new Uint32Array(length),
    flags: new Uint32Array(length),
  };
}

function figureViews(figures: Figures): Readonly<Record<keyof Figures, Views<Figures[keyof Figures]>>> {
  const views = (name: keyof Figures) => new Views((length) => figures[name].subarray(0, length));
  return Object.fromEntries(FIGURES.map((name) => [name, views(name)])) as Record<
    keyof Figures,
    Views<Figures[keyof Figures]>
  >;
}

/** Copies what two layouts of one family both have; the rest of the rows is 0. */
function copyColumns(from: Uint8Array, fromLayout: LayoutName, to: Uint8Array, toLayout: LayoutName): void {
  const [source, target] = [LAYOUTS[fromLayout].rowSize, LAYOUTS[toLayout].rowSize];
  const rows = from.length / source;
  to.fill(0, 0, rows * target);
  for (const column of COLUMN_NAMES) {
    const [here, there] = [fieldOf(fromLayout, column), fieldOf(toLayout, column)];
    if (!here || !there) continue;
    const width = fieldWidth(fromLayout, column);
    for (let row = 0; row < rows; row++) {
      const start = row * source + here.offset;
      to.set(from.subarray(start, start + width), row * target + there.offset);
    }
  }
}

/** Bytes of a column's field in a raw row. */
function fieldWidth(layout: LayoutName, column: (typeof COLUMN_NAMES)[number]): number {
  const { kind } = COLUMNS[column];
  if (kind === "address") return LAYOUTS[layout].family === 4 ? 4 : 16;
  return kind === "u64" || kind === "filetime" ? 8 : 4;
}
