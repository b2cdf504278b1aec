import { CHECKSUM_START, checksumOf, hexadecimal } from "../data/checksum.js";
import type { Changes } from "../data/series.js";
import type { Contestant } from "./contestant.js";

/** A contestant gives other rows than the oracle: its time would say nothing. */
export class WrongRowsError extends Error {
  override readonly name = "WrongRowsError";
}

/**
 * Makes sure that a contestant gives the right rows in the right order, for every table.
 *
 * @param expected the oracle's checksum over all tables
 * @throws {WrongRowsError} it does not
 */
export function checkRows(name: string, contestant: Contestant, tables: number, expected: number): void {
  let checksum = CHECKSUM_START;
  for (let table = 0; table < tables; table++) checksum = checksumOf(contestant.rows(table), checksum);
  if (checksum !== expected) throw wrongRows(name, hexadecimal(checksum), expected);
}

export function wrongRows(name: string, checksum: string, expected: number): WrongRowsError {
  return new WrongRowsError(
    `"${name}" gives other rows, or another order, than the oracle: checksum ${checksum} instead of ${hexadecimal(expected)}. Nothing of it was timed.`,
  );
}

/** A contestant finds other connections opened, closed or changed than there are. */
export function wrongChanges(name: string, found: readonly Changes[]): WrongRowsError {
  const counts = found.map(({ opened, closed, changed }) =>
    [opened, closed, changed].map(({ length }) => length).join(", "),
  );
  return new WrongRowsError(
    `"${name}" does not find what changed: in each step, opened, closed and changed were ${counts.join("; ")}. Nothing of it was timed.`,
  );
}
