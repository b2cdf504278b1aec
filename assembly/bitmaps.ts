// Bitmaps: a bit a row, rows in ascending order from the lowest bit of the first byte. They stand for a block of rows, not for a
// whole table, so that all of them stay in the processor's nearest cache, and take the same small room whatever the table's size.

/** Rows of a block. A multiple of 64, see row-numbers.ts. */
export const BLOCK_ROWS: u32 = 2048;

/** Bytes of a bitmap. */
export const BITMAP_SIZE: u32 = BLOCK_ROWS >> 3;

/**
 * Bitmaps that there are at a time, at most. src/decoder/wasm/program.ts writes the operand that needs the most of them first,
 * so that a program needs n bitmaps only where it has 2^(n-1) predicates: 32 are enough for whatever a memory of 4 GiB holds.
 */
const DEEPEST: u32 = 32;

/** The stack of bitmaps. */
export const bitmaps = memory.data(<i32>(DEEPEST * BITMAP_SIZE), 16);

/** Every row. */
export function fill(bits: usize, size: u32): void {
  memory.fill(bits, 0xff, size);
}

/** bits &= other */
export function and(bits: usize, other: usize, size: u32): void {
  for (let at: u32 = 0; at < size; at += 16) {
    v128.store(bits + at, v128.and(v128.load(bits + at), v128.load(other + at)));
  }
}

/** bits |= other */
export function or(bits: usize, other: usize, size: u32): void {
  for (let at: u32 = 0; at < size; at += 16) {
    v128.store(bits + at, v128.or(v128.load(bits + at), v128.load(other + at)));
  }
}

/** bits = ~bits */
export function not(bits: usize, size: u32): void {
  for (let at: u32 = 0; at < size; at += 16) {
    v128.store(bits + at, v128.not(v128.load(bits + at)));
  }
}
