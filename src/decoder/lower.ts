import type { IPv6 } from "./address.js";
import { QueryError } from "./errors.js";
import type { Expression } from "./filter.js";
import { type ColumnName, fieldOf, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "./layouts.js";

/**
 * A filter's expression in terms of one layout: every address in it is of the layout's own family. IPv4 addresses match
 * IPv4-mapped ones (::ffff:10.0.0.7) in an IPv6 table, and the other way round; else an address of the other family matches
 * nothing, but a prefix of length 0 everything.
 *
 * @throws {QueryError} the layout lacks a column that the expression asks for
 */
export function lower(expression: Expression, layout: LayoutName): Expression {
  switch (expression.kind) {
    case "range":
      mustHave(layout, expression.column);
      return expression;
    case "ipv4": {
      if (LAYOUTS[layout].family === 4) return expression;
      const { column, address, mask } = expression;
      if (mask === 0) return { kind: "all" };
      return { kind: "ipv6", column, address: [0, 0, 0xffff, address], mask: [MAX, MAX, MAX, mask] };
    }
    case "ipv6": {
      if (LAYOUTS[layout].family === 6) return expression;
      const { column, address, mask } = expression;
      const mapped = MAPPED.every((word, at) => (word & (mask[at] as number)) >>> 0 === address[at]);
      if (!mapped) return { kind: "not", operand: { kind: "all" } };
      return mask[3] === 0 ? { kind: "all" } : { kind: "ipv4", column, address: address[3], mask: mask[3] };
    }
    case "not":
      return { kind: "not", operand: lower(expression.operand, layout) };
    case "and":
    case "or":
      return { kind: expression.kind, operands: expression.operands.map((operand) => lower(operand, layout)) };
    default:
      return expression;
  }
}

const MAX = 0xffffffff;

/** The first three words of an IPv4-mapped address. */
const MAPPED = [0, 0, 0xffff] as const satisfies readonly IPv6[number][];

/** @throws {QueryError} the layout has no such column */
export function mustHave(layout: LayoutName, column: ColumnName): void {
  if (fieldOf(layout, column)) return;
  const others = LAYOUT_NAMES.filter((name) => fieldOf(name, column));
  throw new QueryError(`${layout} has no ${column}. The layouts that have it: ${others.join(", ")}.`);
}
