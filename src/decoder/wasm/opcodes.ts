/**
 * What a filter's program is made of; an opcode's number is its place in this list, for both sides: build.mjs writes the kernel's
 * constants from it. program.ts writes programs, the kernel runs them (assembly/run.ts). A program is u32 words: each opcode is
 * followed by its operands. Predicates push a bitmap, a bit a row; `and` and `or` take two bitmaps and leave one.
 */
export const OPCODES = [
  /** The last: the bitmap's rows are the answer. */
  "end",
  /** Pushes every row. */
  "all",
  /** table, rest: pushes the rows whose state s, from 0 to 15, has 0xff as byte s of the four words; from 16 up, all or none. */
  "states",
  /** s: turns the bits of the rows that have this state, 16 or above, in the topmost bitmap. */
  "toggleState",
  /** column, from, to: pushes the rows whose port lies between these, both included. */
  "ports",
  /** column, from, to: the same for a column of u32. */
  "words",
  /** from, to: adds the rows that one more process holds, whose PID lies between these, to the topmost bitmap. */
  "sharedOwners",
  /** column, address, mask: pushes the rows whose address a has (a & mask) == address. */
  "ipv4",
  /** column, four words of address, four of mask: the same, word by word. */
  "ipv6",
  "not",
  "and",
  "or",
] as const;

export type Opcode = (typeof OPCODES)[number];
