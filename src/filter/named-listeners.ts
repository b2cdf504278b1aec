import { MIB_TCP_STATE } from "../format/states.js";
import type { Expression } from "./expression.js";
import type { Filter } from "./filter.js";
import { joined } from "./simplify.js";

/**
 * Of the listeners that a filter matches, those that its words name: as a filter that matches these rows and no others;
 * `undefined` where no word names any. What harms a listener that nobody spoke of (closing it) asks for this.
 *
 * A listener is named by LISTEN's own name after `state` (`listening`, `listen`, …) and by the conditions that hold together
 * with it. Groups (`all`), what is left by `exclude`, and anything under a `not` name none.
 *
 * - `state listening sport = :8080` and `exclude all state listening sport = :8080` name the listeners on 8080
 * - `( state listening sport = :8080 ) or src 127.0.0.0/8` matches every listener on 127.0.0.0/8, and names those on 8080
 * - `exclude synchronized`, `state all exclude connected` and `sport = :8080` match listeners, and name none
 */
export function namedListeners({ text, expression }: Filter): Filter | undefined {
  const named = namedIn(expression);
  return named && { text, expression: named };
}

/** Matches at most what the expression matches. */
function namedIn(expression: Expression): Expression | undefined {
  switch (expression.kind) {
    case "state":
      return expression.namesListeners ? listening() : undefined;
    case "or": {
      const named = expression.operands.flatMap((operand) => namedIn(operand) ?? []);
      return named.length > 0 ? joined("or", named) : undefined;
    }
    case "and": {
      // Named by one operand, and matched by all the others.
      const { operands } = expression;
      const named = operands.map(namedIn);
      const naming = named.flatMap((operand) => operand ?? []);
      if (naming.length === 0) return undefined;
      if (naming.length > 1) return { kind: "and", operands: [...operands, { kind: "or", operands: naming }] };
      return { kind: "and", operands: operands.map((operand, at) => named[at] ?? operand) };
    }
    default:
      return undefined;
  }
}

function listening(): Expression {
  const states = new Uint8Array(256);
  states[MIB_TCP_STATE.LISTEN] = 1;
  return { kind: "state", states, namesListeners: true };
}
