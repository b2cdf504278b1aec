import { mustAnswer } from "../../decoder/filter-check.js";
import { PlainDecoder } from "../../decoder/plain/decoder.js";
import { compileQuery, type Query } from "../../decoder/query.js";
import type { TcpTable } from "../../decoder/table/table.js";
import type { Filter } from "../../filter/filter.js";
import { byteLengthOf } from "../../format/header.js";
import { LAYOUTS, type LayoutName } from "../../format/layouts.js";

/** Which of a few rows match a filter; all of them where there is none. */
export class RowMatches {
  readonly #query: Query | undefined;
  #marks = new Uint8Array(0);
  /** Copies of rows of a large table: what a filter costs goes by what has happened, not by the table's length. */
  readonly #decoder = new PlainDecoder();
  #table: TcpTable | undefined;

  constructor(where: Filter | undefined) {
    this.#query = where && compileQuery({ where });
  }

  /** @throws {QueryError} tables of the layout lack a column that the filter looks at */
  mustAnswer(layout: LayoutName): void {
    if (this.#query?.filter) mustAnswer(this.#query.filter, layout);
  }

  /** From now on it is about all rows of this table. */
  refresh(table: TcpTable): void {
    if (!this.#query || table.length === 0) return;
    if (this.#marks.length < table.length) this.#marks = new Uint8Array(table.length * 2);
    else this.#marks.fill(0, 0, table.length);
    for (const row of table.select(this.#query).indices) this.#marks[row] = 1;
  }

  /**
   * From now on it is about these rows of this table, by their place in the list.
   *
   * @param rows ascending
   * @param sharedOwners the table's
   */
  refreshWith(table: TcpTable, rows: ArrayLike<number>, sharedOwners: Uint32Array): void {
    if (!this.#query || rows.length === 0) return;
    const { layout } = table;
    const { firstRow, rowSize } = LAYOUTS[layout];
    const byteLength = byteLengthOf(layout, rows.length);
    const bytes = this.#decoder.reserve(byteLength).subarray(0, byteLength);
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, rows.length, true);
    for (let place = 0; place < rows.length; place++)
      bytes.set(table.rawRow(rows[place] as number), firstRow + place * rowSize);
    const owners = sharedOwners.length > 0 ? ownersAt(rows, sharedOwners) : undefined;
    this.#table = this.#decoder.decode(bytes, layout, this.#table, owners);
    this.refresh(this.#table);
  }

  has(place: number): boolean {
    return this.#query === undefined || this.#marks[place] === 1;
  }
}

/** The pairs of these rows, with their places for the rows. */
function ownersAt(rows: ArrayLike<number>, pairs: Uint32Array): Uint32Array {
  const places = new Map<number, number>();
  for (let place = 0; place < rows.length; place++) places.set(rows[place] as number, place);
  const found: number[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    const place = places.get(pairs[at] as number);
    if (place !== undefined) found.push(place, pairs[at + 1] as number);
  }
  return Uint32Array.from(found);
}
