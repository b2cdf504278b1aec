import type { IPv6 } from "../format/address.js";
import type { Family } from "../format/layouts.js";
import { MIB_TCP_STATE } from "../format/states.js";
import type { Expression } from "./expression.js";

/**
 * A filter's expression in terms of one family's tables, to be evaluated on their bytes as they are. Two rules are written
 * out, so that no engine has to know them:
 *
 * - **An address matches its own family only**, whatever its prefix, but an IPv4 one also the IPv6 addresses that it is
 *   mapped to: 10.0.0.0/8 matches ::ffff:10.0.0.7. Linux's kernel does it so (`inet_diag_bc_run`), and so does ss.
 * - **A listener has no remote end**: it reads as zeros, whatever the table's bytes say of it. A condition on it becomes one
 *   that takes the state into account.
 */
export function lower(expression: Expression, family: Family): Expression {
  return lowered(expression, family, true);
}

/** @param listeners whether it matters what the answer says of listeners: not where something else excludes them anyway */
function lowered(expression: Expression, family: Family, listeners: boolean): Expression {
  switch (expression.kind) {
    case "range": {
      const { column, from, to } = expression;
      return listeners && column === "remotePort" ? withListeners(expression, from <= 0 && 0 <= to) : expression;
    }
    case "ipv4": {
      const { column, address, mask } = expression;
      const own: Expression =
        family === 4
          ? expression
          : { kind: "ipv6", column, address: [0, 0, 0xffff, address], mask: [MAX, MAX, MAX, mask] };
      return listeners && column === "remoteAddress" ? withListeners(own, family === 4 && address === 0) : own;
    }
    case "ipv6": {
      const { column, address, scopeId } = expression;
      if (family === 4) return NONE;
      const own = withoutScope(expression);
      const matchesZeros = isUnspecified(address) && !scopeId;
      return listeners && column === "remoteAddress" ? withListeners(own, matchesZeros) : own;
    }
    case "not":
      return { kind: "not", operand: lowered(expression.operand, family, listeners) };
    case "and":
    case "or": {
      const { kind, operands } = expression;
      const matter = listeners && !(kind === "and" && operands.some(excludesListeners));
      return { kind, operands: operands.map((operand) => lowered(operand, family, matter)) };
    }
    default:
      return expression;
  }
}

/** An address with a scope is two conditions: IPv4's tables have no scopes, and the engines no addresses with them. */
function withoutScope(expression: Extract<Expression, { kind: "ipv6" }>): Expression {
  const { scopeId, ...address } = expression;
  if (scopeId === undefined) return expression;
  const column = address.column === "localAddress" ? "localScopeId" : "remoteScopeId";
  return { kind: "and", operands: [address, { kind: "range", column, from: scopeId, to: scopeId }] };
}

const MAX = 0xffffffff;

const NONE: Expression = { kind: "or", operands: [] };

const LISTENERS: Expression = /* @__PURE__ */ statesExpression(0, 1);
const NO_LISTENERS: Expression = /* @__PURE__ */ statesExpression(1, 0);

function statesExpression(others: 0 | 1, listen: 0 | 1): Expression {
  const states = new Uint8Array(256).fill(others);
  states[MIB_TCP_STATE.LISTEN] = listen;
  return { kind: "state", states };
}

/** A condition on the remote end, for every row. @param matchesZeros what it says of a remote end of zeros: a listener's */
function withListeners(condition: Expression, matchesZeros: boolean): Expression {
  return matchesZeros
    ? { kind: "or", operands: [condition, LISTENERS] }
    : { kind: "and", operands: [condition, NO_LISTENERS] };
}

function excludesListeners(expression: Expression): boolean {
  return expression.kind === "state" && expression.states[MIB_TCP_STATE.LISTEN] === 0;
}

function isUnspecified(address: IPv6): boolean {
  return address.every((word) => word === 0);
}
