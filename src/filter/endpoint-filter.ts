import type { Expression } from "./expression.js";
import type { Filter } from "./filter.js";
import { joined } from "./simplify.js";

/** Ways to combine alternatives that hang together, at most. Beyond that they are looked at one by one. */
const MOST_COMBINATIONS = 4096;

const EVERY_NUMBER = { from: 0, to: 0xffffffff };

const ALL: Expression = { kind: "all" };
const NONE: Expression = { kind: "or", operands: [] };

type Range = Extract<Expression, { kind: "range" }>;
type States = Extract<Expression, { kind: "state" }>;

/** A condition on what may change while a connection lives, and whether it must hold or must not. */
interface Literal {
  readonly condition: Range | States;
  readonly holds: boolean;
}

/**
 * What a filter says of addresses and ports alone: the filter that matches a row if the given one does with that row's ends and
 * some state, some PIDs and some user. These may change while a connection lives, its ends do not: a row that this filter does not
 * match never will match the given one. A row that it matches might, but for filters whose alternatives hang together in more than
 * 4,096 ways: then it may match more.
 *
 * - `state established dport = :443 pid = 7` says `dport = :443` of them
 * - `state established or dport = :443` says nothing
 * - `state established ( not state established or dport = :443 )` says `dport = :443`
 *
 * A listener's remote end is read as zeros here too. A socket that several processes hold has several PIDs: `pid = 1 pid = 2` is
 * possible, `user = 1 user = 2` is not.
 */
export function endpointFilter({ text, expression }: Filter): Filter {
  const budget = { left: MOST_COMBINATIONS };
  return { text, expression: possible([positive(expression, false)], [], budget) };
}

/** The same expression with every `not` at a condition of its own. */
function positive(expression: Expression, negated: boolean): Expression {
  switch (expression.kind) {
    case "not":
      return positive(expression.operand, !negated);
    case "and":
    case "or": {
      const kind = (expression.kind === "and") === negated ? "or" : "and";
      return { kind, operands: expression.operands.map((operand) => positive(operand, negated)) };
    }
    case "all":
      return negated ? NONE : ALL;
    default:
      return negated ? { kind: "not", operand: expression } : expression;
  }
}

/** Which ends make all operands possible at once, beside literals that must hold as well. */
function possible(operands: readonly Expression[], given: readonly Literal[], budget: { left: number }): Expression {
  const fixed: Expression[] = [];
  const literals = [...given];
  const choices: Expression[] = [];
  const sort = (operand: Expression): void => {
    const literal = literalOf(operand);
    if (operand.kind === "and") operand.operands.forEach(sort);
    else if (literal) literals.push(literal);
    else if (variablesOf(operand).size === 0) fixed.push(operand);
    else choices.push(operand);
  };
  operands.forEach(sort);
  if (!areConsistent(literals)) return NONE;
  // Alternatives that share nothing with the rest are possible or not by themselves.
  const mentions = new Map<string, number>();
  for (const part of [...choices, ...literals.map(({ condition }) => condition)])
    for (const variable of variablesOf(part)) mentions.set(variable, (mentions.get(variable) ?? 0) + 1);
  const isLinked = (choice: Expression) => [...variablesOf(choice)].some((variable) => mentions.get(variable) !== 1);
  const linked = choices.filter(isLinked);
  const free = choices.filter((choice) => !isLinked(choice));
  for (const choice of free) fixed.push(anyOf(choice, (operand) => possible([operand], [], budget)));
  const [first, ...others] = linked as [Expression, ...Expression[]];
  if (first) {
    budget.left -= operandsOf(first).length;
    if (budget.left > 0) fixed.push(anyOf(first, (operand) => possible([operand, ...others], literals, budget)));
    else for (const choice of linked) fixed.push(anyOf(choice, (operand) => possible([operand], literals, budget)));
  }
  return simplified("and", fixed);
}

function anyOf(choice: Expression, mapped: (operand: Expression) => Expression): Expression {
  return simplified("or", operandsOf(choice).map(mapped));
}

function operandsOf(expression: Expression): readonly Expression[] {
  return expression.kind === "or" ? expression.operands : [expression];
}

/** Without operands that make no difference. */
function simplified(kind: "and" | "or", operands: readonly Expression[]): Expression {
  const [neutral, decisive] = kind === "and" ? [isAll, isNone] : [isNone, isAll];
  const left = operands.filter((operand) => !neutral(operand));
  const decision = left.find(decisive);
  if (decision) return decision;
  if (left.length === 0) return kind === "and" ? ALL : NONE;
  return joined(kind, left);
}

function isAll({ kind }: Expression): boolean {
  return kind === "all";
}

function isNone(expression: Expression): boolean {
  return expression.kind === "or" && expression.operands.length === 0;
}

function literalOf(expression: Expression): Literal | undefined {
  const holds = expression.kind !== "not";
  const condition = expression.kind === "not" ? expression.operand : expression;
  if (condition.kind === "state") return { condition, holds };
  return condition.kind === "range" && mayChange(condition.column) ? { condition, holds } : undefined;
}

function mayChange(column: Range["column"]): boolean {
  return column === "owningPid" || column === "user";
}

/** What the expression speaks of that may change. */
function variablesOf(expression: Expression): ReadonlySet<string> {
  switch (expression.kind) {
    case "state":
      return new Set(["state"]);
    case "range":
      return new Set(mayChange(expression.column) ? [expression.column] : []);
    case "not":
      return variablesOf(expression.operand);
    case "and":
    case "or":
      return new Set(expression.operands.flatMap((operand) => [...variablesOf(operand)]));
    default:
      return new Set();
  }
}

/** Whether some state, some PIDs and some user make all of them true. */
function areConsistent(literals: readonly Literal[]): boolean {
  const states = new Uint8Array(256).fill(1);
  const [wanted, unwanted] = [
    { owningPid: [], user: [] },
    { owningPid: [], user: [] },
  ] as [Ranges, Ranges];
  for (const { condition, holds } of literals) {
    if (condition.kind === "state") {
      for (let state = 0; state < 256; state++) if ((condition.states[state] === 1) !== holds) states[state] = 0;
    } else {
      (holds ? wanted : unwanted)[condition.column as keyof Ranges].push(condition);
    }
  }
  const user = wanted.user.reduce(
    (all, { from, to }) => ({ from: Math.max(all.from, from), to: Math.min(all.to, to) }),
    EVERY_NUMBER,
  );
  // A PID may be in each of the ranges that is in none of those that there must be none in.
  const pids = wanted.owningPid.length > 0 ? wanted.owningPid : [EVERY_NUMBER];
  return (
    states.includes(1) && hasNumber(user, unwanted.user) && pids.every((range) => hasNumber(range, unwanted.owningPid))
  );
}

interface Interval {
  readonly from: number;
  readonly to: number;
}

type Ranges = Record<"owningPid" | "user", Interval[]>;

/** Whether there is a u32 in a range that is in none of the others. */
function hasNumber({ from, to }: Interval, others: readonly Interval[]): boolean {
  let lowest = Math.max(EVERY_NUMBER.from, from);
  for (const other of others.toSorted((a, b) => a.from - b.from))
    if (other.from <= lowest && lowest <= other.to) lowest = other.to + 1;
  return lowest <= Math.min(EVERY_NUMBER.to, to);
}
