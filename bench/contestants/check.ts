import { CHECKSUM_START, checksumOf, hexadecimal } from "../data/checksum.js";
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
