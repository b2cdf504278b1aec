import type { Expression } from "../../filter/expression.js";
import { valuesPerRow } from "../../format/layouts.js";
import type { Query } from "../query.js";
import type { Engine } from "../table/engine.js";

/**
 * Marks the rows that match an expression, which is in terms of the table's layout: a byte a row, 1 for each that does. One
 * column after the other, as the kernel does it. A row that several processes hold has each of their PIDs.
 */
export function matchRows(expression: Expression, engine: Engine): Uint8Array {
  const marks = new Uint8Array(engine.length);
  switch (expression.kind) {
    case "all":
      return marks.fill(1);
    case "state": {
      const { states } = expression;
      const state = engine.column("state");
      for (let row = 0; row < marks.length; row++) marks[row] = states[state[row] as number] as number;
      return marks;
    }
    case "range": {
      const { column, from, to } = expression;
      const values = engine.column(column) as Uint16Array | Uint32Array;
      for (let row = 0; row < marks.length; row++) {
        const value = values[row] as number;
        marks[row] = Number(value >= from) & Number(value <= to);
      }
      return column === "owningPid" ? markSharedOwners(marks, engine.sharedOwners, from, to) : marks;
    }
    case "ipv4": {
      const { column, address, mask } = expression;
      const values = engine.column(column);
      for (let row = 0; row < marks.length; row++)
        marks[row] = Number(((values[row] as number) & mask) === (address | 0));
      return marks;
    }
    case "ipv6": {
      const { column, address, mask } = expression;
      const values = engine.column(column);
      marks.fill(1);
      for (const [at, wanted] of address.entries()) {
        const bits = mask[at] as number;
        for (let row = 0; row < marks.length; row++)
          if (((values[row * 4 + at] as number) & bits) !== (wanted | 0)) marks[row] = 0;
      }
      return marks;
    }
    case "not": {
      const operand = matchRows(expression.operand, engine);
      for (let row = 0; row < marks.length; row++) marks[row] = 1 - (operand[row] as number);
      return marks;
    }
    case "and":
    case "or":
      return joinRows(expression.kind, expression.operands, engine);
  }
}

function joinRows(kind: "and" | "or", operands: readonly Expression[], engine: Engine): Uint8Array {
  const [first, ...others] = operands;
  if (!first) return new Uint8Array(engine.length).fill(kind === "and" ? 1 : 0);
  const marks = matchRows(first, engine);
  for (const operand of others) {
    const more = matchRows(operand, engine);
    if (kind === "and") {
      for (let row = 0; row < marks.length; row++) (marks[row] as number) &= more[row] as number;
    } else {
      for (let row = 0; row < marks.length; row++) (marks[row] as number) |= more[row] as number;
    }
  }
  return marks;
}

function markSharedOwners(marks: Uint8Array, pairs: Uint32Array, from: number, to: number): Uint8Array {
  for (let at = 0; at < pairs.length; at += 2) {
    const pid = pairs[at + 1] as number;
    if (pid >= from && pid <= to) marks[pairs[at] as number] = 1;
  }
  return marks;
}

/** Writes the numbers of the marked rows into `indices`, ascending. Returns how many. */
export function writeRowNumbers(marks: Uint8Array, indices: Uint32Array): number {
  let length = 0;
  // Written for every row, counted for each that matches: a branch would be guessed wrong too often.
  for (let row = 0; row < marks.length; row++) {
    indices[length] = row;
    length += marks[row] as number;
  }
  return length;
}

/** Compares two rows by the keys, and by their place in the table where these tie. */
export function comparatorOf(keys: Query["keys"], engine: Engine): (a: number, b: number) => number {
  const columns = keys.map(({ column, descending }) => ({
    values: engine.column(column) as ArrayLike<number | bigint>,
    width: valuesPerRow(engine.layout, column),
    sign: descending ? -1 : 1,
  }));
  return (a, b) => {
    for (const { values, width, sign } of columns) {
      for (let word = 0; word < width; word++) {
        const x = values[a * width + word] as number;
        const y = values[b * width + word] as number;
        if (x !== y) return x < y ? -sign : sign;
      }
    }
    return a - b;
  };
}
