// Rows that are no copies → which connections they are: those that opened, closed or changed. The runs may be those that walk.ts
// found, or have come in a frame.

import {
  RUN,
  changed,
  closed,
  copied,
  current,
  currentCount,
  fieldAt,
  has,
  opened,
  previous,
  previousCount,
  rowOf,
  runs,
  stride,
} from "./comparison";
import { finish, mix, seed } from "./hash";
import { isChanged } from "./identity";
import { SOCKET_COOKIE } from "./layouts";
import { clearHeads, hashOf, headOf, indexRows, link, nextOf, NONE, takeRow } from "./row-index";
import { ALL_COPIED, leftRows, markRuns, runCount } from "./runs";

let openedCount: u32 = 0;
let closedCount: u32 = 0;
let changedCount: u32 = 0;

/** What `compareLeftovers` tells: where opened, closed and changed rows lie, and how many of each; a u32 each. */
const RESULTS = memory.data(24, 4);

/** Opened and closed are row numbers, changed are pairs (current, previous). */
export function compareLeftovers(): usize {
  markRuns();
  collectCurrent();
  closedCount = leftRows();
  changedCount = 0;
  pairRows(false);
  pairRows(true);
  collectPrevious();
  if (has(SOCKET_COOKIE)) {
    openedCount = withoutKnown(opened, openedCount, current, previous, previousCount);
    closedCount = withoutKnown(closed, closedCount, previous, current, currentCount);
  }
  store<u32>(RESULTS, <u32>opened);
  store<u32>(RESULTS, openedCount, 4);
  store<u32>(RESULTS, <u32>closed, 8);
  store<u32>(RESULTS, closedCount, 12);
  store<u32>(RESULTS, <u32>changed, 16);
  store<u32>(RESULTS, changedCount, 20);
  return RESULTS;
}

/** The current rows that no run copies. */
function collectCurrent(): void {
  let to = opened;
  let row: u32 = 0;
  for (let run: u32 = 0; run <= runCount; run++) {
    const at = runs + RUN * <usize>run;
    const end = run == runCount ? currentCount : row + load<u32>(at);
    for (; row < end; row++) {
      store<u32>(to, row);
      to += 4;
    }
    if (run < runCount) row += load<u32>(at, 8);
  }
  openedCount = <u32>(to - opened) >> 2;
}

/** The previous rows that have no mark. Eight at a time: most have one. */
function collectPrevious(): void {
  let to = closed;
  for (let eight: u32 = 0; eight < previousCount; eight += 8) {
    if (load<u64>(copied + eight) == ALL_COPIED) continue;
    for (let row = eight; row < eight + 8; row++) {
      if (load<u8>(copied + row)) continue;
      store<u32>(to, row);
      to += 4;
    }
  }
}

/** Pairs leftovers: those whose bytes are the same, which only moved, or those that are one connection. */
function pairRows(byEnds: bool): void {
  if (openedCount == 0 || closedCount == 0) return;
  indexRows(closedCount, byEnds);
  const end = opened + ((<usize>openedCount) << 2);
  let to = opened;
  for (let at = opened; at < end; at += 4) {
    const here = load<u32>(at);
    const row = rowOf(current, here);
    const there = takeRow(row, hashOf(row, byEnds), byEnds);
    if (there == NONE) {
      store<u32>(to, here);
      to += 4;
      continue;
    }
    closedCount--;
    if (!byEnds || !isChanged(rowOf(previous, there), row)) continue;
    store<u64>(changed + ((<usize>changedCount) << 3), ((<u64>there) << 32) | here);
    changedCount++;
  }
  openedCount = <u32>(to - opened) >> 2;
}

/** So many heads for each row of a list: the rows of a whole table that are looked up mostly meet an empty one. */
const ROOMY: u32 = 8;

/**
 * Takes out of a list the rows whose cookie another one before them has, or any row of the other table: a dump may show a
 * connection twice. Returns how many are left.
 */
function withoutKnown(list: usize, count: u32, table: usize, other: usize, otherCount: u32): u32 {
  if (count == 0) return 0;
  clearHeads(count * ROOMY);
  const end = list + ((<usize>count) << 2);
  let number: u32 = 1;
  for (let at = list; at < end; at += 4) {
    const cookie = load<u64>(fieldAt(rowOf(table, load<u32>(at)), SOCKET_COOKIE));
    if (cookie != 0) {
      if (rowWithCookie(cookie, list, table) != 0) store<u32>(at, NONE);
      else link(number, hashOfCookie(cookie));
    }
    number++;
  }
  let cookies = fieldAt(other, SOCKET_COOKIE);
  for (const past = rowOf(cookies, otherCount); cookies < past; cookies += stride) {
    const cookie = load<u64>(cookies);
    if (load<u32>(headOf(hashOfCookie(cookie))) == 0) continue;
    const at = rowWithCookie(cookie, list, table);
    if (at != 0) store<u32>(at, NONE);
  }
  let to = list;
  for (let at = list; at < end; at += 4) {
    const row = load<u32>(at);
    if (row == NONE) continue;
    store<u32>(to, row);
    to += 4;
  }
  return <u32>(to - list) >> 2;
}

/** Where the row of a list stands that has this cookie; 0 for none. */
function rowWithCookie(cookie: u64, list: usize, table: usize): usize {
  for (let number = load<u32>(headOf(hashOfCookie(cookie))); number != 0; number = load<u32>(nextOf(number))) {
    const at = list + ((<usize>number) << 2) - 4;
    const row = load<u32>(at);
    if (row != NONE && load<u64>(fieldAt(rowOf(table, row), SOCKET_COOKIE)) == cookie) return at;
  }
  return 0;
}

@inline
function hashOfCookie(cookie: u64): u32 {
  return finish(mix(seed, cookie));
}
