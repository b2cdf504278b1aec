import { columnsUsed } from "../filter/columns.js";
import type { Expression } from "../filter/expression.js";
import type { Filter } from "../filter/filter.js";
import { COLUMN_NAMES, COLUMNS, type ColumnKind, type ColumnName } from "../format/columns.js";
import { fieldOf, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../format/layouts.js";
import { shown } from "../format/options.js";
import { QueryError } from "./errors.js";

/** Expressions within each other: far more than the grammar allows, fewer than a stack holds. */
const DEEPEST = 1000;

/** Expressions in one filter. One that holds the same part many times over has it each time. */
const MOST = 1_000_000;

/**
 * Makes sure that tables of a layout can answer a filter: `compileFilter` made it, or someone by hand.
 *
 * @throws {QueryError} the filter is none, or the layout lacks a column that it looks at
 */
export function mustAnswer({ expression }: Filter, layout: LayoutName): void {
  checkExpression(expression, 1, 0);
  for (const column of columnsUsed(expression)) mustHave(layout, column);
}

/** @throws {QueryError} the layout has no such column: which layouts have it, and how to ask a reader for it */
export function mustHave(layout: LayoutName, column: ColumnName): void {
  if (fieldOf(layout, column)) return;
  const { family } = LAYOUTS[layout];
  const others = LAYOUT_NAMES.filter((name) => fieldOf(name, column));
  const asked = column === "owningPid" ? `owner: "pid" (or columns: ["owningPid"])` : `columns: ["${column}"]`;
  const advice = others.some((name) => LAYOUTS[name].family === family)
    ? `Where a reader gives the table, open the reader with ${asked}.`
    : `Tables of IPv${family} never have it.`;
  throw new QueryError(`${layout} has no ${column}. The layouts that have it: ${others.join(", ")}. ${advice}`);
}

/** @returns how many expressions there are, with the `count` before this one */
function checkExpression(expression: Expression, depth: number, count: number): number {
  if (depth > DEEPEST) throw new QueryError(`A filter's expressions go at most ${DEEPEST} deep. This one goes deeper.`);
  if (count >= MOST) throw new QueryError(`A filter has at most ${MOST} expressions. This one has more.`);
  let counted = count + 1;
  switch (expression?.kind) {
    case "all":
      return counted;
    case "state":
      checkStates(expression.states);
      return counted;
    case "range":
      checkColumn(expression, ["port", "u32"]);
      for (const number of [expression.from, expression.to]) checkNumber(number, Number.isSafeInteger(number));
      return counted;
    case "ipv4":
      checkColumn(expression, ["address"]);
      for (const word of [expression.address, expression.mask]) checkNumber(word, isWord(word));
      return counted;
    case "ipv6":
      checkColumn(expression, ["address"]);
      for (const words of [expression.address, expression.mask]) checkWords(words);
      if (expression.scopeId !== undefined) checkNumber(expression.scopeId, isWord(expression.scopeId));
      return counted;
    case "not":
      return checkExpression(expression.operand, depth + 1, counted);
    case "and":
    case "or":
      if (!Array.isArray(expression.operands)) throw new QueryError(`An "${expression.kind}" has a list of operands.`);
      for (const operand of expression.operands) counted = checkExpression(operand, depth + 1, counted);
      return counted;
    default:
      throw new QueryError(
        `A filter's expression is of a kind: all, state, range, ipv4, ipv6, not, and, or; not ${shown((expression as { kind?: unknown } | undefined)?.kind)}. compileFilter makes filters from text.`,
      );
  }
}

function checkColumn({ kind, column }: { kind: string; column: ColumnName }, kinds: readonly ColumnKind[]): void {
  const columns = COLUMN_NAMES.filter((name) => kinds.includes(COLUMNS[name].kind));
  if (!columns.includes(column))
    throw new QueryError(`A filter's ${kind} is of one of the columns ${columns.join(", ")}; not of ${shown(column)}.`);
}

function checkStates(states: Uint8Array): void {
  if (!(states instanceof Uint8Array) || states.length !== 256 || states.some((mark) => mark > 1))
    throw new QueryError(
      "A filter's states are a Uint8Array of 256 entries, 1 for each state that matches and 0 for others.",
    );
}

function checkWords(words: readonly number[]): void {
  if (!Array.isArray(words) || words.length !== 4)
    throw new QueryError("A filter's IPv6 address and its mask are four u32 each, the highest first.");
  for (const word of words) checkNumber(word, isWord(word));
}

function isWord(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= 0xffffffff;
}

function checkNumber(number: number, isRight: boolean): void {
  if (!isRight)
    throw new QueryError(`A filter's numbers are whole, and words of addresses u32; ${shown(number)} is none.`);
}
