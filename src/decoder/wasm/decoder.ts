import type { Expression } from "../../filter/expression.js";
import type { Filter } from "../../filter/filter.js";
import { lower } from "../../filter/lower.js";
import { COLUMN_NAMES, type ColumnArrays, type ColumnName, type Columns, viewColumn } from "../../format/columns.js";
import { type Bytes, byteLengthOf, bytesOf, readRowCount } from "../../format/header.js";
import { fieldOf, LAYOUT_NAMES, LAYOUTS, type LayoutName, valuesPerRow } from "../../format/layouts.js";
import { Views } from "../../format/views.js";
import { mustBeByteLength, mustBeSharedOwners } from "../arguments.js";
import type { Decoder } from "../contract.js";
import { TableTooLargeError } from "../errors.js";
import { mustAnswer, mustHave } from "../filter-check.js";
import { clonePlain } from "../plain/decoder.js";
import { matchRows, writeRowNumbers } from "../plain/query.js";
import type { Query } from "../query.js";
import type { Engine } from "../table/engine.js";
import { SharedOwners } from "../table/shared-owners.js";
import { TcpTable } from "../table/table.js";
import type { KernelExports } from "./kernel.js";
import { assemble, type Program } from "./program.js";

/** Words of a filter's program that there is always room for: more than anyone writes by hand. */
const PROGRAM_WORDS = 4096;

/** A filter in terms of a layout: as the kernel runs it, and as it is run where the kernel has no room for it. */
interface CompiledFilter extends Program {
  readonly expression: Expression;
}

/**
 * The kernel as a Decoder: the raw table, the columns and the selection lie in its linear memory. It grows only where a larger
 * table is to be put into it, by `reserve` or by a `decode` of bytes from elsewhere, and then for all that is to come: so the
 * views that were given out on it, which a growth would detach, stay valid until then.
 */
export class WasmDecoder implements Decoder, Engine {
  readonly engine = "wasm";
  readonly #kernel: KernelExports;
  /** Views on raw tables, by where these lie: at `#rawAt`, or where `decodeAt` was told. */
  readonly #raw = new Map<number, Views<Uint8Array>>();
  readonly #indices = new Views((length) => new Uint32Array(this.#buffer, this.#kernel.indicesAt() >>> 0, length));
  readonly #counters = new Views((length) => new Uint32Array(this.#buffer, this.#countersAt, length));
  /** By column number: its views, `undefined` where the layout has none. */
  readonly #columns: (Views<ColumnArrays[ColumnName]> | undefined)[] = [];
  readonly #sharedOwners = new SharedOwners();
  /** Filters in terms of this layout. */
  #filters = new WeakMap<Filter, CompiledFilter>();
  /** What the kernel holds from the last query, to be run again as it is. */
  #loadedFilter: Filter | undefined;
  #loadedKeys: Query["keys"] | undefined;
  /** The memory that all views lie on; another one as soon as it has grown. */
  #buffer: ArrayBuffer;
  #rawAt = 0;
  #rawCapacity = 0;
  /** Where the table lies that was decoded last. */
  #tableAt = 0;
  #byteLength = 0;
  #countersAt = 0;
  /** Where a filter's program lies, and behind it the shared owners that it looks at; and how far the room goes. */
  readonly #programAt: number;
  #program = new Uint32Array(0);
  #ownersAt = 0;
  #ownersEnd = 0;
  /** Words that the next growth makes room for. */
  #programWords = PROGRAM_WORDS;
  /** Bytes behind them that are somebody else's, see `reserveBeside`. */
  #besideLength = 0;
  #generation = 0;
  #layout: LayoutName | undefined;
  #length = 0;

  /** @param kernel an instance of its own, see `instanceOf` */
  constructor(kernel: KernelExports) {
    this.#kernel = kernel;
    this.#buffer = kernel.memory.buffer;
    this.#programAt = kernel.programAt() >>> 0;
  }

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
    return this.#rawViewsAt(this.#tableAt).of(this.#byteLength);
  }

  get sharedOwners(): Uint32Array {
    return this.#sharedOwners.pairs;
  }

  reserve(byteLength: number): Uint8Array {
    mustBeByteLength(byteLength, this.engine);
    this.#generation++;
    this.#makeRoom(byteLength, byteLength);
    return this.#rawViewsAt(this.#rawAt).of(this.#rawCapacity);
  }

  decode(bytes: Bytes, layout: LayoutName = "MIB_TCPTABLE", reuse?: TcpTable, sharedOwners?: Uint32Array): TcpTable {
    const given = bytesOf(bytes);
    const count = readRowCount(given, layout);
    const byteLength = byteLengthOf(layout, count);
    reuse?.mustBelongTo(this);
    if (sharedOwners) mustBeSharedOwners(sharedOwners, layout, count);
    this.#generation++;
    const inPlace =
      given.buffer === this.#buffer && given.byteOffset === this.#rawAt && byteLength <= this.#rawCapacity;
    if (!inPlace) this.#copyIn(given.length === byteLength ? given : given.subarray(0, byteLength));
    this.#decode(this.#rawAt, count, layout, sharedOwners);
    return reuse ? reuse.refresh(this) : new TcpTable(this);
  }

  /**
   * Room for a raw table, and bytes beside it that the decoder leaves alone. Whatever lay in either is lost where the memory grows.
   *
   * @returns whether anything lies elsewhere now
   * @throws {TableTooLargeError} where that much memory is not to be had: all is as it was
   * @internal
   */
  reserveBeside(byteLength: number, besideLength: number): boolean {
    const { buffer } = this.#kernel.memory;
    const before = this.#besideLength;
    this.#besideLength = Math.max(before, besideLength);
    try {
      return this.#makeRoom(byteLength, byteLength) || buffer !== this.#kernel.memory.buffer;
    } catch (error) {
      this.#besideLength = before;
      throw error;
    }
  }

  /** Where the reserved table and the bytes beside it begin. @internal */
  get reservedAt(): { readonly table: number; readonly beside: number } {
    return { table: this.#rawAt, beside: alignedTo64(this.#programAt + this.#program.byteLength) };
  }

  /** Makes all tables stale. @internal */
  expire(): void {
    this.#generation++;
  }

  /**
   * Decodes a table that lies anywhere in the reserved memory. It must have been checked, and there must be slack behind it.
   *
   * @internal
   */
  decodeAt(at: number, count: number, layout: LayoutName, reuse?: TcpTable, sharedOwners?: Uint32Array): TcpTable {
    this.#generation++;
    this.#decode(at, count, layout, sharedOwners);
    return reuse ? reuse.refresh(this) : new TcpTable(this);
  }

  column<Name extends ColumnName>(name: Name): Columns[Name] {
    const values = valuesPerRow(this.layout, name);
    return this.#columns[COLUMN_NAMES.indexOf(name)]?.of(this.#length * values) as Columns[Name];
  }

  countStates(): Uint32Array {
    this.#countersAt = this.#kernel.countStates(this.#length) >>> 0;
    return this.#counters.of(256);
  }

  select({ filter, keys, limit }: Query): number {
    const kernel = this.#kernel;
    if (keys.length > 0) this.#loadKeys(keys);
    let length = this.#length;
    if (filter) length = this.#selectMatching(filter);
    else kernel.selectAll(length);
    const wanted = Math.min(length, limit);
    if (keys.length > 0) kernel.sortIndices(length, this.#length, wanted);
    return wanted;
  }

  indices(length: number): Uint32Array {
    return this.#indices.of(length);
  }

  clone(): Engine {
    return clonePlain(this);
  }

  #decode(at: number, count: number, layout: LayoutName, sharedOwners: Uint32Array | undefined): void {
    if (layout !== this.#layout) this.#useLayout(layout);
    this.#kernel.decodeTable(LAYOUT_NAMES.indexOf(layout), count, at);
    this.#tableAt = at;
    this.#byteLength = byteLengthOf(layout, count);
    this.#length = count;
    this.#replaceSharedOwners(sharedOwners);
  }

  #rawViewsAt(at: number): Views<Uint8Array> {
    let views = this.#raw.get(at);
    if (!views) {
      views = new Views((length) => new Uint8Array(this.#buffer, at, length));
      this.#raw.set(at, views);
    }
    return views;
  }

  #copyIn(table: Uint8Array): void {
    // Bytes elsewhere in the kernel's memory would be lost by what follows.
    const own = table.buffer === this.#buffer ? table.slice() : table;
    // Room for more than now: a table's size wanders, and nothing moves as long as it fits.
    this.#makeRoom(own.length, own.length + (own.length >>> 2));
    this.#rawViewsAt(this.#rawAt).of(this.#rawCapacity).set(own);
  }

  /**
   * Room for a raw table of so many bytes, all that it is decoded into, and the largest program that was wanted so far.
   *
   * @param ifNot bytes to make room for where there is none for `byteLength` yet
   * @returns whether the regions lie elsewhere now
   */
  #makeRoom(byteLength: number, ifNot: number): boolean {
    const fits = byteLength <= this.#rawCapacity && this.#rawAt !== 0;
    const front = alignedTo64(this.#programAt + this.#programWords * 4) - this.#programAt + this.#besideLength;
    if (fits && this.#programWords <= this.#program.length && this.#programAt + front <= this.#rawAt) return false;
    const capacity = fits ? this.#rawCapacity : ifNot;
    const words = this.#programWords;
    const at = capacity < 2 ** 32 && front < 2 ** 32 ? this.#kernel.reserve(capacity, front) >>> 0 : 0;
    this.#clearViews();
    if (at === 0) throw new TableTooLargeError(byteLength, this.engine);
    this.#rawAt = at;
    this.#rawCapacity = capacity;
    this.#buffer = this.#kernel.memory.buffer;
    this.#program = new Uint32Array(this.#buffer, this.#programAt, words);
    return true;
  }

  /** Another layout has other columns, elsewhere. */
  #useLayout(layout: LayoutName): void {
    this.#layout = layout;
    this.#filters = new WeakMap();
    this.#clearViews();
    for (const [number, name] of COLUMN_NAMES.entries()) {
      this.#columns[number] = fieldOf(layout, name)
        ? new Views((length) => viewColumn(name, this.#buffer, this.#kernel.columnAt(number) >>> 0, length))
        : undefined;
    }
  }

  /** The columns lie elsewhere now: neither views on them nor what the kernel was told of them is right any more. */
  #clearViews(): void {
    this.#raw.clear();
    this.#indices.clear();
    this.#counters.clear();
    for (const views of this.#columns) views?.clear();
    this.#loadedFilter = undefined;
    this.#loadedKeys = undefined;
  }

  /** A filter that looks at them has to be loaded anew; where there are none, as mostly, nothing is to be done. */
  #replaceSharedOwners(pairs: Uint32Array | undefined): void {
    if ((pairs?.length ?? 0) > 0 || this.#sharedOwners.pairs.length > 0) this.#loadedFilter = undefined;
    this.#sharedOwners.replace(pairs);
  }

  /** Selects the rows that match, in the table's order. Returns how many. */
  #selectMatching(filter: Filter): number {
    if (filter !== this.#loadedFilter) {
      const compiled = this.#compile(filter);
      if (!this.#load(compiled))
        return writeRowNumbers(matchRows(compiled.expression, this), this.indices(this.#length));
      this.#loadedFilter = filter;
    }
    return this.#kernel.runProgram(this.#programAt, this.#length, this.#ownersAt, this.#ownersEnd) >>> 0;
  }

  #compile(filter: Filter): CompiledFilter {
    let compiled = this.#filters.get(filter);
    if (!compiled) {
      mustAnswer(filter, this.layout);
      const expression = lower(filter.expression, LAYOUTS[this.layout].family);
      compiled = { expression, ...assemble(expression) };
      this.#filters.set(filter, compiled);
    }
    return compiled;
  }

  /**
   * Puts a program into the kernel's memory, and behind it the shared owners that it looks at. False where there is no room: to
   * make it now would detach the views on the table. The next growth makes it.
   */
  #load({ words, usesSharedOwners }: CompiledFilter): boolean {
    const pairs = usesSharedOwners ? this.#sharedOwners.pairs : undefined;
    const length = words.length + (pairs?.length ?? 0);
    if (length > this.#program.length) {
      this.#programWords = Math.max(this.#programWords, length);
      return false;
    }
    this.#program.set(words);
    if (pairs) this.#program.set(pairs, words.length);
    this.#ownersAt = this.#programAt + words.length * 4;
    this.#ownersEnd = this.#programAt + length * 4;
    return true;
  }

  #loadKeys(keys: Query["keys"]): void {
    if (keys === this.#loadedKeys) return;
    for (const { column } of keys) mustHave(this.layout, column);
    this.#loadedKeys = undefined;
    this.#kernel.clearKeys();
    for (const { column, descending } of keys) this.#kernel.addKey(COLUMN_NAMES.indexOf(column), descending);
    this.#loadedKeys = keys;
  }
}

function alignedTo64(at: number): number {
  return Math.ceil(at / 64) * 64;
}
