/** Columns onto lines of a terminal: narrower ones first, and where that is not enough, several lines a row. */

/** A column that is to be fitted. */
export interface FittedColumn {
  /** Joined to the column before it: the two stay on one line. */
  readonly joined: boolean;
  /** Blanks before it, where it is not the first of its line. */
  readonly gap: number;
  /** Cells of its longest text. */
  readonly width: number;
  /** Cells below which its texts are not shortened. */
  readonly least: number;
}

/** Where a column has come to. */
export interface FittedPlace {
  /** Which line of a row it is on, from 0. */
  readonly line: number;
  /** Cells that its texts may take. */
  readonly width: number;
}

/** Blanks before a row's second line and those after it. */
export const INDENT = 4;

/**
 * Places columns on lines of so many cells. Where the longest texts are too long, the widest columns give way first, each down to
 * its least. Where that is not enough, what does not fit goes to another line of the same row. A column that is alone on its line,
 * and too wide even so, stays as it is.
 */
export function fitColumns(columns: readonly FittedColumn[], room: number): FittedPlace[] {
  const lines = linesOf(columns, room);
  const widths = columns.map(({ width }) => width);
  for (const line of new Set(lines)) {
    const here = columns.flatMap((_, at) => (lines[at] === line ? [at] : []));
    const gaps = here.reduce((sum, at, place) => sum + (place > 0 ? (columns[at] as FittedColumn).gap : 0), 0);
    let excess = here.reduce((sum, at) => sum + (widths[at] as number), gaps + (line > 0 ? INDENT : 0)) - room;
    for (; excess > 0; excess--) {
      const widest = widestThatGives(here, columns, widths);
      if (widest === undefined) break;
      (widths[widest] as number)--;
    }
  }
  return columns.map((_, at) => ({ line: lines[at] as number, width: widths[at] as number }));
}

/** The line of each column: as many on one as fit there at their least. */
function linesOf(columns: readonly FittedColumn[], room: number): number[] {
  const lines: number[] = [];
  let line = 0;
  let used = 0;
  for (const [at, { joined, gap }] of columns.entries()) {
    if (joined) {
      lines.push(line);
      continue;
    }
    const width = leastOfGroup(columns, at);
    const isFirst = at === 0;
    if (!isFirst && used + gap + width > room) {
      line++;
      used = INDENT + width;
    } else {
      used += (isFirst ? 0 : gap) + width;
    }
    lines.push(line);
  }
  return lines;
}

/** Of a column and of those that are joined to it. */
function leastOfGroup(columns: readonly FittedColumn[], from: number): number {
  let width = leastOf(columns[from] as FittedColumn);
  for (let at = from + 1; columns[at]?.joined; at++) width += leastOf(columns[at] as FittedColumn);
  return width;
}

function leastOf({ width, least }: FittedColumn): number {
  return Math.min(width, least);
}

function widestThatGives(
  here: readonly number[],
  columns: readonly FittedColumn[],
  widths: readonly number[],
): number | undefined {
  let widest: number | undefined;
  for (const at of here) {
    const width = widths[at] as number;
    if (width <= leastOf(columns[at] as FittedColumn)) continue;
    if (widest === undefined || width > (widths[widest] as number)) widest = at;
  }
  return widest;
}
