/** What can be wrong with a query, or with the use of a table. Every error has a name that survives bundling. */

import { DecoderError } from "../format/errors.js";

/** A table or a selection was used after its decoder went on to the next `decode` or `reserve`. */
export class StaleTableError extends DecoderError {
  override readonly name = "StaleTableError";
  constructor(what: "table" | "selection") {
    super(
      `This ${what} is stale: its decoder has decoded another table, or given its memory away by reserve(), since. Read a ${what} before the next sample, or keep ${what === "table" ? "table.copy()" : "selection.toArray()"}.`,
    );
  }
}

/** The table needs more memory than WebAssembly can have (4 GiB), or than the system gives. */
export class TableTooLargeError extends DecoderError {
  override readonly name = "TableTooLargeError";
  constructor(byteLength: number) {
    super(
      `A table of ${byteLength} bytes does not fit: the kernel's memory could not grow. Use createDecoder({ engine: "plain" }), or split the table.`,
    );
  }
}

/** A sort key or a limit is none. */
export class QueryError extends DecoderError {
  override readonly name = "QueryError";
}
