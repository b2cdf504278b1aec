// A filter's program, which src/decoder/wasm/program.ts has put into the memory: one call runs all of it.
//
//   | opcode | operands … | opcode | operands … | … | END |         u32 words, see src/decoder/wasm/opcodes.ts
//
// A stack of bitmaps, the topmost at `top`. Programs come from our own assembler, which counts the bitmaps that one needs.

import {
  and, andNot, indicesOf, matchAll, matchIPv4, matchIPv6, matchPorts, matchStates, matchWords, not, or, toggleState,
} from "./filter";
import { bitmapSize, bitmaps, program } from "./memory";
import { ALL, AND, AND_NOT, END, IPV4, IPV6, NOT, OR, PORTS, STATES, TOGGLE_STATE, WORDS } from "./opcodes";

/** Runs the program over the first `count` rows of the table. Writes the numbers of the rows that match, and returns how many. */
export function runProgram(count: u32): u32 {
  let at = program;
  let top = bitmaps - bitmapSize;
  for (let opcode = load<u32>(at); opcode != END; opcode = load<u32>(at)) {
    at += 4;
    switch (opcode) {
      case ALL:
        top += bitmapSize;
        matchAll(top);
        break;
      case STATES:
        top += bitmapSize;
        matchStates(top, count, load<u32>(at), load<u32>(at, 4) != 0);
        at += 8;
        break;
      case TOGGLE_STATE:
        toggleState(top, count, load<u32>(at));
        at += 4;
        break;
      case PORTS:
        top += bitmapSize;
        matchPorts(top, load<u32>(at), count, load<u32>(at, 4), load<u32>(at, 8));
        at += 12;
        break;
      case WORDS:
        top += bitmapSize;
        matchWords(top, load<u32>(at), count, load<u32>(at, 4), load<u32>(at, 8));
        at += 12;
        break;
      case IPV4:
        top += bitmapSize;
        matchIPv4(top, load<u32>(at), count, load<u32>(at, 4), load<u32>(at, 8));
        at += 12;
        break;
      case IPV6:
        top += bitmapSize;
        matchIPv6(top, load<u32>(at), count, at + 4);
        at += 36;
        break;
      case NOT:
        not(top);
        break;
      case AND:
        top -= bitmapSize;
        and(top, top + bitmapSize);
        break;
      case OR:
        top -= bitmapSize;
        or(top, top + bitmapSize);
        break;
      case AND_NOT:
        top -= bitmapSize;
        andNot(top, top + bitmapSize);
        break;
    }
  }
  return indicesOf(top, count);
}
