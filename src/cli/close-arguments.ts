import { compileQuery } from "../decoder/query.js";
import { compileForProcesses, type Filter } from "../filter/filter.js";
import type { Family } from "../format/layouts.js";
import type { Owner } from "../system/contract.js";
import { filterText, NAMES_HERE } from "./filters.js";
import { type FamilyOptions, familiesOf, ownerFor } from "./wanted.js";

/** What `tcptable close` is asked for. */
export interface CloseArguments {
  readonly families: readonly Family[];
  readonly owner: Owner | undefined;
  readonly filter: Filter;
  readonly processes: boolean;
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
  const text = filterText(words);
  if (text === "") throw new NoFilterError();
  const filter = compileForProcesses(text, NAMES_HERE);
  const processes = options.processes ?? false;
  return {
    families: familiesOf(options),
    owner: ownerFor(compileQuery({ where: filter }), [], processes),
    filter,
    processes,
    yes: options.yes ?? false,
  };
}
