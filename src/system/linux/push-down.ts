import type { Expression } from "../../filter/expression.js";
import type { Filter } from "../../filter/filter.js";
import { lower } from "../../filter/lower.js";
import { statesOf } from "../../filter/possible-states.js";
import type { Family } from "../../format/layouts.js";
import { stateName } from "../../format/states.js";
import { assembleBytecode, type Condition } from "./bytecode.js";
import { ALL_STATES } from "./netlink.js";
import { mibStateOf, TCP_LISTEN } from "./states.js";

/**
 * What of a filter the kernel can be asked for. Both parts may let rows through that do not match, and leave out none that
 * does: what can't be said is taken for true.
 */
export interface PushedFilter {
  /** By Linux's numbers: bit n is state n. */
  readonly states: number;
  /** Of ports and addresses. */
  readonly condition: Condition;
}

/** Holds for every row. */
export const EVERY: Condition = { kind: "and", operands: [] };
const NONE: Condition = { kind: "or", operands: [] };

function isEvery(condition: Condition): boolean {
  return condition.kind === "and" && condition.operands.length === 0;
}

function isNone(condition: Condition): boolean {
  return condition.kind === "or" && condition.operands.length === 0;
}

/**
 * The longest bytecode that the kernel is to run on every socket, bytes. An address takes it some 20 ns, so that with 30 of
 * them (20 bytes each) to refuse a socket takes as long as to tell it.
 */
const LONGEST_BYTECODE = 640;

/** What the kernel is to be asked for, so that every row comes which a filter matches. */
export function pushDown(where: Filter | undefined, family: Family): PushedFilter {
  if (!where) return { states: ALL_STATES, condition: EVERY };
  const expression = lower(where.expression, family);
  const states = maskOf(statesOf(expression));
  const condition = shortened(approximate(expression, false, states));
  return { states: isNone(condition) ? 0 : states, condition };
}

/** What of a condition makes a program that is not too long. */
function shortened(condition: Condition): Condition {
  if (!isTooLong(condition)) return condition;
  if (condition.kind !== "and") return EVERY;
  const kept: Condition[] = [];
  for (const operand of condition.operands) if (!isTooLong(all([...kept, operand]))) kept.push(operand);
  return all(kept);
}

function isTooLong(condition: Condition): boolean {
  return assembleBytecode(condition, false).length > LONGEST_BYTECODE;
}

/** States by Linux's numbers. @param matching by MIB_TCP_STATE, as in a `state` expression */
function maskOf(matching: Uint8Array): number {
  let mask = 0;
  for (let state = 0; ALL_STATES >>> state; state++) {
    if (matching[Math.min(mibStateOf(state), 255)]) mask |= 1 << state;
  }
  return mask;
}

/**
 * A condition that holds wherever the expression does, and for no more rows than it must.
 *
 * @param negated of the expression's negation: what can't be said is true either way
 * @param states what other states say does not matter
 */
function approximate(expression: Expression, negated: boolean, states: number): Condition {
  switch (expression.kind) {
    case "all":
      return negated ? NONE : EVERY;
    case "state":
      return ofStates(maskOf(expression.states) ^ (negated ? ALL_STATES : 0), states);
    case "range": {
      const { column, from, to } = expression;
      if (from > to) return negated ? EVERY : NONE;
      if (column !== "localPort" && column !== "remotePort") return EVERY;
      if (!isPort(from) || !isPort(to)) return EVERY;
      if (from === 0 && to === HIGHEST_PORT) return negated ? NONE : EVERY;
      return negatedIf({ kind: "port", end: column === "localPort" ? "local" : "remote", from, to }, negated);
    }
    case "ipv4":
    case "ipv6": {
      const octets = octetsOf([expression.address].flat());
      const prefix = prefixOf(octetsOf([expression.mask].flat()), octets);
      if (prefix === undefined) return EVERY;
      if (prefix === 0) return negated ? NONE : EVERY;
      const end = expression.column === "localAddress" ? "local" : "remote";
      return negatedIf({ kind: "address", end, octets, prefix }, negated);
    }
    case "not":
      return approximate(expression.operand, !negated, states);
    case "and":
    case "or": {
      const operands = expression.operands.map((operand) => approximate(operand, negated, states));
      return (expression.kind === "and") === negated ? some(operands) : all(operands);
    }
  }
}

const HIGHEST_PORT = 65535;
const LISTENERS = 1 << TCP_LISTEN;

/** The program does not know states, but it can tell what no listener is: they have no remote port. */
function ofStates(wanted: number, among: number): Condition {
  const found = wanted & among;
  if (found === among) return EVERY;
  if (found === 0) return NONE;
  return found === LISTENERS ? { kind: "port", end: "remote", from: 0, to: 0 } : EVERY;
}

function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= HIGHEST_PORT;
}

/** Numbers in host order as octets in network order. */
function octetsOf(words: readonly number[]): Uint8Array {
  return Uint8Array.from(words.flatMap((word) => [word >>> 24, word >>> 16, word >>> 8, word]));
}

/** How many bits a mask has; `undefined` where it is no prefix, or the address has bits beyond it and so never matches. */
function prefixOf(mask: Uint8Array, address: Uint8Array): number | undefined {
  const bits = (octets: Uint8Array) => Array.from(octets, (octet) => octet.toString(2).padStart(8, "0")).join("");
  const prefix = /^1*(?=0*$)/.exec(bits(mask))?.[0].length;
  return prefix !== undefined && !bits(address).includes("1", prefix) ? prefix : undefined;
}

function negatedIf(condition: Condition, negated: boolean): Condition {
  return negated ? { kind: "not", operand: condition } : condition;
}

function all(operands: readonly Condition[]): Condition {
  if (operands.some(isNone)) return NONE;
  return joined(
    "and",
    operands.filter((operand) => !isEvery(operand)),
  );
}

function some(operands: readonly Condition[]): Condition {
  if (operands.some(isEvery)) return EVERY;
  return joined(
    "or",
    operands.filter((operand) => !isNone(operand)),
  );
}

function joined(kind: "and" | "or", operands: readonly Condition[]): Condition {
  return operands.length === 1 ? (operands[0] as Condition) : { kind, operands };
}

/** What is asked for, in words: `state listening`, `exclude time-wait, ports and addresses`, `every row`. */
export function describePushed({ states, condition }: PushedFilter): string {
  if (states === 0) return "no row";
  const parts = [];
  if (states !== ALL_STATES) parts.push(describeStates(states));
  const kinds = new Set(kindsIn(condition));
  const asked = [kinds.has("port") && "ports", kinds.has("address") && "addresses"].filter(Boolean);
  if (asked.length > 0) parts.push(asked.join(" and "));
  return parts.join(", ") || "every row";
}

/** In the filter's own words, whichever are fewer. */
function describeStates(states: number): string {
  const names = (mask: number) =>
    Array.from({ length: 12 }, (_, state) => state)
      .filter((state) => state > 0 && mask & (1 << state))
      .map((state) =>
        stateName(mibStateOf(state))
          .toLowerCase()
          .replace(/^listen$/, "listening"),
      );
  const [wanted, others] = [names(states), names(ALL_STATES & ~states)];
  return wanted.length <= others.length ? `state ${wanted.join(" ")}` : `exclude ${others.join(" ")}`;
}

function kindsIn(condition: Condition): string[] {
  switch (condition.kind) {
    case "not":
      return kindsIn(condition.operand);
    case "and":
    case "or":
      return condition.operands.flatMap(kindsIn);
    default:
      return [condition.kind];
  }
}
