import type { ColumnName } from "../format/columns.js";
import type { Expression } from "./expression.js";

/** The columns that a filter looks at, each once. */
export function columnsUsed(expression: Expression): ColumnName[] {
  const used = new Set<ColumnName>();
  collect(expression, used);
  return [...used];
}

function collect(expression: Expression, used: Set<ColumnName>): void {
  switch (expression.kind) {
    case "all":
      return;
    case "state":
      used.add("state");
      return;
    case "not":
      collect(expression.operand, used);
      return;
    case "and":
    case "or":
      for (const operand of expression.operands) collect(operand, used);
      return;
    default:
      used.add(expression.column);
  }
}
