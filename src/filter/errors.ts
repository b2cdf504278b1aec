import { DecoderError } from "../format/errors.js";

/** Characters of a filter's text that a message shows on each side of the mistake. */
const SHOWN = 60;

/** A filter's text is not in the grammar. The message shows the text with a caret under the mistake. */
export class FilterSyntaxError extends DecoderError {
  /** `"FilterSyntaxError"`, also in minified code. */
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
