import type { Expression } from "../../filter/expression.js";
import { COLUMN_NAMES, COLUMNS } from "../../format/columns.js";
import { OPCODES, type Opcode } from "./opcodes.js";

/** A filter as the kernel runs it: all of it in one call. */
export interface Program {
  /** See opcodes.ts. */
  readonly words: Uint32Array;
  /** Whether it looks at the owners of shared sockets. */
  readonly usesSharedOwners: boolean;
}

/** @param expression in terms of the layout of the tables that it is to be run on, see `lower` */
export function assemble(expression: Expression): Program {
  const words: number[] = [];
  const asksOwners = write(expression, words, bitmapsByOperand(expression));
  emit(words, "end");
  return { words: Uint32Array.from(words), usesSharedOwners: asksOwners };
}

/**
 * How many bitmaps there are at a time while each "and" and "or" of an expression is worked out; all others leave it as it is.
 * The operand that needs the most is worked out first, so that an expression needs n only where it has 2^(n-1) predicates: the
 * kernel's stack of 32 is always enough.
 */
function bitmapsByOperand(expression: Expression, needed = new Map<Expression, number>()): Map<Expression, number> {
  if (needed.has(expression)) return needed;
  let most = 1;
  if (expression.kind === "not") {
    most = bitmapsByOperand(expression.operand, needed).get(expression.operand) as number;
  } else if (expression.kind === "and" || expression.kind === "or") {
    const counts = expression.operands.map((operand) => bitmapsByOperand(operand, needed).get(operand) as number);
    const [first = 1, second = 0] = counts.sort((a, b) => b - a);
    most = Math.max(first, second + 1);
  }
  return needed.set(expression, most);
}

/** Appends an expression, which leaves one bitmap more. Returns whether it looks at owners. */
function write(expression: Expression, words: number[], needed: ReadonlyMap<Expression, number>): boolean {
  switch (expression.kind) {
    case "all":
      emit(words, "all");
      return false;
    case "state":
      writeStates(expression.states, words);
      return false;
    case "range":
      return writeRange(expression, words);
    case "ipv4":
      emit(words, "ipv4", COLUMN_NAMES.indexOf(expression.column), expression.address, expression.mask);
      return false;
    case "ipv6":
      emit(words, "ipv6", COLUMN_NAMES.indexOf(expression.column), ...expression.address, ...expression.mask);
      return false;
    case "not": {
      const asksOwners = write(expression.operand, words, needed);
      emit(words, "not");
      return asksOwners;
    }
    case "and":
    case "or":
      return writeJoined(expression.kind, expression.operands, words, needed);
  }
}

function writeJoined(
  kind: "and" | "or",
  operands: readonly Expression[],
  words: number[],
  needed: ReadonlyMap<Expression, number>,
): boolean {
  if (operands.length === 0) {
    if (kind === "and") emit(words, "all");
    else writeNone(words);
    return false;
  }
  const count = (at: number) => needed.get(operands[at] as Expression) as number;
  let first = 0;
  for (let at = 1; at < operands.length; at++) if (count(at) > count(first)) first = at;
  let asksOwners = write(operands[first] as Expression, words, needed);
  for (let at = 0; at < operands.length; at++) {
    if (at === first) continue;
    if (write(operands[at] as Expression, words, needed)) asksOwners = true;
    emit(words, kind);
  }
  return asksOwners;
}

function writeRange({ column, from, to }: Extract<Expression, { kind: "range" }>, words: number[]): boolean {
  const ofPorts = COLUMNS[column].kind === "port";
  const lowest = Math.max(from, 0);
  const highest = Math.min(to, ofPorts ? 0xffff : 0xffffffff);
  if (lowest > highest) {
    writeNone(words);
    return false;
  }
  emit(words, ofPorts ? "ports" : "words", COLUMN_NAMES.indexOf(column), lowest, highest);
  if (column !== "owningPid") return false;
  emit(words, "sharedOwners", lowest, highest);
  return true;
}

function writeNone(words: number[]): void {
  emit(words, "all");
  emit(words, "not");
}

/** @param states 256 entries, see `Expression` */
function writeStates(states: Uint8Array, words: number[]): void {
  const table = [0, 0, 0, 0];
  for (let state = 0; state < 16; state++) {
    if (states[state]) (table[state >> 2] as number) |= 0xff << ((state & 3) * 8);
  }
  const rest = states[255] as number;
  emit(words, "states", ...table, rest);
  for (let state = 16; state < 255; state++) if (states[state] !== rest) emit(words, "toggleState", state);
}

function emit(words: number[], opcode: Opcode, ...operands: number[]): void {
  words.push(OPCODES.indexOf(opcode), ...operands);
}
