import type { Expression } from "../../filter/expression.js";
import type { Filter } from "../../filter/filter.js";
import { lower } from "../../filter/lower.js";
import { COLUMNS, type ColumnArrays, type ColumnName, type Columns, newColumn } from "../../format/columns.js";
import { byteLengthOf, readRowCount } from "../../format/header.js";
import { columnsOf, type Field, fieldOf, LAYOUTS, type LayoutName, valuesPerRow } from "../../format/layouts.js";
import { Views } from "../../format/views.js";
import type { Decoder } from "../contract.js";
import { mustAnswer, mustHave, type Query } from "../query.js";
import type { Engine } from "../table/engine.js";
import { TcpTable } from "../table/table.js";
import { comparatorOf, matchRows } from "./query.js";
import { readerFor } from "./read.js";

/** The plain TypeScript Decoder: the baseline, the oracle, and the fallback where there is no WebAssembly. */
export class PlainDecoder implements Decoder, Engine {
  readonly engine = "plain";
  /** The columns of the layout, with room for `#capacity` rows, and views on them. */
  #arrays: Partial<ColumnArrays> = {};
  #views: { [Name in ColumnName]?: Views<ColumnArrays[ColumnName]> } = {};
  #capacity = 0;
  #indices = new Uint32Array(0);
  readonly #indexViews = new Views((length) => this.#indices.subarray(0, length));
  readonly #counters = new Uint32Array(256);
  /** Filters in terms of the layout. */
  #lowered = new WeakMap<Filter, Expression>();
  #reserved = new Uint8Array(0);
  #generation = 0;
  #layout: LayoutName | undefined;
  #length = 0;
  #raw: Uint8Array = this.#reserved;
  #reader: DataView = new DataView(new ArrayBuffer(0));

  get generation(): number {
    return this.#generation;
  }

  get layout(): LayoutName {
    return this.#layout ?? "MIB_TCPTABLE";
  }

  get length(): number {
    return this.#length;
  }

  get raw(): Uint8Array {
    return this.#raw;
  }

  reserve(byteLength: number): Uint8Array {
    this.#generation++;
    if (byteLength > this.#reserved.length) this.#reserved = new Uint8Array(byteLength);
    return this.#reserved;
  }

  decode(bytes: Uint8Array, layout: LayoutName = "MIB_TCPTABLE", reuse?: TcpTable): TcpTable {
    const count = readRowCount(bytes, layout);
    reuse?.mustBelongTo(this);
    this.#generation++;
    this.#keep(bytes, byteLengthOf(layout, count));
    if (layout !== this.#layout || count > this.#capacity) this.#make(layout, count);
    const { family, firstRow, rowSize } = LAYOUTS[layout];
    for (const column of columnsOf(layout)) {
      const { offset } = fieldOf(layout, column) as Field;
      const read = readerFor(COLUMNS[column].kind, family);
      read(this.#reader, firstRow + offset, rowSize, this.#arrays[column] as never, count);
    }
    this.#length = count;
    return reuse ? reuse.refresh(this) : new TcpTable(this);
  }

  column<Name extends ColumnName>(name: Name): Columns[Name] {
    return this.#views[name]?.of(this.#length * valuesPerRow(this.layout, name)) as Columns[Name];
  }

  countStates(): Uint32Array {
    const counters = this.#counters.fill(0);
    const state = this.column("state");
    for (let row = 0; row < state.length; row++) (counters[state[row] as number] as number)++;
    return counters;
  }

  select(query: Query): number {
    const indices = this.#indices;
    let length = 0;
    if (query.filter) {
      const marks = matchRows(this.#lower(query.filter), this);
      // Written for every row, kept for each that matches: a branch would be guessed wrong too often.
      for (let row = 0; row < marks.length; row++) {
        indices[length] = row;
        length += marks[row] as number;
      }
    } else {
      for (; length < this.#length; length++) indices[length] = length;
    }
    if (query.keys.length > 0) {
      for (const { column } of query.keys) mustHave(this.layout, column);
      indices.subarray(0, length).sort(comparatorOf(query.keys, this));
    }
    return Math.min(length, query.limit);
  }

  indices(length: number): Uint32Array {
    return this.#indexViews.of(length);
  }

  clone(): Engine {
    return clonePlain(this);
  }

  /** Like the kernel, it holds the bytes of its table: they stay readable whatever their owner does with his. */
  #keep(bytes: Uint8Array, byteLength: number): void {
    const own = bytes.buffer === this.#reserved.buffer && bytes.byteOffset === 0;
    if (!own) {
      if (byteLength > this.#reserved.length) this.#reserved = new Uint8Array(byteLength);
      this.#reserved.set(bytes.length === byteLength ? bytes : bytes.subarray(0, byteLength));
    }
    if (this.#raw.buffer === this.#reserved.buffer && this.#raw.length === byteLength) return;
    this.#raw = this.#reserved.subarray(0, byteLength);
    this.#reader = new DataView(this.#raw.buffer, 0, byteLength);
  }

  /** Columns for a layout, with room to grow. */
  #make(layout: LayoutName, count: number): void {
    if (layout !== this.#layout) this.#lowered = new WeakMap();
    this.#layout = layout;
    this.#capacity = count + (count >> 2);
    this.#indices = new Uint32Array(this.#capacity);
    this.#indexViews.clear();
    this.#arrays = {};
    this.#views = {};
    for (const column of columnsOf(layout)) {
      const array = newColumn(column, this.#capacity * valuesPerRow(layout, column));
      Object.assign(this.#arrays, { [column]: array });
      this.#views[column] = new Views((length) => array.subarray(0, length));
    }
  }

  #lower(filter: Filter): Expression {
    let expression = this.#lowered.get(filter);
    if (!expression) {
      mustAnswer(filter, this.layout);
      expression = lower(filter.expression, LAYOUTS[this.layout].family);
      this.#lowered.set(filter, expression);
    }
    return expression;
  }
}

/** A plain decoder that holds a copy of what another engine holds. */
export function clonePlain({ raw, layout }: Engine): Engine {
  const decoder = new PlainDecoder();
  decoder.decode(raw.slice(), layout);
  return decoder;
}
