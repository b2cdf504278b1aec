import { widthOf } from "../text-width.js";

export { cutEnd, cutMiddle, widthOf } from "../text-width.js";

/** Ways to show a cell, as bits. No background colour is among them: it reads on a white, a black and a solarized ground. */
export const BOLD = 1;
export const DIM = 2;
export const UNDERLINE = 4;
export const REVERSE = 8;
export const RED = 16;
export const GREEN = 32;

/** What a terminal without UTF-8 gets for the signs that we draw with; "?" for all others. */
const ASCII: Readonly<Record<string, string>> = {
  ...{ "→": ">", "−": "-", "…": "~", "▲": "^", "▼": "v", "●": "*", "·": ".", "’": "'", "↑": "^", "↓": "v" },
  ...{ "╌": ".", "━": "=", "░": ":", "▒": "#", "▏": "|" },
  ...{ "▁": "1", "▂": "2", "▃": "3", "▄": "5", "▅": "6", "▆": "7", "▇": "9" },
};

const PLAIN = /^[ -~]*$/;

/** A screen that is being drawn: cells, each of a character and how it is shown. Lines and columns count from 0. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** A character each, line by line; empty behind one that takes two cells. */
  readonly cells: string[];
  readonly styles: Uint8Array;
  readonly #ascii: boolean;

  constructor(width: number, height: number, ascii = false) {
    this.width = width;
    this.height = height;
    this.cells = new Array<string>(width * height).fill(" ");
    this.styles = new Uint8Array(width * height);
    this.#ascii = ascii;
  }

  /** Writes a text; what has no room on the line is left out. Returns the column behind it. */
  put(line: number, column: number, text: string, style = 0): number {
    if (line < 0 || line >= this.height) return column;
    let at = column;
    if (PLAIN.test(text)) {
      for (let index = 0; index < text.length; index++) this.#set(line, at++, text[index] as string, style);
      return at;
    }
    for (const character of text) {
      const shown = this.#ascii && character > "~" ? (ASCII[character] ?? "?") : character;
      const width = widthOf(shown);
      if (width === 0) {
        const before = line * this.width + at - 1;
        if (at > 0 && at <= this.width) this.cells[before] += shown;
        continue;
      }
      if (at + width > this.width) return this.width;
      this.#set(line, at, shown, style);
      if (width === 2) this.#set(line, at + 1, "", style);
      at += width;
    }
    return at;
  }

  /** Writes a text so that it ends before this column. */
  putRight(line: number, end: number, text: string, style = 0): void {
    this.put(line, end - widthOf(text), text, style);
  }

  /** Shows these cells so, beside how they are shown already. */
  add(line: number, from: number, to: number, style: number): void {
    if (line < 0 || line >= this.height) return;
    for (let at = Math.max(0, from); at < Math.min(to, this.width); at++) {
      const cell = line * this.width + at;
      this.styles[cell] = (this.styles[cell] as number) | style;
    }
  }

  /** Makes a whole line so, and nothing else. */
  setStyle(line: number, style: number): void {
    this.styles.fill(style, line * this.width, (line + 1) * this.width);
  }

  /** The lines without their styles: for tests, and for people who look for something. */
  lines(): string[] {
    return Array.from({ length: this.height }, (_, line) =>
      this.cells.slice(line * this.width, (line + 1) * this.width).join(""),
    );
  }

  #set(line: number, column: number, character: string, style: number): void {
    if (column < 0 || column >= this.width) return;
    const cell = line * this.width + column;
    this.cells[cell] = character;
    this.styles[cell] = style;
  }
}
