// Runs a filter's program, which src/decoder/wasm/program.ts has written and the decoder has put into the memory: one call runs
// all of it.
//
//   | opcode | operands … | opcode | operands … | … | END |         u32 words, see src/decoder/wasm/opcodes.ts
//
// It runs once for each block of rows, over a stack of bitmaps whose topmost lies at `top`. Programs come from our own assembler,
// so nothing here checks them.

import { and, BITMAP_SIZE, bitmaps, BLOCK_ROWS, fill, not, or } from "./bitmaps";
import { indices } from "./memory";
import {
  ALL, AND, END, IPV4, IPV6, NOT, OR, PORTS, SHARED_OWNERS, STATES, TOGGLE_STATE, WORDS,
} from "./opcodes";
import { matchIPv4, matchIPv6, matchPorts, matchSharedOwners, matchStates, matchWords, toggleState } from "./predicates";
import { writeAllRowNumbers, writeRowNumbers } from "./row-numbers";

/**
 * Runs the program at `program` over the first `count` rows of the table. Writes the numbers of the rows that match, and returns
 * how many. From `pairs` to `pairsEnd` stand the pairs (row, PID) of sockets that several processes hold, ascending by row.
 */
export function runProgram(program: usize, count: u32, pairs: usize, pairsEnd: usize): u32 {
  let to = indices;
  for (let start: u32 = 0; start < count; start += BLOCK_ROWS) {
    const rows = min(count - start, BLOCK_ROWS);
    while (pairs < pairsEnd && load<u32>(pairs) < start) pairs += 8;
    runOverBlock(program, start, rows, pairs, pairsEnd);
    to = writeRowNumbers(bitmaps, start, rows, to);
  }
  return <u32>(to - indices) >> 2;
}

/** Leaves the first bitmap of the stack with the bits of the rows that match. */
function runOverBlock(at: usize, start: u32, count: u32, pairs: usize, pairsEnd: usize): void {
  // Whole vectors of the bits that are looked at in the end, eight bytes at a time.
  const size = (((count + 63) >> 3) + 15) & ~15;
  let top: usize = bitmaps - BITMAP_SIZE;
  for (let opcode = load<u32>(at); opcode != END; opcode = load<u32>(at)) {
    at += 4;
    switch (opcode) {
      case ALL:
        top += BITMAP_SIZE;
        fill(top, size);
        break;
      case STATES:
        top += BITMAP_SIZE;
        matchStates(top, start, count, at, load<u32>(at, 16) != 0);
        at += 20;
        break;
      case TOGGLE_STATE:
        toggleState(top, start, count, load<u32>(at));
        at += 4;
        break;
      case PORTS:
        top += BITMAP_SIZE;
        matchPorts(top, load<u32>(at), start, count, load<u32>(at, 4), load<u32>(at, 8));
        at += 12;
        break;
      case WORDS:
        top += BITMAP_SIZE;
        matchWords(top, load<u32>(at), start, count, load<u32>(at, 4), load<u32>(at, 8));
        at += 12;
        break;
      case SHARED_OWNERS:
        matchSharedOwners(top, start, count, pairs, pairsEnd, load<u32>(at), load<u32>(at, 4));
        at += 8;
        break;
      case IPV4:
        top += BITMAP_SIZE;
        matchIPv4(top, load<u32>(at), start, count, load<u32>(at, 4), load<u32>(at, 8));
        at += 12;
        break;
      case IPV6:
        top += BITMAP_SIZE;
        matchIPv6(top, load<u32>(at), start, count, at + 4);
        at += 36;
        break;
      case NOT:
        not(top, size);
        break;
      case AND:
        top -= BITMAP_SIZE;
        and(top, top + BITMAP_SIZE, size);
        break;
      case OR:
        top -= BITMAP_SIZE;
        or(top, top + BITMAP_SIZE, size);
        break;
    }
  }
}

/** Writes the numbers of all `count` rows. */
export function selectAll(count: u32): void {
  writeAllRowNumbers(count, indices);
}
