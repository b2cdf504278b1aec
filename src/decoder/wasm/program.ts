import type { Expression } from "../../filter/expression.js";
import { COLUMN_NAMES } from "../../format/columns.js";
import { MIB_TCP_STATE } from "../../format/states.js";
import { OPCODES, type Opcode } from "./opcodes.js";

/** A filter as the kernel runs it: all of it in one call. */
export interface Program {
  /** See opcodes.ts. */
  readonly words: Uint32Array;
  /** Bitmaps that there are at a time, at most. */
  readonly bitmaps: number;
}

/** @param expression in terms of the layout of the tables that it is to be run on, see `lower` */
export function assemble(expression: Expression): Program {
  const words: number[] = [];
  const bitmaps = write(expression, words, true);
  emit(words, "end");
  return { words: Uint32Array.from(words), bitmaps };
}

/**
 * Appends an expression, which leaves one bitmap more. Returns how many it needs.
 *
 * @param listeners whether it matters what the bitmap says of listeners: not where something else excludes them anyway
 */
function write(expression: Expression, words: number[], listeners: boolean): number {
  switch (expression.kind) {
    case "all":
      emit(words, "all");
      return 1;
    case "state":
      writeStates(expression.states, words);
      return 1;
    case "range": {
      const { column, from, to } = expression;
      if (from > to) return writeNone(words);
      emit(
        words,
        column === "localPort" || column === "remotePort" ? "ports" : "words",
        COLUMN_NAMES.indexOf(column),
        from,
        to,
      );
      return listeners && column === "remotePort" ? writeListeners(from === 0, words) : 1;
    }
    case "ipv4": {
      const { column, address, mask } = expression;
      emit(words, "ipv4", COLUMN_NAMES.indexOf(column), address, mask);
      return listeners && column === "remoteAddress" ? writeListeners(address === 0, words) : 1;
    }
    case "ipv6": {
      const { column, address, mask } = expression;
      emit(words, "ipv6", COLUMN_NAMES.indexOf(column), ...address, ...mask);
      const zero = address.every((word) => word === 0);
      return listeners && column === "remoteAddress" ? writeListeners(zero, words) : 1;
    }
    case "not": {
      const needed = write(expression.operand, words, listeners);
      emit(words, "not");
      return needed;
    }
    case "and":
    case "or": {
      const { kind, operands } = expression;
      const [first, ...others] = operands;
      if (!first) return kind === "and" ? write({ kind: "all" }, words, listeners) : writeNone(words);
      const matter = listeners && !(kind === "and" && operands.some(excludesListeners));
      let needed = write(first, words, matter);
      for (const operand of others) {
        needed = Math.max(needed, 1 + write(operand, words, matter));
        emit(words, kind);
      }
      return needed;
    }
  }
}

function writeNone(words: number[]): number {
  emit(words, "all");
  emit(words, "not");
  return 1;
}

/** @param states 256 entries, see `Expression` */
function writeStates(states: Uint8Array, words: number[]): void {
  let low = 0;
  for (let state = 0; state < 16; state++) low |= (states[state] as number) << state;
  const rest = states[255] as number;
  emit(words, "states", low, rest);
  for (let state = 16; state < 255; state++) if (states[state] !== rest) emit(words, "toggleState", state);
}

function excludesListeners(expression: Expression): boolean {
  return expression.kind === "state" && expression.states[MIB_TCP_STATE.LISTEN] === 0;
}

/** A listener's remote end reads as 0.0.0.0:0: listeners are added to the bitmap, or taken away. */
function writeListeners(match: boolean, words: number[]): number {
  emit(words, "states", 1 << MIB_TCP_STATE.LISTEN, 0);
  emit(words, match ? "or" : "andNot");
  return 2;
}

function emit(words: number[], opcode: Opcode, ...operands: number[]): void {
  words.push(OPCODES.indexOf(opcode), ...operands);
}
