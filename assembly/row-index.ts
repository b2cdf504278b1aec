// A hash table of the previous rows that are not copied, by their bytes or by their ends.
//
//   heads    | 0 | row 4 | 0 | 0 | row 2 | row 7 |     by the hash's lower bits: the first row of a chain, as a number from 1 up
//   nexts    row 4 → row 9 → row 11 → 0                ascending
//
// Rows that have been copied fall out of a chain when somebody passes them: so a table of equal rows is no slower.

import { bytesEqual, copied, heads, headsFor, nexts, previous, previousCount, rowOf, tableRows } from "./comparison";
import { hashOfRow } from "./hash";
import { hashOfEnds, haveSameEnds, mayBecome } from "./identity";
import { ALL_COPIED } from "./runs";

/** Rows with the same ends that are looked at for a partner: SAME_ENDS in rules.ts. */
const SAME_ENDS: u32 = 256;

/** No row. */
export const NONE: u32 = 0xffffffff;

let headsMask: u32 = 0;

/** Empties the heads, and makes them as many as so many rows need. */
export function clearHeads(rows: u32): void {
  headsMask = headsFor(min(rows, tableRows)) - 1;
  memory.fill(heads, 0, (<usize>headsMask + 1) << 2);
}

@inline
export function headOf(hash: u32): usize {
  return heads + ((<usize>(hash & headsMask)) << 2);
}

@inline
export function nextOf(number: u32): usize {
  return nexts + ((<usize>number) << 2) - 4;
}

/** Puts a number before the others of a chain. */
@inline
export function link(number: u32, hash: u32): void {
  const head = headOf(hash);
  store<u32>(nextOf(number), load<u32>(head));
  store<u32>(head, number);
}

export function hashOf(row: usize, byEnds: bool): u32 {
  return byEnds ? hashOfEnds(row) : hashOfRow(row);
}

/** Puts the previous rows into the table that are not copied. Their marks must have been made. @param left how many these are */
export function indexRows(left: u32, byEnds: bool): void {
  clearHeads(left);
  // Backwards, so that the first row of a chain is the first of the table; and eight at a time, for most may be copied.
  for (let eight = (previousCount + 7) & ~7; eight > 0; ) {
    eight -= 8;
    if (load<u64>(copied + eight) == ALL_COPIED) continue;
    for (let there = eight + 8; there-- > eight; ) {
      if (load<u8>(copied + there)) continue;
      const row = rowOf(previous, there);
      link(there + 1, hashOf(row, byEnds));
    }
  }
}

/**
 * Takes the first previous row that has these bytes, or is this connection, out of the table, and marks it.
 *
 * @param hash of the row
 * @returns its number, or NONE
 */
@inline
export function takeRow(row: usize, hash: u32, byEnds: bool): u32 {
  let at = headOf(hash);
  let looked: u32 = 0;
  for (let number = load<u32>(at); number != 0; number = load<u32>(at)) {
    const there = number - 1;
    if (load<u8>(copied + there)) {
      store<u32>(at, load<u32>(nextOf(number)));
      continue;
    }
    const other = rowOf(previous, there);
    if (byEnds ? haveSameEnds(other, row) : bytesEqual(other, row)) {
      if (!byEnds || mayBecome(other, row)) {
        store<u8>(copied + there, 1);
        return there;
      }
      if (++looked == SAME_ENDS) break;
    }
    at = nextOf(number);
  }
  return NONE;
}
