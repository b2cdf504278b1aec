import type { IPv6 } from "../format/address.js";
import type { Family } from "../format/layouts.js";
import type { Expression } from "./expression.js";

/**
 * A filter's expression in terms of one family: every address in it is of that family. IPv4 addresses match
 * IPv4-mapped ones (::ffff:10.0.0.7) in an IPv6 table, and the other way round; else an address of the other family matches
 * nothing, but a prefix of length 0 everything.
 */
export function lower(expression: Expression, family: Family): Expression {
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
      return { kind: "not", operand: lower(expression.operand, family) };
    case "and":
    case "or":
      return { kind: expression.kind, operands: expression.operands.map((operand) => lower(operand, family)) };
    default:
      return expression;
  }
}

const MAX = 0xffffffff;

/** The first three words of an IPv4-mapped address. */
const MAPPED = [0, 0, 0xffff] as const satisfies readonly IPv6[number][];
