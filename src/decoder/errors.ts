/** What can be wrong with bytes, with a query, or with the use of a table. Every error has a name that survives bundling. */

/** The base of every error that a decoder throws. */
export abstract class DecoderError extends Error {}

/** The bytes are too short for the table that they say they are. */
export class TruncatedTableError extends DecoderError {
  override readonly name = "TruncatedTableError";
  readonly layout: string;
  /** Bytes that were given. */
  readonly byteLength: number;
  /** Bytes that the table needs, by its own `dwNumEntries`. */
  readonly requiredByteLength: number;
  /** `dwNumEntries`, or `undefined` where the bytes end before it does. */
  readonly rowCount: number | undefined;

  constructor(layout: string, byteLength: number, requiredByteLength: number, rowCount: number | undefined) {
    super(
      rowCount === undefined
        ? `${layout}: ${byteLength} bytes are too few: dwNumEntries alone takes ${requiredByteLength}. Pass the whole table, from its first byte on.`
        : `${layout}: dwNumEntries says ${rowCount} rows, which take ${requiredByteLength} bytes, but there are ${byteLength}. The bytes were cut, or are of another layout.`,
    );
    this.layout = layout;
    this.byteLength = byteLength;
    this.requiredByteLength = requiredByteLength;
    this.rowCount = rowCount;
  }
}

/** The layout's name is none that the decoders know. */
export class UnknownLayoutError extends DecoderError {
  override readonly name = "UnknownLayoutError";
  constructor(layout: string, known: readonly string[]) {
    super(`There is no layout "${layout}". The layouts are: ${known.join(", ")}.`);
  }
}

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

/** Characters of a filter's text that a message shows on each side of the mistake. */
const SHOWN = 60;

/** A filter's text is not in the grammar. The message shows the text with a caret under the mistake. */
export class FilterSyntaxError extends DecoderError {
  override readonly name = "FilterSyntaxError";
  /** The whole text. */
  readonly text: string;
  /** Where the mistake starts, from 0; the text's length where something is missing at its end. */
  readonly column: number;
  /** What is wrong, without the picture. */
  readonly problem: string;

  constructor(text: string, column: number, problem: string) {
    const start = Math.max(0, column - SHOWN);
    const before = start > 0 ? "…" : "";
    const after = text.length > column + SHOWN ? "…" : "";
    // Line ends, and characters that can't be seen or turn a line around, would tear the picture apart.
    const shown = text.slice(start, column + SHOWN).replace(/[\p{C}\p{Z}]/gu, " ");
    super(`${problem}\n  ${before}${shown}${after}\n  ${" ".repeat(before.length + column - start)}^`);
    this.text = text;
    this.column = column;
    this.problem = problem;
  }
}
