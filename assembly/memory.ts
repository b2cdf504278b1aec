// The arena: one linear memory, and which region lies where. Regions that depend on the number of rows are placed anew for
// each table; nothing in them outlives it.
//
//   static data | raw table | columns | row numbers | sort records, twice | a filter's program | its bitmaps
//               ^ RAW       ^ place()
//
// Every region is followed by slack: loops work on whole blocks of rows, so they read and write past the last row, never past
// the region. What lies there is never shown.

import { COLUMNS, WIDTHS } from "./layouts";

/** Rows that a loop takes at a time, at most. */
const BLOCK: u32 = 16;

/** Room for what is read past the last raw row: a block of the widest rows, and a vector. */
const RAW_SLACK: u32 = 16 * 192 + 64;

/** Room for what is read and written past a column's last value: a block of the widest values. */
const SLACK: u32 = 16 * 16 + 64;

const PAGE: u64 = 0x10000;

const RAW: u32 = (<u32>__heap_base + 63) & ~63;

let rawCapacity: u32 = 0;
let rowCapacity: u32 = 0;
let placedFor: u32 = 0;

/** Of each column of the layout that was placed: its address, and its bytes a row, 0 where there is none. */
const addresses = memory.data(<i32>COLUMNS * 4, 4);
const widths = memory.data(<i32>COLUMNS);

/** The row numbers of the selection. */
export let indices: usize = 0;
/** Sort records, and the other half that each pass moves them to. */
export let records: usize = 0;
export let recordsSwap: usize = 0;
/** The filter's program, and behind it the stack of bitmaps that it works on. */
export let program: usize = 0;
export let bitmaps: usize = 0;
/** Bytes of one bitmap: a bit a row. */
export let bitmapSize: u32 = 0;

/** Room for a raw table of so many bytes. Its address; 0 where the memory can't grow. */
export function reserve(byteLength: u32): u32 {
  if (byteLength > rawCapacity) {
    if (!grow(<u64>RAW + byteLength + RAW_SLACK)) return 0;
    rawCapacity = byteLength;
    rowCapacity = 0; // The columns lay where the table now lies.
  }
  return RAW;
}

/** What `place` returns: the memory can't grow, everything lies where it did, or the columns lie elsewhere now. */
export const OUT_OF_MEMORY: u32 = 0;
const STAYED: u32 = 1;
const MOVED: u32 = 2;

/** Places the regions for so many rows of a layout. */
export function place(rowCount: u32, layout: u32): u32 {
  if (rowCapacity > 0 && rowCount <= rowCapacity && layout == placedFor) return STAYED;
  // Room for more rows than now: a table's size wanders, and views stay valid as long as nothing moves.
  const rows: u64 = ((<u64>rowCount + (rowCount >> 2)) / BLOCK + 4) * BLOCK;
  let at: u64 = align(<u64>RAW + rawCapacity + RAW_SLACK);
  const firstColumn = at;
  for (let column: u32 = 0; column < COLUMNS; column++) at = after(at, rows * load<u8>(WIDTHS + layout * COLUMNS + column));
  const indices_ = at;
  const records_ = after(indices_, rows * 4);
  const recordsSwap_ = after(records_, rows * 8);
  const program_ = after(recordsSwap_, rows * 8);
  if (!grow(program_)) return OUT_OF_MEMORY;
  at = firstColumn;
  for (let column: u32 = 0; column < COLUMNS; column++) {
    const width = load<u8>(WIDTHS + layout * COLUMNS + column);
    store<u8>(widths + column, width);
    store<u32>(addresses + (column << 2), <u32>at);
    at = after(at, rows * width);
  }
  indices = <usize>indices_;
  records = <usize>records_;
  recordsSwap = <usize>recordsSwap_;
  program = <usize>program_;
  bitmapSize = <u32>align((rows >> 3) + 16);
  rowCapacity = <u32>rows;
  placedFor = layout;
  return MOVED;
}

/** The address of a column's first value, by its number in COLUMN_NAMES. */
export function columnAt(column: u32): usize {
  return load<u32>(addresses + (column << 2));
}

/** Bytes a row of a column; 0 where the layout has none. */
export function columnWidth(column: u32): u32 {
  return load<u8>(widths + column);
}

/** The address of the row numbers that the last selection left. */
export function indicesAt(): usize {
  return indices;
}

/** Room for a filter's program of so many bytes, and for its bitmaps. Its address; 0 where the memory can't grow. */
export function placeProgram(byteLength: u32, bitmapCount: u32): usize {
  const end = align(<u64>program + byteLength);
  bitmaps = <usize>end;
  return grow(end + <u64>bitmapSize * bitmapCount) ? program : 0;
}

/** The start of the next region, behind one of so many bytes and its slack. */
function after(start: u64, byteLength: u64): u64 {
  return byteLength == 0 ? start : align(start + byteLength + SLACK);
}

/** Cache lines of 64 bytes. */
function align(at: u64): u64 {
  return (at + 63) & ~63;
}

function grow(end: u64): bool {
  const pages = <i32>((end + PAGE - 1) / PAGE) - memory.size();
  return pages <= 0 || (end <= 0xffff0000 && memory.grow(pages) >= 0);
}
