import type { TcpRow } from "../../decoder/table/row.js";
import type { Expression } from "../../filter/expression.js";
import type { Filter } from "../../filter/filter.js";
import { lower } from "../../filter/lower.js";
import { type IPv6, parseIPv4, parseIPv6 } from "../../format/address.js";
import type { Family } from "../../format/layouts.js";
import { parseState } from "../../format/states.js";
import { isCalled } from "../filters.js";

/** A filter for rows that are in no table any more: those of connections that have closed. */
export class RowFilter {
  readonly #expressions = new Map<Family, Expression>();
  readonly #filter: Filter | undefined;

  /** @param filter matches every row where it is absent */
  constructor(filter: Filter | undefined) {
    this.#filter = filter;
  }

  /** @param processName of the row's owner, for a filter that names processes */
  matches(row: TcpRow, processName?: string | null): boolean {
    if (!this.#filter) return true;
    const family = row.localAddress.includes(":") ? 6 : 4;
    let expression = this.#expressions.get(family);
    if (!expression) {
      expression = lower(this.#filter.expression, family);
      this.#expressions.set(family, expression);
    }
    return isTrue(expression, row, processName);
  }
}

/** @param expression of the row's own family, see `lower` */
function isTrue(expression: Expression, row: TcpRow, processName: string | null | undefined): boolean {
  switch (expression.kind) {
    case "all":
      return true;
    case "state":
      return expression.states[stateNumber(row)] === 1;
    case "range":
      if (expression.process !== undefined) return isCalled(processName, expression.process);
      return numbersOf(row, expression.column).some((number) => expression.from <= number && number <= expression.to);
    case "ipv4":
      return ((parseIPv4(row[expression.column]) ?? 0) & expression.mask) >>> 0 === expression.address >>> 0;
    case "ipv6": {
      const { address, mask } = expression;
      const words = parseIPv6(row[expression.column]) ?? ([0, 0, 0, 0] as IPv6);
      return words.every((word, at) => (word & (mask[at] as number)) >>> 0 === (address[at] as number) >>> 0);
    }
    case "not":
      return !isTrue(expression.operand, row, processName);
    case "and":
      return expression.operands.every((operand) => isTrue(operand, row, processName));
    case "or":
      return expression.operands.some((operand) => isTrue(operand, row, processName));
  }
}

function stateNumber({ state }: TcpRow): number {
  return parseState(state) ?? 255;
}

function numbersOf(row: TcpRow, column: Extract<Expression, { kind: "range" }>["column"]): readonly number[] {
  if (column === "owningPid" && row.owningPids) return row.owningPids;
  return [row[column] ?? 0];
}
