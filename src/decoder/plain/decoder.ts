import type { Expression } from "../../filter/expression.js";
import type { Filter } from "../../filter/filter.js";
import { lower } from "../../filter/lower.js";
import { COLUMNS, type ColumnArrays, type ColumnName, type Columns, newColumn } from "../../format/columns.js";
import { type Bytes, byteLengthOf, bytesOf, readRowCount } from "../../format/header.js";
import { columnsOf, type Field, fieldOf, LAYOUTS, type LayoutName, valuesPerRow } from "../../format/layouts.js";
import { Views } from "../../format/views.js";
import { mustBeByteLength, mustBeSharedOwners } from "../arguments.js";
import type { Decoder } from "../contract.js";
import { TableTooLargeError } from "../errors.js";
import { mustAnswer, mustHave } from "../filter-check.js";
import type { Query } from "../query.js";
import type { Engine } from "../table/engine.js";
import { SharedOwners } from "../table/shared-owners.js";
import { TcpTable } from "../table/table.js";
import { comparatorOf, matchRows, writeRowNumbers } from "./query.js";
import { readerFor } from "./read.js";

/** A column's array, and what fills it. */
interface PlainField {
  /** Bytes from the start of the table to the field in its first row. */
  readonly at: number;
  readonly read: ReturnType<typeof readerFor>;
  readonly array: ColumnArrays[ColumnName];
}

/** The plain TypeScript Decoder: the baseline, the oracle, and the fallback where there is no WebAssembly. */
export class PlainDecoder implements Decoder, Engine {
  readonly engine = "plain";
  /** The columns of the layout, with room for `#capacity` rows, and views on them. */
  #fields: PlainField[] = [];
  #views: { [Name in ColumnName]?: Views<ColumnArrays[ColumnName]> } = {};
  #capacity = 0;
  #indices = new Uint32Array(0);
  readonly #indexViews = new Views((length) => this.#indices.subarray(0, length));
  readonly #counters = new Uint32Array(256);
  /** Filters in terms of the layout. */
  #lowered = new WeakMap<Filter, Expression>();
  #reserved = new Uint8Array(0);
  readonly #raw = new Views((length) => this.#reserved.subarray(0, length));
  #reader = new DataView(this.#reserved.buffer);
  #byteLength = 0;
  readonly #sharedOwners = new SharedOwners();
  #generation = 0;
  #layout: LayoutName | undefined;
  #length = 0;

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
    return this.#raw.of(this.#byteLength);
  }

  get sharedOwners(): Uint32Array {
    return this.#sharedOwners.pairs;
  }

  reserve(byteLength: number): Uint8Array {
    mustBeByteLength(byteLength, this.engine);
    this.#generation++;
    this.#makeRoom(byteLength);
    return this.#reserved;
  }

  decode(
    bytes: Bytes,
    layout: LayoutName = "MIB_TCPTABLE",
    reuse?: TcpTable,
    sharedOwners?: Uint32Array | undefined,
  ): TcpTable {
    const given = bytesOf(bytes);
    const count = readRowCount(given, layout);
    reuse?.mustBelongTo(this);
    if (sharedOwners) mustBeSharedOwners(sharedOwners, layout, count);
    this.#generation++;
    this.#byteLength = byteLengthOf(layout, count);
    this.#copyIn(given, this.#byteLength);
    if (layout !== this.#layout || count > this.#capacity) this.#createColumns(layout, count);
    const { rowSize } = LAYOUTS[layout];
    for (let number = 0; number < this.#fields.length; number++) {
      const { at, read, array } = this.#fields[number] as PlainField;
      read(this.#reader, at, rowSize, array as never, count);
    }
    this.#length = count;
    this.#sharedOwners.replace(sharedOwners);
    return reuse ? reuse.refresh(this) : new TcpTable(this);
  }

  /** Makes all tables stale. @internal */
  expire(): void {
    this.#generation++;
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

  select({ filter, keys, limit }: Query): number {
    for (const { column } of keys) mustHave(this.layout, column);
    const indices = this.#indices;
    let length = 0;
    if (filter) {
      length = writeRowNumbers(matchRows(this.#lower(filter), this), indices);
    } else {
      for (; length < this.#length; length++) indices[length] = length;
    }
    if (keys.length > 0) indices.subarray(0, length).sort(comparatorOf(keys, this));
    return Math.min(length, limit);
  }

  indices(length: number): Uint32Array {
    return this.#indexViews.of(length);
  }

  clone(): Engine {
    return clonePlain(this);
  }

  /** Like the kernel, it holds the bytes of its table: they stay readable whatever their owner does with his. */
  #copyIn(bytes: Uint8Array, byteLength: number): void {
    if (bytes.buffer === this.#reserved.buffer && bytes.byteOffset === 0) return;
    this.#makeRoom(byteLength);
    this.#reserved.set(bytes.length === byteLength ? bytes : bytes.subarray(0, byteLength));
  }

  #makeRoom(byteLength: number): void {
    if (byteLength <= this.#reserved.length) return;
    try {
      this.#reserved = new Uint8Array(byteLength);
    } catch {
      throw new TableTooLargeError(byteLength, this.engine);
    }
    this.#raw.clear();
    this.#reader = new DataView(this.#reserved.buffer);
  }

  /** Columns for a layout, with room for more rows than now: a table's size wanders. */
  #createColumns(layout: LayoutName, count: number): void {
    if (layout !== this.#layout) this.#lowered = new WeakMap();
    this.#layout = layout;
    this.#capacity = count + (count >> 2);
    this.#indices = new Uint32Array(this.#capacity);
    this.#indexViews.clear();
    this.#fields = [];
    this.#views = {};
    const { family, firstRow } = LAYOUTS[layout];
    for (const column of columnsOf(layout)) {
      const array = newColumn(column, this.#capacity * valuesPerRow(layout, column));
      const { offset } = fieldOf(layout, column) as Field;
      this.#fields.push({ at: firstRow + offset, read: readerFor(COLUMNS[column].kind, family), array });
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
export function clonePlain({ raw, layout, sharedOwners }: Engine): Engine {
  const decoder = new PlainDecoder();
  decoder.decode(raw, layout, undefined, sharedOwners);
  return decoder;
}
