import type { ExportColumn, Value } from "./export-columns.js";
import type { ExportFile } from "./export-file.js";

/** Writes rows of typed columns into a file. */
export interface ExportRows {
  /** Rows that were added. */
  readonly length: number;
  /** Adds a row: a value for each column. @throws what the file throws */
  add(values: readonly Value[]): void;
  /** Writes what is not written yet, and the file's end. Once. @throws what the file throws */
  finish(): void;
}

/** What makes one: a module for each library, loaded where it is asked for. */
export type CreateRows = (file: ExportFile, columns: readonly ExportColumn[], createdBy: string) => ExportRows;

/** Rows that are held, to be written together: so much memory is needed, and so much is read to find one row. */
const BATCH = 50_000;

/** Holds rows in columns until there are enough to be written. */
export abstract class BatchedRows implements ExportRows {
  length = 0;
  /** For each column, the values of the rows that are not written yet. */
  protected readonly batch: Value[][];

  constructor(columns: readonly ExportColumn[]) {
    this.batch = columns.map(() => []);
  }

  add(values: readonly Value[]): void {
    for (let at = 0; at < this.batch.length; at++) (this.batch[at] as Value[]).push(values[at] ?? null);
    this.length++;
    if (this.length % BATCH === 0) this.#flush();
  }

  finish(): void {
    if (this.batch[0]?.length) this.#flush();
    this.writeEnd();
  }

  /** Writes the rows of the batch. */
  protected abstract writeBatch(): void;

  protected abstract writeEnd(): void;

  #flush(): void {
    this.writeBatch();
    for (const values of this.batch) values.length = 0;
  }
}
