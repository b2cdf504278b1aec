/** Rows for programs. Each format gives lines without their ends. */

import { escapeJson, printable } from "./unsafe-text.js";

/** One JSON array, with a row a line: programs parse it whole, people can still read and compare it. */
export function* jsonLines(rows: Iterable<object>): Generator<string> {
  let before: string | undefined;
  for (const line of ndjsonLines(rows)) {
    yield before === undefined ? "[" : `${before},`;
    before = line;
  }
  if (before === undefined) {
    yield "[]";
  } else {
    yield before;
    yield "]";
  }
}

/** One JSON object a line: programs can start before the last row is there. */
export function* ndjsonLines(rows: Iterable<object>): Generator<string> {
  for (const row of rows) yield escapeJson(JSON.stringify(row));
}

export interface CsvLook {
  /** Whether the columns' names come first. */
  readonly header: boolean;
  /** Whether a terminal shows it. Programs get names as they are. */
  readonly onTerminal: boolean;
}

/**
 * Comma-separated values (RFC 4180); one that is not there is empty. A text that a spreadsheet would take for a formula has
 * an apostrophe before it, which is how people tell a spreadsheet that it is none. Only names of processes can need this.
 *
 * @param columns the fields to print, in order
 */
export function* csvLines<Column extends string>(
  rows: Iterable<{ readonly [Name in Column]?: string | number | null }>,
  columns: readonly Column[],
  { header, onTerminal }: CsvLook,
): Generator<string> {
  if (header) yield columns.join(",");
  for (const row of rows) yield columns.map((column) => csvCell(row[column] ?? "", onTerminal)).join(",");
}

/** What begins a formula; also as wide as a Chinese character, and behind what some spreadsheets cut off: a tab, a line's end. */
const FORMULA = /^[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/;

function csvCell(value: string | number, onTerminal: boolean): string {
  if (typeof value === "number") return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  const text = onTerminal ? printable(harmless) : harmless;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A row's values by their names. */
interface ValuesByName {
  readonly [name: string]: unknown;
}

/**
 * Rows with these fields alone, in this order; one that is not there is `null`. With the PID of a socket's owner come those of
 * all its owners, where there are several.
 */
export function* onlyColumns(rows: Iterable<object>, columns: readonly string[]): Generator<object> {
  for (const row of rows as Iterable<ValuesByName>) {
    const all = columns.flatMap((column): [string, unknown][] => {
      const field: [string, unknown] = [column, row[column] ?? null];
      const several = column === "owningPid" && row.owningPids !== undefined;
      return several ? [field, ["owningPids", row.owningPids]] : [field];
    });
    yield Object.fromEntries(all);
  }
}
