import { BOLD, type Canvas, DIM, GREEN, RED, REVERSE, UNDERLINE } from "./canvas.js";

/** Which ways to show a cell a terminal has. */
export interface Abilities {
  readonly colour: boolean;
  /** Bold, dim, underlined and reverse. */
  readonly attributes: boolean;
}

/** Cells that stay as they were between two that change: to write them again takes less than to go past them. */
const SHORT_GAP = 5;

/** Marks of synchronized output, DEC mode 2026: the terminal shows what is between them at once. Others ignore them. */
const BEGIN = "\u001b[?2026h";
const END = "\u001b[?2026l";

/** Select graphic rendition, ISO 6429. */
const CODES: readonly (readonly [style: number, code: string])[] = [
  [BOLD, "1"],
  [DIM, "2"],
  [UNDERLINE, "4"],
  [REVERSE, "7"],
  [RED, "31"],
  [GREEN, "32"],
];

/**
 * What turns a terminal's screen into another one: only the cells that differ are sent, so nothing flickers. Empty where they are
 * the same.
 *
 * @param before `undefined` where nobody knows what the terminal shows: then it is cleared
 */
export function difference(before: Canvas | undefined, after: Canvas, abilities: Abilities): string {
  const { width, height } = after;
  const isKnown = before?.width === width && before.height === height;
  let text = isKnown ? "" : "\u001b[0m\u001b[2J";
  let style = 0;
  for (let line = 0; line < height; line++) {
    const start = line * width;
    let column = 0;
    while (column < width) {
      if (isKnown ? isSame(before, after, start + column) : isBlank(after, start + column)) {
        column++;
        continue;
      }
      let end = column + 1;
      for (let gap = 0, at = end; at < width && gap <= SHORT_GAP; at++) {
        const same = isKnown ? isSame(before, after, start + at) : isBlank(after, start + at);
        gap = same ? gap + 1 : 0;
        if (!same) end = at + 1;
      }
      // Not from the middle of a character that takes two cells.
      while (column > 0 && after.cells[start + column] === "") column--;
      text += `\u001b[${line + 1};${column + 1}H`;
      for (; column < end; column++) {
        const wanted = visible(after.styles[start + column] as number, abilities);
        if (wanted !== style) text += rendition(wanted);
        style = wanted;
        text += after.cells[start + column];
      }
    }
  }
  if (text === "") return "";
  return `${BEGIN}${text}${style === 0 ? "" : rendition(0)}${END}`;
}

function isSame(before: Canvas, after: Canvas, cell: number): boolean {
  return before.cells[cell] === after.cells[cell] && before.styles[cell] === after.styles[cell];
}

function isBlank(canvas: Canvas, cell: number): boolean {
  return canvas.cells[cell] === " " && canvas.styles[cell] === 0;
}

function visible(style: number, { colour, attributes }: Abilities): number {
  return (colour ? style : style & ~(RED | GREEN)) & (attributes ? -1 : RED | GREEN);
}

function rendition(style: number): string {
  const codes = CODES.filter(([bit]) => (style & bit) !== 0).map(([, code]) => code);
  return `\u001b[${["0", ...codes].join(";")}m`;
}
