// Two raw tables of one layout that are compared, and the room to do it in. The rules stand in src/frames/rules.ts;
// src/frames/plain-comparison.ts has the same steps in TypeScript.
//
//   previous   a b c d e f g        runs of copies    (0 new, then 2 from row 0)  (1 new, then 3 from row 3)
//   current    a b X d e f          left over         X here, c and g there
//
//   walk.ts        both tables in step                     → runs of copies
//   row-index.ts   where the order is another one: a hash table of previous rows
//   leftovers.ts   rows that are no copies                 → opened, closed, changed
//   delta.ts       runs ⇄ bytes

import { COLUMNS, LOCAL_ADDRESS, OFFSETS, WIDTHS } from "./layouts";

/** Bytes of a run: new rows before it, its first row in the previous table, its length; a u32 each. */
export const RUN: usize = 12;

// The tables, and where their layout has its fields.
export let previous: usize = 0;
export let previousCount: u32 = 0;
export let current: usize = 0;
export let currentCount: u32 = 0;
export let stride: u32 = 0;
let offsets: usize = 0;
let fieldWidths: usize = 0;
export let addressBytes: u32 = 0;

// The workspace: regions one behind the other, none of which outlives the comparison.
export let runs: usize = 0;
/** A byte for each previous row: see runs.ts. */
export let copied: usize = 0;
/** Chains of rows, and where they begin: row-index.ts. */
export let heads: usize = 0;
export let nexts: usize = 0;
/** What comes out: row numbers, and pairs of them (current, previous). */
export let opened: usize = 0;
export let closed: usize = 0;
export let changed: usize = 0;
/** Rows of the larger table. */
export let tableRows: u32 = 0;

/** Bytes that comparing tables of so many rows takes beside them. */
export function comparisonSize(previousRows: u32, currentRows: u32): u64 {
  const rows = max(previousRows, currentRows);
  return (RUN + 1 + 4 + 4 + 4 + 8) * (<u64>rows + 64) + 4 * <u64>headsFor(rows) + 8 * 64;
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
  tableRows = max(previousRows, currentRows);
  const rows = <usize>tableRows + 64;
  runs = align(workspace);
  copied = align(runs + RUN * rows);
  nexts = align(copied + rows);
  opened = align(nexts + 4 * rows);
  closed = align(opened + 4 * rows);
  changed = align(closed + 4 * rows);
  heads = align(changed + 8 * rows);
}

function align(at: usize): usize {
  return (at + 63) & ~63;
}

/** A power of two, at least twice as many as there are rows. */
export function headsFor(rows: u32): u32 {
  return (<u32>1) << (33 - clz(rows | 15));
}

@inline
export function rowOf(table: usize, row: u32): usize {
  return table + <usize>row * stride;
}

@inline
export function has(column: u32): bool {
  return load<u8>(fieldWidths + column) != 0;
}

@inline
export function fieldAt(row: usize, column: u32): usize {
  return row + load<u8>(offsets + column);
}

/** Whether two rows have the same bytes. The last vector overlaps the one before: no row is shorter than 16 bytes. */
@inline
export function bytesEqual(a: usize, b: usize): bool {
  if (v128.any_true(difference(a, b, 0))) return false;
  for (let at: usize = 16; at + 16 < stride; at += 16) {
    if (v128.any_true(difference(a, b, at))) return false;
  }
  return !v128.any_true(difference(a, b, <usize>stride - 16));
}

@inline
export function difference(a: usize, b: usize, at: usize): v128 {
  return v128.xor(v128.load(a + at), v128.load(b + at));
}
