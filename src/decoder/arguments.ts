/** What both engines ask of their arguments, in the same words. */

import { fieldOf, type LayoutName } from "../format/layouts.js";
import { shown } from "../format/options.js";
import { SharedOwnersError, TableTooLargeError } from "./errors.js";
import type { EngineName } from "./table/engine.js";

/** The first number of bytes that no table can have in either engine: the kernel's memory ends there. */
const TOO_LARGE = 2 ** 32;

/**
 * @throws {RangeError} it is no number of bytes
 * @throws {TableTooLargeError} it is more than 32 bits can count
 */
export function mustBeByteLength(byteLength: number, engine: EngineName): void {
  if (!Number.isSafeInteger(byteLength) || byteLength < 0)
    throw new RangeError(`reserve takes a whole number of bytes from 0 up, not ${shown(byteLength)}.`);
  if (byteLength >= TOO_LARGE) throw new TableTooLargeError(byteLength, engine);
}

/**
 * @param pairs (row, PID) for each process that holds a socket beside others
 * @param length rows of the table
 * @throws {SharedOwnersError} they are no pairs, name a row that is not there, are not ascending, or the layout has no owners
 */
export function mustBeSharedOwners(pairs: Uint32Array, layout: LayoutName, length: number): void {
  if (!(pairs instanceof Uint32Array))
    throw new SharedOwnersError(`Shared owners are pairs of row and PID in a Uint32Array, not ${shown(pairs)}.`);
  if (pairs.length % 2 !== 0)
    throw new SharedOwnersError(`Shared owners are pairs of row and PID: ${pairs.length} numbers are none.`);
  if (pairs.length > 0 && !fieldOf(layout, "owningPid"))
    throw new SharedOwnersError(`${layout} has no owningPid, so its rows can't have shared owners.`);
  for (let at = 0; at < pairs.length; at += 2) {
    const row = pairs[at] as number;
    const pid = pairs[at + 1] as number;
    if (row >= length)
      throw new SharedOwnersError(`Shared owners name row ${row} at ${at}, but the table has ${length} rows.`);
    if (at === 0) continue;
    const rowBefore = pairs[at - 2] as number;
    const pidBefore = pairs[at - 1] as number;
    if (row < rowBefore || (row === rowBefore && pid <= pidBefore))
      throw new SharedOwnersError(
        `Shared owners ascend by row and PID: row ${row}, PID ${pid} at ${at} comes after row ${rowBefore}, PID ${pidBefore}.`,
      );
  }
}
