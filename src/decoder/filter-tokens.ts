import { FilterSyntaxError } from "./errors.js";

/** One piece of a filter's text. */
export interface Token {
  readonly kind: "word" | "operator" | "end";
  /** As written; empty at the end. */
  readonly text: string;
  /** Where it starts, from 0. */
  readonly column: number;
}

/**
 * Words hold whatever addresses, ports, ranges and states are written with, so that `sport=:443` is three tokens and
 * `[fe80::1]:443` or `UNKNOWN(42)` one.
 */
const TOKEN = /\s*(?:(unknown\(\d+\)|[\w.:*%/[\]-]+)|(&&|\|\||[<>=!]=|[<>=!&|(){},]))/iy;

/** Cuts a text into tokens, the last of which is the end. @throws {FilterSyntaxError} a character that none begins with */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) {
      const column = from + (text.slice(from).length - text.slice(from).trimStart().length);
      throw new FilterSyntaxError(text, column, `A filter has no use for ${JSON.stringify(charAt(text, column))}.`);
    }
    const [, word, operator] = match;
    const written = word ?? operator ?? "";
    tokens.push({
      kind: word === undefined ? "operator" : "word",
      text: written,
      column: pattern.lastIndex - written.length,
    });
  }
  tokens.push({ kind: "end", text: "", column: end });
  return tokens;
}

function charAt(text: string, column: number): string {
  return String.fromCodePoint(text.codePointAt(column) ?? 0);
}
