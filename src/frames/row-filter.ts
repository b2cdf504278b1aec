import { PlainDecoder } from "../decoder/plain/decoder.js";
import { compileQuery, type Query } from "../decoder/query.js";
import type { Selection, TcpTable } from "../decoder/table/table.js";
import { endpointFilter } from "../filter/endpoint-filter.js";
import type { Filter } from "../filter/filter.js";
import type { Ends } from "../format/ends.js";
import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import { Views } from "../format/views.js";
import type { FrameMemory } from "./memory.js";

/**
 * Takes out of tables the rows that never can match a filter: by what it says of addresses and ports alone. The rest of it is for
 * those who read the frames: states and owners change while a connection lives.
 */
export class RowFilter {
  readonly #query: Query;
  #table: TcpTable | undefined;
  #selection: Selection | undefined;
  readonly #endsDecoder = new PlainDecoder();
  #endsTable: TcpTable | undefined;
  #endsSelection: Selection | undefined;
  #pairs = new Uint32Array(0);
  readonly #pairViews = new Views((length) => this.#pairs.subarray(0, length));
  #pairLength = 0;

  /** `undefined` where every row can match. @throws {FilterSyntaxError} {QueryError} it is no filter */
  static of(where: string | Filter | undefined): RowFilter | undefined {
    const { filter } = compileQuery({ where });
    const endpoints = filter && endpointFilter(filter);
    return endpoints && endpoints.expression.kind !== "all" ? new RowFilter(endpoints) : undefined;
  }

  private constructor(where: Filter) {
    this.#query = compileQuery({ where });
  }

  /** The shared owners of the rows that `compact` left. */
  get sharedOwners(): Uint32Array {
    return this.#pairViews.of(this.#pairLength);
  }

  /**
   * Moves the rows that may match to the front of their table, in their order, and counts them in it.
   *
   * @param at where the table lies in a memory
   * @param sharedOwners of the table as it is
   * @returns how many rows are left
   */
  compact(
    memory: FrameMemory,
    at: number,
    layout: LayoutName,
    rows: number,
    sharedOwners: Uint32Array | undefined,
  ): number {
    this.#pairLength = 0;
    this.#table = memory.decode(at, rows, layout, this.#table);
    this.#selection = this.#table.select(this.#query, this.#selection);
    const { indices } = this.#selection;
    if (sharedOwners && sharedOwners.length > 0) this.#renumber(sharedOwners, indices);
    if (indices.length === rows) return rows;
    const { firstRow, rowSize } = LAYOUTS[layout];
    const first = at + firstRow;
    for (let row = 0; row < indices.length; ) {
      const from = indices[row] as number;
      let length = 1;
      while (indices[row + length] === from + length) length++;
      const start = first + from * rowSize;
      if (from !== row) memory.bytes.copyWithin(first + row * rowSize, start, start + length * rowSize);
      row += length;
    }
    memory.view.setUint32(at, indices.length, true);
    return indices.length;
  }

  /** The numbers of the ends that may match. */
  endsOf({ rows, layout }: Ends): Uint32Array {
    this.#endsTable = this.#endsDecoder.decode(rows, layout, this.#endsTable);
    this.#endsSelection = this.#endsTable.select(this.#query, this.#endsSelection);
    return this.#endsSelection.indices;
  }

  /** Both lists ascend. */
  #renumber(pairs: Uint32Array, indices: Uint32Array): void {
    if (pairs.length > this.#pairs.length) {
      this.#pairs = new Uint32Array(pairs.length * 2);
      this.#pairViews.clear();
    }
    let row = 0;
    for (let at = 0; at < pairs.length; at += 2) {
      while (row < indices.length && (indices[row] as number) < (pairs[at] as number)) row++;
      if (indices[row] !== pairs[at]) continue;
      this.#pairs[this.#pairLength++] = row;
      this.#pairs[this.#pairLength++] = pairs[at + 1] as number;
    }
  }
}
