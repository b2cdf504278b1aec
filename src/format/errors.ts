/** What can be wrong with the bytes of a table. Every error has a name that survives bundling. */

/** The base of every error that a decoder throws. */
export abstract class DecoderError extends Error {}

/** The bytes are too short for the table that they say they are. */
export class TruncatedTableError extends DecoderError {
  /** `"TruncatedTableError"`, also in minified code. */
  override readonly name = "TruncatedTableError";
  /** The layout that was said. */
  readonly layout: string;
  /** Bytes that were given. */
  readonly byteLength: number;
  /** Bytes that the table needs, by its own `dwNumEntries`. */
  readonly requiredByteLength: number;
  /** `dwNumEntries`, or `undefined` where the bytes end before it does. */
  readonly rowCount: number | undefined;

  /** @param fitting a layout that the bytes would fit */
  constructor(
    layout: string,
    byteLength: number,
    requiredByteLength: number,
    rowCount: number | undefined,
    fitting?: string,
  ) {
    const cause = fitting
      ? `They fit ${fitting}: pass "${fitting}" as the layout.`
      : "The bytes were cut, or are of another layout.";
    super(
      rowCount === undefined
        ? `${layout}: ${byteLength} bytes are too few: dwNumEntries alone takes ${requiredByteLength}. Pass the whole table, from its first byte on.`
        : `${layout}: dwNumEntries says ${rowCount} rows, which take ${requiredByteLength} bytes, but there are ${byteLength}. ${cause}`,
    );
    this.layout = layout;
    this.byteLength = byteLength;
    this.requiredByteLength = requiredByteLength;
    this.rowCount = rowCount;
  }
}

/** The bytes are a table, but of another layout than was said. */
export class WrongLayoutError extends DecoderError {
  /** `"WrongLayoutError"`, also in minified code. */
  override readonly name = "WrongLayoutError";
  /** The layout that was said. */
  readonly layout: string;
  /** The layout that length and states bear out. */
  readonly detected: string;

  constructor(layout: string, detected: string, byteLength: number, rowCount: number) {
    super(
      `${layout}: the ${byteLength} bytes have the length of ${rowCount} rows of ${detected}, and only as such are their states right. Pass "${detected}" as the layout.`,
    );
    this.layout = layout;
    this.detected = detected;
  }
}

/** The layout's name is none that the decoders know. */
export class UnknownLayoutError extends DecoderError {
  /** `"UnknownLayoutError"`, also in minified code. */
  override readonly name = "UnknownLayoutError";
  constructor(layout: string, known: readonly string[]) {
    super(`There is no layout "${layout}". The layouts are: ${known.join(", ")}.`);
  }
}
