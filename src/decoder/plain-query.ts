import { valuesPerRow } from "./columns.js";
import type { Expression } from "./filter.js";
import type { Query } from "./query.js";
import { MIB_TCP_STATE } from "./states.js";
import type { Engine } from "./table.js";

/** Whether a row of the current table matches. */
export type Predicate = (row: number) => boolean;

/** An expression in terms of the table's layout, as a function of a row. A listener's remote end reads as zeros. */
export function predicateOf(expression: Expression, engine: Engine): Predicate {
  const state = engine.column("state");
  switch (expression.kind) {
    case "all":
      return () => true;
    case "state": {
      const { states } = expression;
      return (row) => states[state[row] as number] === 1;
    }
    case "range": {
      const { column, from, to } = expression;
      const values = engine.column(column) as Uint16Array | Uint32Array;
      const matches: Predicate = (row) => (values[row] as number) >= from && (values[row] as number) <= to;
      return column === "remotePort" ? listenersApart(state, matches, from === 0 && from <= to) : matches;
    }
    case "ipv4": {
      const { column, address, mask } = expression;
      const values = engine.column(column);
      const matches: Predicate = (row) => ((values[row] as number) & mask) >>> 0 === address;
      return column === "remoteAddress" ? listenersApart(state, matches, address === 0) : matches;
    }
    case "ipv6": {
      const { column, address, mask } = expression;
      const values = engine.column(column);
      const matches: Predicate = (row) =>
        address.every((word, at) => ((values[row * 4 + at] as number) & (mask[at] as number)) >>> 0 === word);
      const zero = address.every((word) => word === 0);
      return column === "remoteAddress" ? listenersApart(state, matches, zero) : matches;
    }
    case "not": {
      const operand = predicateOf(expression.operand, engine);
      return (row) => !operand(row);
    }
    case "and": {
      const operands = expression.operands.map((operand) => predicateOf(operand, engine));
      return (row) => operands.every((operand) => operand(row));
    }
    case "or": {
      const operands = expression.operands.map((operand) => predicateOf(operand, engine));
      return (row) => operands.some((operand) => operand(row));
    }
  }
}

function listenersApart(state: Uint8Array, others: Predicate, listeners: boolean): Predicate {
  return (row) => (state[row] === MIB_TCP_STATE.LISTEN ? listeners : others(row));
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
