import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { ColumnName } from "../../src/format/columns.js";
import type { Family, LayoutName } from "../../src/format/layouts.js";
import { TcpTableReader } from "../../src/reader/reader.js";
import type { Collection, Collector, RawBuffer } from "../../src/system/contract.js";
import { encodeTable, type RawRow } from "./tables.js";

/** A collector that plays an operating system's part: what it reads are the rows that a test gives it. */
export class TableCollector implements Collector {
  readonly source = "a test's rows";
  readonly asked = "what the test has";
  readonly missingColumns: readonly ColumnName[] = [];
  readonly layout: LayoutName;
  /** What the next `collect` reads; an error is thrown. A function is asked at each. */
  rows: readonly RawRow[] | Error | (() => readonly RawRow[]);
  /** How often it was closed. */
  closed = 0;
  readonly #collection: { -readonly [Key in keyof Collection]: Collection[Key] };

  constructor(layout: LayoutName, rows: TableCollector["rows"] = []) {
    this.layout = layout;
    this.rows = rows;
    this.#collection = { layout, bytes: new Uint8Array(0), attempts: 1, nanoseconds: 0 };
  }

  collect(into: RawBuffer): Collection {
    const rows = typeof this.rows === "function" ? this.rows() : this.rows;
    if (rows instanceof Error) throw rows;
    const bytes = encodeTable(rows, this.layout);
    const view = into.reserve(bytes.length);
    view.set(bytes);
    this.#collection.bytes = view.subarray(0, bytes.length);
    this.#collection.attempts++;
    return this.#collection;
  }

  close(): void {
    this.closed++;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A reader of what a collector reads. */
export async function readerOf(
  collector: TableCollector,
  family: Family,
  engine: EngineName = "plain",
): Promise<TcpTableReader> {
  return new TcpTableReader(collector, await createDecoder({ engine }), family);
}
