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
 * Comma-separated values; one that is not there is empty. None of ours has a comma, a quote or a line end in it, so
 * none is quoted.
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
  for (const row of rows) yield columns.map((column) => row[column] ?? "").join(",");
}
