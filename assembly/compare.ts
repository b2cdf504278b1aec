// Two raw tables of one layout → which rows of the second are copies of rows of the first, and of the others which
// connection is which. The rules stand in src/frames/rules.ts; src/frames/plain-comparison.ts has the same steps
// in TypeScript.
//
//   previous   a b c d e f g        runs of copies    (0 new, then 2 from row 0)  (1 new, then 3 from row 3)
//   current    a b X d e f          left over         X here, c and g there
//
// First both tables are walked in step: an operating system lists its connections in an order that stands still, so most rows
// are where they were but for those that came or went before them. Where the tables have nothing to do with each other, the
// rest is matched by a hash table.

import {
  COLUMNS,
  CREATE_TIMESTAMP,
  INODE,
  LOCAL_ADDRESS,
  LOCAL_PORT,
  LOCAL_SCOPE_ID,
  OFFSETS,
  OWNING_PID,
  REMOTE_ADDRESS,
  REMOTE_PORT,
  REMOTE_SCOPE_ID,
  SOCKET_COOKIE,
  STATE,
  USER,
  WIDTHS,
} from "./layouts";

/** How many rows ahead a row is looked for on either side where the tables differ. */
const LOOK_AHEAD: u32 = 16;

/** Rows that may differ without a match nearby, beside one in so many, before the walk is given up. */
const LOST_ROWS: u32 = 16;
const LOST_SHARE: u32 = 16;

/** Rows of one and the same tuple that are looked at for a partner: SAME_ENDS in rules.ts. */
const SAME_TUPLE: u32 = 256;

/** Linux's and Windows' numbers of a listener. */
const LISTEN: u32 = 2;

/** How far a connection has got in each MIB_TCP_STATE: it never goes back. 0 for numbers that say nothing of that. */
const PROGRESS = memory.data<u8>([0, 0, 0, 1, 1, 2, 3, 4, 3, 4, 4, 5, 6]);
const STATES: u32 = 13;

/** Bytes of a run: new rows before it, its first row in the previous table, its length; a u32 each. */
const RUN: usize = 12;

// The tables that are compared, and where their layout has its fields.
export let previous: usize = 0;
export let previousCount: u32 = 0;
export let current: usize = 0;
export let currentCount: u32 = 0;
export let stride: u32 = 0;
let offsets: usize = 0;
let fieldWidths: usize = 0;
let addressBytes: u32 = 0;

// The workspace: regions one behind the other, none of which outlives the comparison.
export let runs: usize = 0;
export let runCount: u32 = 0;
/** A byte for each previous row: 1 where it has been copied. */
export let copied: usize = 0;
/** Row numbers that are left over on either side. */
let leftPrevious: usize = 0;
let leftPreviousCount: u32 = 0;
let leftCurrent: usize = 0;
let leftCurrentCount: u32 = 0;
/** A hash table of previous rows: the first of each bucket, and for each entry the next one, all as numbers from 1 up. */
let heads: usize = 0;
let headsMask: u32 = 0;
let nexts: usize = 0;
/** What has come out: row numbers, and pairs of them (current, previous). */
let opened: usize = 0;
let closed: usize = 0;
let changed: usize = 0;
let changedCount: u32 = 0;

/** What `compareLeftovers` tells: where opened, closed and changed rows lie, and how many of each; a u32 each. */
const RESULTS = memory.data(24, 4);

/** Where the runs lie. */
export function runsAt(): usize {
  return runs;
}

/** Bytes that comparing tables of so many rows takes beside them. */
export function comparisonSize(previousRows: u32, currentRows: u32): u64 {
  const rows = <u64>max(previousRows, currentRows) + 64;
  return (
    (RUN + 1 + 4 + 4 + 4 + 4 + 4 + 8) * rows + 4 * (<u64>bucketsFor(max(previousRows, currentRows)) + 64) + 16 * 64
  );
}

/** Says which tables are compared, and where there is room to do it in: `comparisonSize` bytes at `workspace`. */
export function beginComparison(
  layout: u32,
  firstPrevious: usize,
  previousRows: u32,
  firstCurrent: usize,
  currentRows: u32,
  rowSize: u32,
  workspace: usize,
): void {
  previous = firstPrevious;
  previousCount = previousRows;
  current = firstCurrent;
  currentCount = currentRows;
  stride = rowSize;
  offsets = OFFSETS + layout * COLUMNS;
  fieldWidths = WIDTHS + layout * COLUMNS;
  addressBytes = load<u8>(fieldWidths + LOCAL_ADDRESS);
  const rows = max(previousRows, currentRows) + 64;
  runs = align(workspace);
  copied = align(runs + RUN * <usize>rows);
  leftPrevious = align(copied + <usize>rows);
  leftCurrent = align(leftPrevious + 4 * <usize>rows);
  nexts = align(leftCurrent + 4 * <usize>rows);
  opened = align(nexts + 4 * <usize>rows);
  closed = align(opened + 4 * <usize>rows);
  changed = align(closed + 4 * <usize>rows);
  heads = align(changed + 8 * <usize>rows);
  runCount = 0;
}

@inline
function align(at: usize): usize {
  return (at + 63) & ~63;
}

/** A power of two, at least twice as many as there are rows. */
function bucketsFor(rows: u32): u32 {
  return (<u32>1) << (33 - clz(rows | 15));
}

/**
 * Finds the rows of the current table that are copies of previous ones, each of which is copied once at the most. Returns how
 * many runs there are.
 */
export function findCopies(): u32 {
  memory.fill(copied, 0, previousCount);
  let here: u32 = 0;
  let there: u32 = 0;
  let newRows: u32 = 0;
  let lost: u32 = 0;
  const mayLose = LOST_ROWS + currentCount / LOST_SHARE;
  while (here < currentCount && there < previousCount) {
    const length = equalRows(there, here, min(currentCount - here, previousCount - there));
    if (length > 0) {
      addRun(newRows, there, length);
      newRows = 0;
      here += length;
      there += length;
      continue;
    }
    let ahead: u32 = 1;
    for (; ahead <= LOOK_AHEAD; ahead++) {
      const inPrevious = there + ahead < previousCount;
      const inCurrent = here + ahead < currentCount;
      if (inPrevious && isEqual(there + ahead, here)) {
        there += ahead;
        break;
      }
      if (inCurrent && isEqual(there, here + ahead)) {
        here += ahead;
        newRows += ahead;
        break;
      }
      if (inPrevious && inCurrent && isEqual(there + ahead, here + ahead)) {
        there += ahead;
        here += ahead;
        newRows += ahead;
        break;
      }
    }
    if (ahead <= LOOK_AHEAD) continue;
    if (++lost > mayLose) break;
    here++;
    there++;
    newRows++;
  }
  if (lost > mayLose) findByHash(here, there, newRows);
  return runCount;
}

/** Empties the hash table, and makes it as large as so many rows need. */
function clearHeads(rows: u32): void {
  headsMask = bucketsFor(rows) - 1;
  memory.fill(heads, 0, (<usize>headsMask + 1) << 2);
}

/** Matches the rows from these on by a hash table. */
function findByHash(here: u32, there: u32, newRows: u32): void {
  clearHeads(previousCount - there);
  // Backwards, so that the first row of a bucket is the first of the table.
  for (let row = previousCount; row-- > there; ) {
    const head = heads + ((<usize>(hashOfRow(rowOf(previous, row)) & headsMask)) << 2);
    store<u32>(nexts + ((<usize>row) << 2), load<u32>(head));
    store<u32>(head, row + 1);
  }
  let expected = previousCount;
  for (; here < currentCount; here++) {
    let found = expected;
    // Behind a row that was found, its neighbour is likely to be the next.
    if (expected >= previousCount || load<u8>(copied + expected) || !isEqual(expected, here)) {
      found = takeEqual(rowOf(current, here));
    }
    if (found == previousCount) {
      newRows++;
      expected = previousCount;
      continue;
    }
    addRun(newRows, found, 1);
    newRows = 0;
    expected = found + 1;
  }
}

/** The first previous row with these bytes that has not been copied; `previousCount` where there is none. */
function takeEqual(row: usize): u32 {
  let link = heads + ((<usize>(hashOfRow(row) & headsMask)) << 2);
  for (let entry = load<u32>(link); entry != 0; entry = load<u32>(link)) {
    const next = nexts + ((<usize>(entry - 1)) << 2);
    if (load<u8>(copied + entry - 1)) {
      store<u32>(link, load<u32>(next)); // It is of no use any more.
      continue;
    }
    if (bytesEqual(rowOf(previous, entry - 1), row)) return entry - 1;
    link = next;
  }
  return previousCount;
}

/** Adds rows to the last run where they go on with it, else as a run of their own. */
export function addRun(newRows: u32, from: u32, length: u32): void {
  memory.fill(copied + from, 1, length);
  if (newRows == 0 && runCount > 0) {
    const last = runs + RUN * <usize>(runCount - 1);
    if (load<u32>(last, 4) + load<u32>(last, 8) == from) {
      store<u32>(last, load<u32>(last, 8) + length, 8);
      return;
    }
  }
  const run = runs + RUN * <usize>runCount;
  store<u32>(run, newRows);
  store<u32>(run, from, 4);
  store<u32>(run, length, 8);
  runCount++;
}

@inline
export function rowOf(table: usize, row: u32): usize {
  return table + <usize>row * stride;
}

@inline
function isEqual(there: u32, here: u32): bool {
  return bytesEqual(rowOf(previous, there), rowOf(current, here));
}

/** Whether two rows have the same bytes. The last vector overlaps the one before: no row is shorter than 16 bytes. */
function bytesEqual(a: usize, b: usize): bool {
  if (v128.any_true(v128.xor(v128.load(a), v128.load(b)))) return false;
  for (let at: usize = 16; at + 16 < stride; at += 16) {
    if (v128.any_true(v128.xor(v128.load(a + at), v128.load(b + at)))) return false;
  }
  const last = <usize>stride - 16;
  return !v128.any_true(v128.xor(v128.load(a + last), v128.load(b + last)));
}

/** How many of `rows` rows are equal, from these on. Rows lie side by side, so this compares bytes, four vectors a step. */
function equalRows(there: u32, here: u32, rows: u32): u32 {
  const a = rowOf(previous, there);
  const b = rowOf(current, here);
  const length = <usize>rows * stride;
  let at: usize = 0;
  for (; at + 64 <= length; at += 64) {
    const first = v128.or(difference(a, b, at), difference(a, b, at + 16));
    const second = v128.or(difference(a, b, at + 32), difference(a, b, at + 48));
    if (v128.any_true(v128.or(first, second))) break;
  }
  // What is read behind the last row is slack, and not counted.
  for (; at < length; at += 16) {
    const unequal = difference(a, b, at);
    if (!v128.any_true(unequal)) continue;
    const equal = at + ctz(~(<u32>i8x16.bitmask(i8x16.eq(unequal, i8x16.splat(0)))));
    return min(rows, <u32>equal / stride);
  }
  return rows;
}

@inline
function difference(a: usize, b: usize, at: usize): v128 {
  return v128.xor(v128.load(a + at), v128.load(b + at));
}

/** Of all bytes of a row. */
function hashOfRow(row: usize): u32 {
  let hash = seed;
  let at: usize = 0;
  for (; at + 8 <= stride; at += 8) hash = mix(hash, load<u64>(row + at));
  if (at < stride) hash = mix(hash, load<u32>(row + at));
  return finish(hash);
}

/** Makes it hard to choose rows that all fall into one bucket: frames come from strangers. What is found does not depend on it. */
let seed: u64 = 0;

export function seedHashes(number: u32): void {
  seed = number;
}

@inline
function mix(hash: u64, word: u64): u64 {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

@inline
function finish(hash: u64): u32 {
  return <u32>((hash * 0xd6e8feb86659fd93) >> 32);
}

/**
 * Says of the rows that are no copies which connections they are: those that opened, closed or changed. The runs may be those
 * that `findCopies` found, or have come in a frame: `copied` says the same as they.
 */
export function compareLeftovers(): usize {
  collectLeftovers();
  pairLeftovers(true);
  pairLeftovers(false);
  if (has(SOCKET_COOKIE)) {
    passOverKnown(leftCurrent, leftCurrentCount, current, previous, previousCount);
    passOverKnown(leftPrevious, leftPreviousCount, previous, current, currentCount);
  }
  store<u32>(RESULTS, <u32>opened);
  store<u32>(RESULTS, compact(leftCurrent, leftCurrentCount, opened), 4);
  store<u32>(RESULTS, <u32>closed, 8);
  store<u32>(RESULTS, compact(leftPrevious, leftPreviousCount, closed), 12);
  store<u32>(RESULTS, <u32>changed, 16);
  store<u32>(RESULTS, changedCount, 20);
  return RESULTS;
}

/**
 * Takes out of a list of leftovers the rows whose cookie another one before them has, or any row of the other table: a dump may
 * show a connection twice.
 */
function passOverKnown(left: usize, count: u32, table: usize, other: usize, otherCount: u32): void {
  clearHeads(count);
  let any = false;
  for (let at: u32 = 0; at < count; at++) {
    const row = load<u32>(left + ((<usize>at) << 2));
    if (row == PAIRED) continue;
    const cookie = load<u64>(fieldAt(rowOf(table, row), SOCKET_COOKIE));
    if (cookie == 0) continue;
    if (passOver(left, table, cookie, false)) {
      store<u32>(left + ((<usize>at) << 2), PAIRED);
      continue;
    }
    const head = headOf(cookie);
    store<u32>(nexts + ((<usize>at) << 2), load<u32>(head));
    store<u32>(head, at + 1);
    any = true;
  }
  if (!any) return;
  let cookies = fieldAt(other, SOCKET_COOKIE);
  for (let row: u32 = 0; row < otherCount; row++) {
    const cookie = load<u64>(cookies);
    cookies += stride;
    if (load<u32>(headOf(cookie)) != 0) passOver(left, table, cookie, true);
  }
}

/** Whether a row of the hash table has this cookie, which may be taken out of the list with that. */
function passOver(left: usize, table: usize, cookie: u64, takesOut: bool): bool {
  for (let entry = load<u32>(headOf(cookie)); entry != 0; entry = load<u32>(nexts + ((<usize>(entry - 1)) << 2))) {
    const at = left + ((<usize>(entry - 1)) << 2);
    const row = load<u32>(at);
    if (row == PAIRED || load<u64>(fieldAt(rowOf(table, row), SOCKET_COOKIE)) != cookie) continue;
    if (takesOut) store<u32>(at, PAIRED);
    return true;
  }
  return false;
}

@inline
function headOf(cookie: u64): usize {
  return heads + ((<usize>(finish(mix(seed, cookie)) & headsMask)) << 2);
}

function collectLeftovers(): void {
  changedCount = 0;
  leftCurrentCount = 0;
  let row: u32 = 0;
  for (let run: u32 = 0; run <= runCount; run++) {
    const at = runs + RUN * <usize>run;
    const end = run == runCount ? currentCount : row + load<u32>(at);
    for (; row < end; row++) {
      store<u32>(leftCurrent + ((<usize>leftCurrentCount) << 2), row);
      leftCurrentCount++;
    }
    if (run < runCount) row += load<u32>(at, 8);
  }
  leftPreviousCount = 0;
  // Eight at a time: most have been copied. Behind the last row stand ones.
  store<u64>(copied + previousCount, 0x0101010101010101);
  for (let eight: u32 = 0; eight < previousCount; eight += 8) {
    if (load<u64>(copied + eight) == 0x0101010101010101) continue;
    for (let there = eight; there < eight + 8; there++) {
      if (load<u8>(copied + there)) continue;
      store<u32>(leftPrevious + ((<usize>leftPreviousCount) << 2), there);
      leftPreviousCount++;
    }
  }
}

/** What stands in a list of leftovers for a row that has found its partner. */
const PAIRED: u32 = 0xffffffff;

/** Pairs leftovers: those whose bytes are the same, which only moved, or those that are the same connection. */
function pairLeftovers(whole: bool): void {
  if (leftCurrentCount == 0 || leftPreviousCount == 0) return;
  clearHeads(leftPreviousCount);
  for (let left = leftPreviousCount; left-- > 0; ) {
    const there = load<u32>(leftPrevious + ((<usize>left) << 2));
    if (there == PAIRED) continue;
    const row = rowOf(previous, there);
    const head = heads + ((<usize>((whole ? hashOfRow(row) : hashOfTuple(row)) & headsMask)) << 2);
    store<u32>(nexts + ((<usize>left) << 2), load<u32>(head));
    store<u32>(head, left + 1);
  }
  for (let left: u32 = 0; left < leftCurrentCount; left++) {
    const here = load<u32>(leftCurrent + ((<usize>left) << 2));
    if (here == PAIRED) continue;
    const row = rowOf(current, here);
    const partner = takePartner(row, whole);
    if (partner == PAIRED) continue;
    store<u32>(leftCurrent + ((<usize>left) << 2), PAIRED);
    if (whole || !isChanged(rowOf(previous, partner), row)) continue;
    store<u64>(changed + ((<usize>changedCount) << 3), ((<u64>partner) << 32) | here);
    changedCount++;
  }
}

/** Takes the first leftover previous row that has these bytes, or is this connection, out of the lists. Its number, or PAIRED. */
function takePartner(row: usize, whole: bool): u32 {
  let link = heads + ((<usize>((whole ? hashOfRow(row) : hashOfTuple(row)) & headsMask)) << 2);
  let sameTuple: u32 = 0;
  for (let entry = load<u32>(link); entry != 0 && sameTuple < SAME_TUPLE; entry = load<u32>(link)) {
    const next = nexts + ((<usize>(entry - 1)) << 2);
    const left = leftPrevious + ((<usize>(entry - 1)) << 2);
    const there = load<u32>(left);
    const other = rowOf(previous, there);
    if (whole ? bytesEqual(other, row) : isSameTuple(other, row)) {
      if (whole || mayBeSame(other, row)) {
        store<u32>(link, load<u32>(next));
        store<u32>(left, PAIRED);
        return there;
      }
      sameTuple++;
    }
    link = next;
  }
  return PAIRED;
}

/** Writes the row numbers that are left. Returns how many. */
function compact(left: usize, count: u32, to: usize): u32 {
  let rows: u32 = 0;
  for (let at: u32 = 0; at < count; at++) {
    const row = load<u32>(left + ((<usize>at) << 2));
    if (row == PAIRED) continue;
    store<u32>(to + ((<usize>rows) << 2), row);
    rows++;
  }
  return rows;
}

@inline
function has(column: u32): bool {
  return load<u8>(fieldWidths + column) != 0;
}

@inline
function fieldAt(row: usize, column: u32): usize {
  return row + load<u8>(offsets + column);
}

@inline
function isListener(row: usize): bool {
  return load<u32>(fieldAt(row, STATE)) == LISTEN;
}

/** Of the ends of a connection; of a listener's local end alone. */
function hashOfTuple(row: usize): u32 {
  let hash = hashOfEnd(seed, row, LOCAL_ADDRESS, LOCAL_PORT);
  if (!isListener(row)) hash = hashOfEnd(hash, row, REMOTE_ADDRESS, REMOTE_PORT);
  return finish(hash);
}

@inline
function hashOfEnd(hash: u64, row: usize, address: u32, port: u32): u64 {
  const at = fieldAt(row, address);
  for (let word: usize = 0; word < addressBytes; word += 4) hash = mix(hash, load<u32>(at + word));
  return mix(hash, load<u16>(fieldAt(row, port)));
}

function isSameTuple(a: usize, b: usize): bool {
  const listens = isListener(a);
  if (listens != isListener(b)) return false;
  if (!isSameEnd(a, b, LOCAL_ADDRESS, LOCAL_PORT, LOCAL_SCOPE_ID)) return false;
  return listens || isSameEnd(a, b, REMOTE_ADDRESS, REMOTE_PORT, REMOTE_SCOPE_ID);
}

@inline
function isSameEnd(a: usize, b: usize, address: u32, port: u32, scope: u32): bool {
  if (load<u16>(fieldAt(a, port)) != load<u16>(fieldAt(b, port))) return false;
  const there = fieldAt(a, address);
  const here = fieldAt(b, address);
  for (let word: usize = 0; word < addressBytes; word += 4) {
    if (load<u32>(there + word) != load<u32>(here + word)) return false;
  }
  return !has(scope) || load<u32>(fieldAt(a, scope)) == load<u32>(fieldAt(b, scope));
}

/** Of two rows with the same ends: whether nothing says that they are two connections. */
function mayBeSame(before: usize, after: usize): bool {
  if (has(SOCKET_COOKIE)) {
    const there = load<u64>(fieldAt(before, SOCKET_COOKIE));
    const here = load<u64>(fieldAt(after, SOCKET_COOKIE));
    if (there != 0 && here != 0) return there == here;
  }
  if (has(CREATE_TIMESTAMP)) {
    const there = load<u64>(fieldAt(before, CREATE_TIMESTAMP));
    const here = load<u64>(fieldAt(after, CREATE_TIMESTAMP));
    if (there != 0 && here != 0) return there == here;
  }
  const progress = progressOf(after);
  return progress == 0 || progressOf(before) <= progress;
}

@inline
function progressOf(row: usize): u32 {
  const state = load<u32>(fieldAt(row, STATE));
  return state < STATES ? load<u8>(PROGRESS + state) : 0;
}

/** Whether a connection's state or owner is another one. What is unknown is no change. */
function isChanged(before: usize, after: usize): bool {
  if (load<u32>(fieldAt(before, STATE)) != load<u32>(fieldAt(after, STATE))) return true;
  if (has(OWNING_PID) && differs(before, after, OWNING_PID)) return true;
  // A user is known where the socket has an inode.
  if (!has(USER) || load<u32>(fieldAt(before, USER)) == load<u32>(fieldAt(after, USER))) return false;
  return load<u32>(fieldAt(before, INODE)) != 0 && load<u32>(fieldAt(after, INODE)) != 0;
}

@inline
function differs(before: usize, after: usize, column: u32): bool {
  const there = load<u32>(fieldAt(before, column));
  const here = load<u32>(fieldAt(after, column));
  return there != here && there != 0 && here != 0;
}
