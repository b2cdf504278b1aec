// The arena: one linear memory, and which region lies where. Regions that depend on the number of rows are placed anew for
// each table; nothing in them outlives it.
//
//   static data | raw table | columns | row numbers | sort records, twice | bitmaps: one a level of the filter
//               ^ RAW       ^ place()
//
// Every region is followed by SLACK bytes: loops work on whole blocks of rows, so they read and write past the last row,
// never past the region. What lies there is never shown.

/** Rows that a loop takes at a time, at most. */
export const BLOCK: u32 = 16;

/** Room for what a block reads or writes past the last row: a block of the widest row, and one vector. */
const SLACK: u32 = 512;

const PAGE: u64 = 0x10000;

const RAW: u32 = (<u32>__heap_base + 63) & ~63;

let rawCapacity: u32 = 0;
let rowCapacity: u32 = 0;

export let state: usize = 0;
export let localAddress: usize = 0;
export let localPort: usize = 0;
export let remoteAddress: usize = 0;
export let remotePort: usize = 0;
/** The row numbers of the selection. */
export let indices: usize = 0;
/** Sort records, and the other half that each pass moves them to. */
export let records: usize = 0;
export let recordsSwap: usize = 0;
export let bitmaps: usize = 0;
/** Bytes of one bitmap: a bit a row. */
export let bitmapSize: u32 = 0;

/** Room for a raw table of so many bytes. Its address; 0 where the memory can't grow. */
export function reserve(byteLength: u32): u32 {
  if (byteLength > rawCapacity) {
    if (!grow(<u64>RAW + byteLength + SLACK)) return 0;
    rawCapacity = byteLength;
    rowCapacity = 0; // The columns lay where the table now lies.
  }
  return RAW;
}

/** Places the regions for so many rows. False where the memory can't grow. */
export function place(rowCount: u32): bool {
  if (rowCapacity > 0 && rowCount <= rowCapacity) return true;
  // Room for more rows than now: a table's size wanders, and views stay valid as long as nothing moves.
  const rows: u64 = ((<u64>rowCount + (rowCount >> 2)) / BLOCK + 4) * BLOCK;
  let at: u64 = region(<u64>RAW + rawCapacity);
  const state_ = at;
  const localAddress_ = (at = region(at + rows));
  const localPort_ = (at = region(at + rows * 4));
  const remoteAddress_ = (at = region(at + rows * 2));
  const remotePort_ = (at = region(at + rows * 4));
  const indices_ = (at = region(at + rows * 2));
  const records_ = (at = region(at + rows * 4));
  const recordsSwap_ = (at = region(at + rows * 8));
  const bitmaps_ = (at = region(at + rows * 8));
  if (!grow(at)) return false;
  state = <usize>state_;
  localAddress = <usize>localAddress_;
  localPort = <usize>localPort_;
  remoteAddress = <usize>remoteAddress_;
  remotePort = <usize>remotePort_;
  indices = <usize>indices_;
  records = <usize>records_;
  recordsSwap = <usize>recordsSwap_;
  bitmaps = <usize>bitmaps_;
  bitmapSize = <u32>(region(rows >> 3) & 0xffffffff);
  rowCapacity = <u32>rows;
  return true;
}

/** The address of the bitmap of a level, from 0 up; 0 where the memory can't grow. */
export function bitmap(level: u32): usize {
  const end = <u64>bitmaps + <u64>bitmapSize * (level + 1);
  return grow(end) ? bitmaps + bitmapSize * level : 0;
}

/** The start of the next region: aligned to a cache line, after the slack. */
function region(end: u64): u64 {
  return (end + SLACK + 63) & ~63;
}

function grow(end: u64): bool {
  const pages = <i32>((end + PAGE - 1) / PAGE) - memory.size();
  return pages <= 0 || (end <= 0xffff0000 && memory.grow(pages) >= 0);
}
