import type { IPv6 } from "../format/address.js";
import type { Family } from "../format/layouts.js";
import { MIB_TCP_STATE } from "../format/states.js";
import type { Expression } from "./expression.js";

/**
 * A filter's expression in terms of one family: every address in it is of that family. IPv4 addresses match
 * IPv4-mapped ones (::ffff:10.0.0.7) in an IPv6 table, and the other way round; else an address of the other family matches
 * nothing, but a prefix of length 0 everything.
 *
 * A listener's remote end has no meaning in the table, and reads as zeros: that is written out, by the states, so that whoever
 * runs the expression need not know it.
 */
export function lower(expression: Expression, family: Family): Expression {
  return withListeners(inFamily(expression, family), true);
}

function inFamily(expression: Expression, family: Family): Expression {
  switch (expression.kind) {
    case "ipv4": {
      if (family === 4) return expression;
      const { column, address, mask } = expression;
      if (mask === 0) return { kind: "all" };
      return { kind: "ipv6", column, address: [0, 0, 0xffff, address], mask: [MAX, MAX, MAX, mask] };
    }
    case "ipv6": {
      if (family === 6) return expression;
      const { column, address, mask } = expression;
      const mapped = MAPPED.every((word, at) => (word & (mask[at] as number)) >>> 0 === address[at]);
      if (!mapped) return { kind: "not", operand: { kind: "all" } };
      return mask[3] === 0 ? { kind: "all" } : { kind: "ipv4", column, address: address[3], mask: mask[3] };
    }
    case "not":
      return { kind: "not", operand: inFamily(expression.operand, family) };
    case "and":
    case "or":
      return { kind: expression.kind, operands: expression.operands.map((operand) => inFamily(operand, family)) };
    default:
      return expression;
  }
}

const MAX = 0xffffffff;

/** The first three words of an IPv4-mapped address. */
const MAPPED = [0, 0, 0xffff] as const satisfies readonly IPv6[number][];

/** @param listeners whether it matters what the expression says of listeners: not where something else excludes them anyway */
function withListeners(expression: Expression, listeners: boolean): Expression {
  switch (expression.kind) {
    case "not":
      return { kind: "not", operand: withListeners(expression.operand, listeners) };
    case "and":
    case "or": {
      const { kind, operands } = expression;
      const matter = listeners && !(kind === "and" && operands.some(excludesListeners));
      return { kind, operands: operands.map((operand) => withListeners(operand, matter)) };
    }
    case "range":
      if (!listeners || expression.column !== "remotePort") return expression;
      return zeroRemote(expression, expression.from <= 0 && expression.to >= 0);
    case "ipv4":
      if (!listeners || expression.column !== "remoteAddress") return expression;
      return zeroRemote(expression, expression.address === 0);
    case "ipv6":
      if (!listeners || expression.column !== "remoteAddress") return expression;
      return zeroRemote(
        expression,
        expression.address.every((word) => word === 0),
      );
    default:
      return expression;
  }
}

function excludesListeners(expression: Expression): boolean {
  return expression.kind === "state" && expression.states[MIB_TCP_STATE.LISTEN] === 0;
}

/** @param matches whether zeros match the predicate */
function zeroRemote(predicate: Expression, matches: boolean): Expression {
  const states = new Uint8Array(256).fill(matches ? 0 : 1);
  states[MIB_TCP_STATE.LISTEN] = matches ? 1 : 0;
  return { kind: matches ? "or" : "and", operands: [predicate, { kind: "state", states }] };
}
