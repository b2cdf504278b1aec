/** Rows for programs. Each format gives lines without their ends. */

/** One JSON array, with a row a line: programs parse it whole, people can still read and compare it. */
export function* jsonLines(rows: Iterable<object>): Generator<string> {
  let before: string | undefined;
  for (const row of rows) {
    yield before === undefined ? "[" : `${before},`;
    before = JSON.stringify(row);
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
  for (const row of rows) yield JSON.stringify(row);
}

/**
 * Comma-separated values; one that is not there is empty. Only names of processes can hold what must be quoted (RFC 4180).
 *
 * @param columns the fields to print, in order
 * @param header whether the columns' names come first
 */
export function* csvLines<Column extends string>(
  rows: Iterable<{ readonly [Name in Column]?: string | number | null }>,
  columns: readonly Column[],
  header: boolean,
): Generator<string> {
  if (header) yield columns.join(",");
  for (const row of rows) yield columns.map((column) => quoted(String(row[column] ?? ""))).join(",");
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Rows with these fields alone, in this order; one that is not there is `null`. */
export function* onlyColumns<Column extends string>(
  rows: Iterable<{ readonly [Name in Column]?: string | number | null }>,
  columns: readonly Column[],
): Generator<object> {
  for (const row of rows) yield Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}
