import { FilterSyntaxError } from "./errors.js";
import type { Expression } from "./expression.js";
import type { Filter } from "./filter.js";

/**
 * What looks up names in a filter, for the machine whose tables it is for. What is not there is not looked up: such a name is then
 * a mistake, and so is one that nobody knows.
 */
export interface NameResolver {
  /** The id of a user: of `root`, 0. */
  userId?(name: string): number | undefined;
  /** The port of a service: of `https`, 443. */
  servicePort?(name: string): number | undefined;
  /** The number of a network interface. */
  interfaceIndex?(name: string): number | undefined;
  /** The ids of all processes of this name, as they are now. */
  processIds?(name: string): readonly number[];
}

/** What gives one number for a name. */
export type NamedNumber = "userId" | "servicePort";

/** The name that a word is: it begins with a letter or an underscore, or stands in quotes. */
export function nameIn(word: string): string | undefined {
  const quoted = /^(["'])(.*)\1$/.exec(word);
  if (quoted) return quoted[2];
  return /^[a-z_]/i.test(word) ? word : undefined;
}

/** The names of processes that a filter speaks of, each once, whose PIDs are not known yet. */
export function processesNamed({ expression }: Filter): string[] {
  const names = new Set<string>();
  replaced(expression, (range) => {
    if (range.process !== undefined) names.add(range.process);
    return range;
  });
  return [...names];
}

/** The filter with the PIDs of the processes that it names: those of this moment. */
export function withProcesses({ text, expression }: Filter, idsOf: (name: string) => readonly number[]): Filter {
  const ids = (range: Range): Expression =>
    range.process === undefined
      ? range
      : {
          kind: "or",
          // With none, a range that is empty: the filter still looks at PIDs.
          operands: idsIn(idsOf(range.process)).map(([from, to]) => ({ kind: "range", column: "owningPid", from, to })),
        };
  return { text, expression: replaced(expression, ids) };
}

type Range = Extract<Expression, { kind: "range" }>;

/** Ascending ranges of numbers; one that is empty where there are none. */
function idsIn(ids: readonly number[]): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  for (const id of ids.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && id <= last[1] + 1) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.length > 0 ? ranges : [[1, 0]];
}

function replaced(expression: Expression, replacement: (range: Range) => Expression): Expression {
  switch (expression.kind) {
    case "range":
      return replacement(expression);
    case "not":
      return { kind: "not", operand: replaced(expression.operand, replacement) };
    case "and":
    case "or": {
      const { kind, operands } = expression;
      return { kind, operands: operands.map((operand) => replaced(operand, replacement)) };
    }
    default:
      return expression;
  }
}

/** @throws {FilterSyntaxError} the filter names processes, and nobody looks them up */
export function mustResolveProcesses(filter: Filter): void {
  const [name] = processesNamed(filter);
  if (name === undefined) return;
  const column = Math.max(0, filter.text.indexOf(name));
  throw new FilterSyntaxError(
    filter.text,
    column,
    "Names of processes are not looked up here: write pid and the number.",
  );
}
