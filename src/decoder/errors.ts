/** What can be wrong with a query, or with the use of a table. Every error has a name that survives bundling. */

import { DecoderError } from "../format/errors.js";

/** A table or a selection was used after its decoder went on to the next `decode` or `reserve`, or changed while it was read. */
export class StaleTableError extends DecoderError {
  /** `"StaleTableError"`, also in minified code. */
  override readonly name = "StaleTableError";
  constructor(what: "table" | "selection") {
    const reused = what === "selection" ? ", or it was reused for another query" : "";
    super(
      `This ${what} is stale: its decoder has decoded another table, or given its memory away by reserve(), since${reused}. Read a ${what} before the next sample, or keep ${what === "table" ? "table.copy()" : "selection.toArray()"}.`,
    );
  }
}

/** The table needs more memory than an engine can have (4 GiB in WebAssembly, its columns included), or than the system gives. */
export class TableTooLargeError extends DecoderError {
  /** `"TableTooLargeError"`, also in minified code. */
  override readonly name = "TableTooLargeError";
  /** Bytes of the table that there is no room for. */
  readonly byteLength: number;

  constructor(byteLength: number, engine: "wasm" | "plain") {
    const advice =
      engine === "wasm" ? `Use createDecoder({ engine: "plain" }), or split the table.` : "Split the table.";
    super(
      `A table of ${byteLength} bytes does not fit: the ${engine} engine's memory could not grow so far. ${advice}`,
    );
    this.byteLength = byteLength;
  }
}

/** A kernel that was to be used is none, or one of another version of this package. */
export class WrongKernelError extends DecoderError {
  /** `"WrongKernelError"`, also in minified code. */
  override readonly name = "WrongKernelError";

  /** @param what is no kernel */
  constructor(what: string) {
    super(`${what} is not this version's decoder.wasm.`);
  }
}

/** A part of a query is none: a sort key, a limit, a filter, or an option's name. */
export class QueryError extends DecoderError {
  /** `"QueryError"`, also in minified code. */
  override readonly name = "QueryError";
}

/** The pairs of row and PID that were given for sockets of several processes do not fit the table. */
export class SharedOwnersError extends DecoderError {
  /** `"SharedOwnersError"`, also in minified code. */
  override readonly name = "SharedOwnersError";
}
