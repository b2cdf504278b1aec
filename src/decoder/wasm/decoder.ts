import type { Filter } from "../../filter/filter.js";
import { lower } from "../../filter/lower.js";
import { COLUMN_NAMES, type ColumnArrays, type ColumnName, type Columns, viewColumn } from "../../format/columns.js";
import { byteLengthOf, readRowCount } from "../../format/header.js";
import { fieldOf, LAYOUT_NAMES, LAYOUTS, type LayoutName, valuesPerRow } from "../../format/layouts.js";
import { Views } from "../../format/views.js";
import type { Decoder } from "../contract.js";
import { TableTooLargeError } from "../errors.js";
import { clonePlain } from "../plain/decoder.js";
import { mustAnswer, mustHave, type Query } from "../query.js";
import type { Engine } from "../table/engine.js";
import { TcpTable } from "../table/table.js";
import { KERNEL_BASE64, type KernelExports } from "./kernel.js";
import { assemble, type Program } from "./program.js";

/** What the kernel's `decodeTable` returns, beside 1: the memory can't grow, or the columns lie elsewhere than before. */
const OUT_OF_MEMORY = 0;
const MOVED = 2;

/** The state column's number, which every layout has. */
const STATE = 0;

/** Compiled once, when it is first asked for; each decoder is an instance of its own. */
let kernelModule: Promise<WebAssembly.Module> | undefined;

/** The kernel as a Decoder: the raw table, the columns and the selection lie in its linear memory. */
export class WasmDecoder implements Decoder, Engine {
  readonly engine = "wasm";
  readonly #kernel: KernelExports;
  readonly #raw = new Views((length) => new Uint8Array(this.#buffer, this.#rawAt, length));
  readonly #indices = new Views((length) => new Uint32Array(this.#buffer, this.#kernel.indicesAt() >>> 0, length));
  readonly #counters = new Views((length) => new Uint32Array(this.#buffer, this.#countersAt, length));
  readonly #program = new Views((length) => new Uint32Array(this.#buffer, this.#programAt, length));
  /** By column number: its views, `undefined` where the layout has none. */
  readonly #columns: (Views<ColumnArrays[ColumnName]> | undefined)[] = [];
  /** Filters as the kernel runs them on tables of this layout. */
  #programs = new WeakMap<Filter, Program>();
  /** What the kernel holds from the last query, to be run again as it is. */
  #loadedFilter: Filter | undefined;
  #loadedKeys: Query["keys"] | undefined;
  /** The memory that all views lie on; another one as soon as it has grown. */
  #buffer: ArrayBuffer;
  #rawAt = 0;
  #rawCapacity = 0;
  #byteLength = 0;
  #countersAt = 0;
  #programAt = 0;
  #generation = 0;
  #layout: LayoutName | undefined;
  #length = 0;

  /** @throws the platform's own error, where WebAssembly is missing or forbidden */
  static async create(): Promise<WasmDecoder> {
    kernelModule ??= compileKernel();
    kernelModule.catch(() => {
      kernelModule = undefined;
    });
    return new WasmDecoder((await WebAssembly.instantiate(await kernelModule)).exports as unknown as KernelExports);
  }

  private constructor(kernel: KernelExports) {
    this.#kernel = kernel;
    this.#buffer = kernel.memory.buffer;
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
    return this.#raw.of(this.#byteLength);
  }

  reserve(byteLength: number): Uint8Array {
    this.#generation++;
    this.#reserve(byteLength);
    return this.#raw.of(this.#rawCapacity);
  }

  decode(bytes: Uint8Array, layout: LayoutName = "MIB_TCPTABLE", reuse?: TcpTable): TcpTable {
    const count = readRowCount(bytes, layout);
    const byteLength = byteLengthOf(layout, count);
    reuse?.mustBelongTo(this);
    this.#generation++;
    const inPlace =
      bytes.buffer === this.#buffer && bytes.byteOffset === this.#rawAt && byteLength <= this.#rawCapacity;
    if (!inPlace) {
      const table = bytes.length === byteLength ? bytes : bytes.subarray(0, byteLength);
      // Bytes elsewhere in the kernel's memory would be lost by what follows.
      const own = bytes.buffer === this.#buffer ? table.slice() : table;
      this.#reserve(byteLength);
      this.#raw.of(this.#rawCapacity).set(own);
    }
    const outcome = this.#kernel.decodeTable(LAYOUT_NAMES.indexOf(layout), this.#rawAt, count);
    this.#follow();
    if (outcome === OUT_OF_MEMORY) throw new TableTooLargeError(byteLength);
    if (layout !== this.#layout) this.#take(layout);
    else if (outcome === MOVED) this.#forget();
    this.#byteLength = byteLength;
    this.#length = count;
    return reuse ? reuse.refresh(this) : new TcpTable(this);
  }

  column<Name extends ColumnName>(name: Name): Columns[Name] {
    const values = valuesPerRow(this.layout, name);
    return this.#columns[COLUMN_NAMES.indexOf(name)]?.of(this.#length * values) as Columns[Name];
  }

  countStates(): Uint32Array {
    this.#countersAt = this.#kernel.countStates(STATE, this.#length) >>> 0;
    return this.#counters.of(256);
  }

  select(query: Query): number {
    const kernel = this.#kernel;
    let length = this.#length;
    if (query.filter) {
      this.#loadFilter(query.filter);
      length = kernel.runProgram(length) >>> 0;
    } else {
      kernel.allIndices(length);
    }
    if (query.keys.length > 0) {
      this.#loadKeys(query.keys);
      kernel.sortIndices(length, this.#length, Math.min(length, query.limit));
    }
    return Math.min(length, query.limit);
  }

  indices(length: number): Uint32Array {
    return this.#indices.of(length);
  }

  clone(): Engine {
    return clonePlain(this);
  }

  #reserve(byteLength: number): void {
    if (byteLength <= this.#rawCapacity && this.#rawAt !== 0) return;
    const at = byteLength < 2 ** 32 ? this.#kernel.reserve(byteLength) >>> 0 : 0;
    if (at === 0) throw new TableTooLargeError(byteLength);
    this.#rawAt = at;
    this.#rawCapacity = byteLength;
    this.#follow();
    this.#forget();
  }

  /** The memory may have grown: then every view on it is detached. */
  #follow(): void {
    // A detached buffer has no bytes. To ask the memory for its buffer each time would cost more than a small decode.
    if (this.#buffer.byteLength !== 0) return;
    this.#buffer = this.#kernel.memory.buffer;
    this.#forget();
  }

  #forget(): void {
    this.#raw.clear();
    this.#indices.clear();
    this.#counters.clear();
    this.#program.clear();
    for (const views of this.#columns) views?.clear();
    this.#loadedFilter = undefined;
    this.#loadedKeys = undefined;
  }

  /** Another layout has other columns. */
  #take(layout: LayoutName): void {
    this.#layout = layout;
    this.#programs = new WeakMap();
    this.#forget();
    for (const [number, name] of COLUMN_NAMES.entries()) {
      this.#columns[number] = fieldOf(layout, name)
        ? new Views((length) => viewColumn(name, this.#buffer, this.#kernel.columnAt(number) >>> 0, length))
        : undefined;
    }
  }

  #loadFilter(filter: Filter): void {
    if (filter === this.#loadedFilter) return;
    let program = this.#programs.get(filter);
    if (!program) {
      mustAnswer(filter, this.layout);
      program = assemble(lower(filter.expression, LAYOUTS[this.layout].family));
      this.#programs.set(filter, program);
    }
    this.#loadedFilter = undefined;
    this.#programAt = this.#kernel.placeProgram(program.words.byteLength, program.bitmaps) >>> 0;
    this.#follow();
    if (this.#programAt === 0) throw new TableTooLargeError(this.#byteLength);
    this.#program.of(program.words.length).set(program.words);
    this.#loadedFilter = filter;
  }

  #loadKeys(keys: Query["keys"]): void {
    if (keys === this.#loadedKeys) return;
    this.#loadedKeys = undefined;
    this.#kernel.clearKeys();
    for (const { column, descending } of keys) {
      const number = COLUMN_NAMES.indexOf(column);
      mustHave(this.layout, column);
      this.#kernel.addKey(number, descending);
    }
    this.#loadedKeys = keys;
  }
}

async function compileKernel(): Promise<WebAssembly.Module> {
  // Where there is Node's own way, it saves the command's start 3 ms.
  const bytes = globalThis.Buffer?.from(KERNEL_BASE64, "base64") ?? latin1Bytes(atob(KERNEL_BASE64));
  return WebAssembly.compile(bytes);
}

/** The bytes of a string of characters up to 255. */
function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
