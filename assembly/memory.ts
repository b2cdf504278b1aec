// The arena: one linear memory, and which region lies where.
//
//   static data | a filter's program | raw table | columns | row numbers | sort records, twice
//               ^ PROGRAM            ^ rawAt     ^ place()
//
// What src/frames/ needs beside a table (another one, a frame, the comparison's workspace) lies behind the program, as if it
// were a part of it.
//
// Only `reserve` makes the memory grow, and then so far that the columns of any layout have room: whatever a raw table of that
// many bytes holds, to decode, filter and sort it never grows the memory again. So views on it, which a growth would detach,
// stay valid.
//
// Every region is followed by slack: loops work on whole blocks of rows, so they read and write past the last row, never past
// the region. What lies there is never shown.

import { COLUMNS, FIRST_ROWS, LAYOUTS, ROW_SIZES, WIDTHS } from "./layouts";

/** Rows that a loop takes at a time, at most. */
const STEP: u32 = 16;

/** Room for what is read past the last raw row: a step of the widest rows, and a vector. */
const RAW_SLACK: u32 = STEP * 192 + 64;

/** Room for what is read and written past a column's last value: a step of the widest values. */
const SLACK: u32 = STEP * 16 + 64;

const PAGE: u64 = 0x10000;

/** Where a filter's program lies. */
const PROGRAM: u32 = (<u32>__heap_base + 63) & ~63;

/** The raw table: its first byte, and bytes that there is room for. */
let rawAt: usize = 0;
let rawCapacity: u32 = 0;

/** Whose columns lie there now; LAYOUTS for nobody's. */
let placedLayout: u32 = LAYOUTS;

/** Of each column of that layout: its address, and its bytes a row, 0 where there is none. */
const addresses = memory.data(<i32>COLUMNS * 4, 4);
const widths = memory.data(<i32>COLUMNS);

/** The row numbers of the selection. */
export let indices: usize = 0;
/** Sort records, and the other half that each pass moves them to. */
export let records: usize = 0;
export let recordsSwap: usize = 0;

/**
 * Room for a raw table of so many bytes, and for a filter's program. Returns the table's address; 0 where the memory can't
 * grow, and all is as it was. What lay there is lost.
 */
export function reserve(byteLength: u32, programLength: u32): usize {
  const raw = align(<u64>PROGRAM + programLength);
  placedLayout = LAYOUTS;
  let end: u64 = 0;
  for (let layout: u32 = 0; layout < LAYOUTS; layout++) end = max(end, place(layout, raw, byteLength));
  if (!grow(end)) return 0;
  rawAt = <usize>raw;
  rawCapacity = byteLength;
  return rawAt;
}

/** Makes the regions behind the raw table those of a layout. They move only where the layout is another, or after `reserve`. */
export function placeColumns(layout: u32): void {
  if (layout == placedLayout) return;
  place(layout, rawAt, rawCapacity);
  placedLayout = layout;
}

/** Places the regions for as many rows of a layout as so many bytes at `raw` can hold. Returns where they end. */
function place(layout: u32, raw: u64, byteLength: u32): u64 {
  const firstRow: u32 = load<u8>(FIRST_ROWS + layout);
  const most: u64 = byteLength < firstRow ? 0 : (byteLength - firstRow) / load<u8>(ROW_SIZES + layout);
  const rows = (most + STEP) & ~(<u64>STEP - 1);
  let at = align(raw + byteLength + RAW_SLACK);
  for (let column: u32 = 0; column < COLUMNS; column++) {
    const width = load<u8>(WIDTHS + layout * COLUMNS + column);
    store<u8>(widths + column, width);
    store<u32>(addresses + (column << 2), <u32>at);
    if (width) at = after(at, rows * width);
  }
  indices = <usize>at;
  at = after(at, rows * 4);
  records = <usize>at;
  at = after(at, rows * 8);
  recordsSwap = <usize>at;
  return after(at, rows * 8);
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

/** Where a filter's program is to be put. */
export function programAt(): usize {
  return PROGRAM;
}

/** The start of the next region, behind one of so many bytes and its slack. */
function after(start: u64, byteLength: u64): u64 {
  return align(start + byteLength + SLACK);
}

/** Cache lines of 64 bytes. */
function align(at: u64): u64 {
  return (at + 63) & ~63;
}

function grow(end: u64): bool {
  const pages = <i32>((end + PAGE - 1) / PAGE) - memory.size();
  return pages <= 0 || (end <= 0xffff0000 && memory.grow(pages) >= 0);
}
