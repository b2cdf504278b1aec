import type { Expression } from "./expression.js";

/**
 * The states that a row may have which matches: 256 entries as in a `state` expression, 1 for each. It may hold states that
 * no matching row has, but lacks none: a system that is asked for these states only (a mask of states, the listeners' table)
 * gives every row that matches.
 */
export function statesOf(expression: Expression): Uint8Array {
  return bounds(expression).possible;
}

/**
 * What the state alone tells, 256 entries each: where it may match, and where it must, whatever else the row holds. What a
 * `not` may match is what its operand need not.
 */
interface Bounds {
  readonly possible: Uint8Array;
  readonly certain: Uint8Array;
}

function bounds(expression: Expression): Bounds {
  switch (expression.kind) {
    case "all":
      return { possible: everyState(), certain: everyState() };
    case "state":
      return { possible: expression.states.slice(), certain: expression.states.slice() };
    case "not": {
      const { possible, certain } = bounds(expression.operand);
      return { possible: complement(certain), certain: complement(possible) };
    }
    case "and":
    case "or": {
      const { kind } = expression;
      const start = Number(kind === "and");
      const result = { possible: new Uint8Array(256).fill(start), certain: new Uint8Array(256).fill(start) };
      for (const operand of expression.operands) {
        const { possible, certain } = bounds(operand);
        join(kind, result.possible, possible);
        join(kind, result.certain, certain);
      }
      return result;
    }
    default:
      return { possible: everyState(), certain: new Uint8Array(256) };
  }
}

function join(kind: "and" | "or", into: Uint8Array, states: Uint8Array): void {
  for (let state = 0; state < 256; state++) {
    if (kind === "and") (into[state] as number) &= states[state] as number;
    else (into[state] as number) |= states[state] as number;
  }
}

function everyState(): Uint8Array {
  return new Uint8Array(256).fill(1);
}

function complement(states: Uint8Array): Uint8Array {
  return states.map((state) => 1 - state);
}
