import { MIB_TCP_STATE } from "../format/states.js";
import type { Expression } from "./expression.js";
import type { Filter } from "./filter.js";

/**
 * The filter that picks the listening sockets which a filter's words name: `state listening` does, by LISTEN's own name;
 * groups, `state all` and what is excluded do not. Of what stands side by side, one name is enough; of alternatives, each names
 * its own; what stands behind `not` names nothing.
 *
 * @returns `undefined` where no word names any
 */
export function namedListeners({ text, expression }: Filter): Filter | undefined {
  const named = namedBy(expression);
  return named && { text, expression: { kind: "and", operands: [LISTENERS(), named] } };
}

function LISTENERS(): Expression {
  const states = new Uint8Array(256);
  states[MIB_TCP_STATE.LISTEN] = 1;
  return { kind: "state", states };
}

function namedBy(expression: Expression): Expression | undefined {
  switch (expression.kind) {
    case "state":
      return expression.namesListeners ? expression : undefined;
    case "and": {
      const named = anyOf(expression.operands);
      return named && { kind: "and", operands: [expression, named] };
    }
    case "or":
      return anyOf(expression.operands);
    default:
      return undefined;
  }
}

function anyOf(expressions: readonly Expression[]): Expression | undefined {
  const named = expressions.map(namedBy).filter((operand) => operand !== undefined);
  return named.length === 0 ? undefined : { kind: "or", operands: named };
}
