import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { ColumnType, ExportColumn, Value } from "./export-columns.js";
import type { ExportFile } from "./export-file.js";
import { BatchedRows, type CreateRows } from "./export-rows.js";

/**
 * How Parquet has each type. Unsigned integers by their older names, `converted_type`: with a `logical_type` of integers, this
 * writer's file can't be opened by DuckDB.
 */
const TYPES: Readonly<Record<ColumnType, Omit<SchemaElement, "name">>> = {
  time: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" } },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  boolean: { type: "BOOLEAN" },
  u8: { type: "INT32", converted_type: "UINT_8" },
  u16: { type: "INT32", converted_type: "UINT_16" },
  u32: { type: "INT32", converted_type: "UINT_32" },
  u64: { type: "INT64", converted_type: "UINT_64" },
  i64: { type: "INT64", converted_type: "INT_64" },
};

/** Rows as a Parquet file, by hyparquet-writer: a row group a batch. */
export const createParquetRows: CreateRows = (file, columns, createdBy) => new ParquetRows(file, columns, createdBy);

class ParquetRows extends BatchedRows {
  readonly #columns: readonly ExportColumn[];
  readonly #writer: ParquetWriter;

  constructor(file: ExportFile, columns: readonly ExportColumn[], createdBy: string) {
    super(columns);
    this.#columns = columns;
    this.#writer = new ParquetWriter({
      writer: new FileByteWriter(file),
      createdBy,
      schema: [
        { name: "root", num_children: columns.length },
        ...columns.map(({ name, type }): SchemaElement => ({ name, repetition_type: "OPTIONAL", ...TYPES[type] })),
      ],
    });
  }

  protected override writeBatch(): void {
    const columnData = this.#columns.map(({ name, type }, at) => {
      const data = this.batch[at] as Value[];
      return { name, data: type === "time" || type === "i64" ? data.map(wholeNumber) : data };
    });
    this.#writer.write({ columnData, rowGroupSize: (this.batch[0] as Value[]).length });
  }

  protected override writeEnd(): void {
    this.#writer.finish();
  }
}

/** INT64 is a bigint. */
function wholeNumber(value: Value): Value {
  return typeof value === "number" ? BigInt(Math.round(value)) : value;
}

/** A writer that hands its bytes on to the file, after each row group and at the end. */
class FileByteWriter extends ByteWriter {
  readonly #file: ExportFile;

  constructor(file: ExportFile) {
    super();
    this.#file = file;
  }

  flush(): void {
    this.#file.write(this.getBytes());
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}
