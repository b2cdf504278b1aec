import type { TcpTable } from "../decoder/table/table.js";
import { WasmDecoder } from "../decoder/wasm/decoder.js";
import { compileKernel, instanceOf } from "../decoder/wasm/instantiate.js";
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../format/layouts.js";
import { LANES } from "./checksum.js";
import type { KernelExports } from "./kernel.js";
import { type FrameMemory, lines, noRows, type RowList, SLACK, type Slot } from "./memory.js";

/** The kernel's memory, which a decoder shares: a table is decoded in the slot where it lies. */
export class WasmMemory implements FrameMemory {
  readonly engine = "wasm";
  bytes: Uint8Array;
  view: DataView;
  numbers: Uint32Array;
  scratchAt = 0;
  readonly opened: RowList = noRows();
  readonly closed: RowList = noRows();
  readonly changed: RowList = noRows();
  readonly #module: WebAssembly.Module;
  readonly #kernel: KernelExports;
  readonly #decoder: WasmDecoder;
  readonly #lanes = new Int32Array(4);
  #slots: [number, number] = [0, 0];
  #lanesAt = 0;
  #workspaceAt = 0;
  #slotBytes = 0;
  #scratchBytes = 0;
  #rows = 0;

  /** The kernel is a chunk of its own in what a bundler makes: compressed apart from the program, it is smaller. */
  static async create(): Promise<WasmMemory> {
    const { KERNEL } = await import("./kernel.js");
    return new WasmMemory(await compileKernel(KERNEL));
  }

  private constructor(module: WebAssembly.Module) {
    const kernel = instanceOf<KernelExports>(module);
    this.#module = module;
    this.#kernel = kernel;
    this.#decoder = new WasmDecoder(kernel);
    const { buffer } = kernel.memory;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.numbers = new Uint32Array(buffer);
    kernel.seedHashes(crypto.getRandomValues(new Uint32Array(1))[0] as number);
  }

  createAnother(): FrameMemory {
    return new WasmMemory(this.#module);
  }

  slotAt(slot: Slot): number {
    return this.#slots[slot];
  }

  hasRoom(slotBytes: number, scratchBytes: number, rows: number): boolean {
    return slotBytes <= this.#slotBytes && scratchBytes <= this.#scratchBytes && rows <= this.#rows;
  }

  makeRoom(slotBytes: number, scratchBytes: number, rows: number): void {
    const slot = lines(Math.max(slotBytes, this.#slotBytes));
    const scratch = lines(Math.max(scratchBytes, this.#scratchBytes));
    const most = Math.max(rows, this.#rows);
    const workspace = lines(Number(this.#kernel.comparisonSize(most, most)));
    const kept = [...this.#slots, this.scratchAt].map((at, region) =>
      this.bytes.slice(at, at + (region === 2 ? this.#scratchBytes : this.#slotBytes)),
    );
    this.#decoder.reserveBeside(slot, 64 + slot + SLACK + scratch + SLACK + workspace);
    const { table, beside } = this.#decoder.reservedAt;
    const { buffer } = this.#kernel.memory;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.numbers = new Uint32Array(buffer);
    this.#lanesAt = beside;
    this.#slots = [beside + 64, table];
    this.scratchAt = beside + 64 + slot + SLACK;
    this.#workspaceAt = this.scratchAt + scratch + SLACK;
    this.#slotBytes = slot;
    this.#scratchBytes = scratch;
    this.#rows = most;
    for (const [region, at] of [...this.#slots, this.scratchAt].entries())
      this.bytes.set(kept[region] as Uint8Array, at);
  }

  beginComparison(
    layout: LayoutName,
    previous: number,
    previousRows: number,
    current: number,
    currentRows: number,
  ): void {
    const { firstRow, rowSize } = LAYOUTS[layout];
    const number = LAYOUT_NAMES.indexOf(layout);
    this.#kernel.beginComparison(
      number,
      previous + firstRow,
      previousRows,
      current + firstRow,
      currentRows,
      rowSize,
      this.#workspaceAt,
    );
  }

  findCopies(): void {
    this.#kernel.findCopies();
  }

  writeDelta(to: number, end: number): number {
    return this.#kernel.writeDelta(to, end);
  }

  get newRows(): number {
    return this.#kernel.newRows();
  }

  readRuns(at: number, end: number): number {
    return this.#kernel.readRuns(at, end);
  }

  copyRows(from: number): void {
    this.#kernel.copyRows(from);
  }

  compareLeftovers(): void {
    const results = this.#kernel.compareLeftovers() >>> 2;
    this.#refresh(this.opened, results);
    this.#refresh(this.closed, results + 2);
    this.#refresh(this.changed, results + 4);
  }

  #refresh(list: RowList, at: number): void {
    list.from = (this.numbers[at] as number) >>> 2;
    list.length = this.numbers[at + 1] as number;
  }

  lanesOf(at: number, byteLength: number): Int32Array {
    for (let lane = 0; lane < 4; lane++) this.numbers[(this.#lanesAt >>> 2) + lane] = LANES[lane] as number;
    this.#kernel.mixLanes(at, at + byteLength, this.#lanesAt);
    for (let lane = 0; lane < 4; lane++) this.#lanes[lane] = this.numbers[(this.#lanesAt >>> 2) + lane] as number;
    return this.#lanes;
  }

  expire(): void {
    this.#decoder.expire();
  }

  decode(at: number, rows: number, layout: LayoutName, reuse?: TcpTable, sharedOwners?: Uint32Array): TcpTable {
    return this.#decoder.decodeAt(at, rows, layout, reuse, sharedOwners);
  }
}
