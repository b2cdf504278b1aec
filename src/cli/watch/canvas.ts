import truncatedWidth from "fast-string-truncated-width";

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

/** Cells that a text takes on a terminal: a Chinese character takes two, a combining accent none. */
export function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : truncatedWidth(text).width;
}

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

/** A text of this many cells at most: its end is left out. */
export function cutEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const room = width - 1;
  if (room < 0) return "";
  let { index } = truncatedWidth(text, { limit: room, ellipsis: "" });
  // What stands behind a sign such as ● is cut one cell too late there. A half of a pair has a width as well: it goes first.
  while (widthOf(text.slice(0, index)) > room) index -= isLowSurrogate(text.charCodeAt(index - 1)) ? 2 : 1;
  return `${text.slice(0, index)}…`;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** An end of a connection of this many cells at most: its middle is left out, never its port. */
export function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const port = text.slice(text.lastIndexOf(":") - (text.includes("]") ? 1 : 0));
  const rest = text.slice(0, text.length - port.length);
  const room = width - port.length - 1;
  if (room < 2) return cutEnd(`…${port}`, width);
  // The front of an address tells more.
  const before = Math.ceil(room * 0.6);
  return `${rest.slice(0, before)}…${rest.slice(rest.length - (room - before))}${port}`;
}
