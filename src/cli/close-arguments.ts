import { compileQuery, type Query } from "../decoder/query.js";
import type { Expression } from "../filter/expression.js";
import type { Family } from "../format/layouts.js";
import { MIB_TCP_STATE } from "../format/states.js";
import type { Owner } from "../system/contract.js";
import { type FamilyOptions, familiesOf, ownerFor } from "./wanted.js";

/** What `tcptable close` is asked for. */
export interface CloseArguments {
  readonly families: readonly Family[];
  readonly owner: Owner | undefined;
  readonly query: Query;
  readonly processes: boolean;
  /** Whether the filter means listening sockets too. */
  readonly listeners: boolean;
  /** Not to be asked. */
  readonly yes: boolean;
}

/** Options as commander gives them. */
export interface CloseOptions extends FamilyOptions {
  processes?: true;
  yes?: true;
}

/** Nobody closes everything by leaving something out. */
export class NoFilterError extends Error {
  override readonly name = "NoFilterError";
  constructor() {
    super('close needs a filter, so that nothing is closed by accident. Every connection there is: "close state all".');
  }
}

/**
 * Makes sense of a command line that commander has taken apart.
 *
 * @throws {NoFilterError} there are no words
 * @throws {FilterSyntaxError} the words are no filter
 */
export function interpretClose(words: readonly string[], options: CloseOptions): CloseArguments {
  const text = words.join(" ");
  if (text.trim() === "") throw new NoFilterError();
  const query = compileQuery({ where: text });
  const processes = options.processes ?? false;
  return {
    families: familiesOf(options),
    owner: ownerFor(query, [], processes),
    query,
    processes,
    listeners: query.filter !== undefined && namesListeners(query.filter.expression),
    yes: options.yes ?? false,
  };
}

/**
 * Whether a filter says `state listening`. Groups and exclusions, which start from all states, have the numbers that no state
 * has (entry 255) as well: they hold listeners without naming them.
 */
export function namesListeners(expression: Expression): boolean {
  switch (expression.kind) {
    case "state":
      return expression.states[MIB_TCP_STATE.LISTEN] === 1 && expression.states[255] === 0;
    case "and":
    case "or":
      return expression.operands.some(namesListeners);
    default:
      return false;
  }
}
