import {
  AsyncByteQueue,
  Bool,
  type DataType,
  Field,
  Int64,
  makeBuilder,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMillisecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from "apache-arrow";
import type { ColumnType, ExportColumn, Value } from "./export-columns.js";
import type { ExportFile } from "./export-file.js";
import { BatchedRows, type CreateRows } from "./export-rows.js";

/** How Arrow has each type. */
function typeOf(type: ColumnType): DataType {
  switch (type) {
    case "time":
      return new TimestampMillisecond("UTC");
    case "text":
      return new Utf8();
    case "boolean":
      return new Bool();
    case "u8":
      return new Uint8();
    case "u16":
      return new Uint16();
    case "u32":
      return new Uint32();
    case "u64":
      return new Uint64();
    case "i64":
      return new Int64();
  }
}

/** Rows as a file of Apache Arrow (`.arrow`, also called Feather 2): a record batch a batch. */
export const createArrowRows: CreateRows = (file, columns) => new ArrowRows(file, columns);

class ArrowRows extends BatchedRows {
  readonly #columns: readonly ExportColumn[];
  readonly #schema: Schema;
  readonly #writer = new RecordBatchFileWriter();
  #isEmpty = true;

  constructor(file: ExportFile, columns: readonly ExportColumn[]) {
    super(columns);
    this.#columns = columns;
    this.#schema = new Schema(columns.map(({ name, type }) => new Field(name, typeOf(type), true)));
    this.#writer.reset(new FileByteQueue(file), this.#schema);
  }

  protected override writeBatch(): void {
    const length = (this.batch[0] as Value[]).length;
    const children = this.#columns.map(({ type }, at) => {
      const builder = makeBuilder({ type: typeOf(type), nullValues: [null] });
      for (const value of this.batch[at] as Value[]) builder.append(type === "i64" ? wholeNumber(value) : value);
      return builder.finish().flush();
    });
    const type = new Struct(this.#schema.fields);
    this.#writer.write(new RecordBatch(this.#schema, makeData({ type, length, nullCount: 0, children })));
    this.#isEmpty = false;
  }

  protected override writeEnd(): void {
    // The schema stands in a batch.
    if (this.#isEmpty) this.writeBatch();
    this.#writer.finish();
  }
}

/** Int64 is a bigint. */
function wholeNumber(value: Value): Value {
  return typeof value === "number" ? BigInt(Math.round(value)) : value;
}

/** Hands bytes on to the file at once, instead of queueing them. */
class FileByteQueue extends AsyncByteQueue {
  readonly #file: ExportFile;

  constructor(file: ExportFile) {
    super();
    this.#file = file;
  }

  override write(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#file.write(bytes);
  }
}
