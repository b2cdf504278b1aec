import type { Expression } from "./expression.js";

/** Operands as one expression: that of a single one is itself. */
export function joined(kind: "and" | "or", operands: readonly Expression[]): Expression {
  return operands.length === 1 ? (operands[0] as Expression) : { kind, operands };
}

/** Without the parentheses that make no difference: those around an "and" in an "and", or an "or" in an "or". */
export function flattened(expression: Expression): Expression {
  switch (expression.kind) {
    case "not":
      return { kind: "not", operand: flattened(expression.operand) };
    case "and":
    case "or": {
      const { kind } = expression;
      const operands: Expression[] = [];
      const add = (operand: Expression) => {
        if (operand.kind === kind) operand.operands.forEach(add);
        else operands.push(flattened(operand));
      };
      add(expression);
      return { kind, operands };
    }
    default:
      return expression;
  }
}
