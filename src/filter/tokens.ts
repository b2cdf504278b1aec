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
 * `[fe80::1]:443` or `UNKNOWN(42)` one. Names with other characters stand in quotes, which are a part of the token. `=>` and its
 * like are no operators, but are told whole.
 */
const TOKEN = /\s*(?:(unknown\(\d+\)|[\w.:*%/[\]-]+|"[^"]+"|'[^']+')|(&&|\|\||[<>=!]=|=[<>]|<>|[<>=!&|(){},]))/iy;

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
      throw new FilterSyntaxError(text, column, `A filter has no use for ${nameOfCharacter(text, column)}.`);
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

/** Characters of a token that a message shows. */
const SHOWN = 40;

/** What a message says was found: it stays readable however long that is. */
export function found(text: string): string {
  return text === "" ? "found nothing" : `found "${shortened(text)}"`;
}

export function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** By number where it can't be seen, or would turn around the line that it is printed on. */
function nameOfCharacter(text: string, column: number): string {
  const code = text.codePointAt(column) ?? 0;
  const character = String.fromCodePoint(code);
  return /\p{C}/u.test(character) ? `U+${code.toString(16).toUpperCase().padStart(4, "0")}` : `'${character}'`;
}
