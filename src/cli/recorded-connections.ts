import { compileFilter, type Filter } from "../filter/filter.js";
import type { Family } from "../format/layouts.js";
import { bothOf } from "../reader/order.js";
import { filterText } from "./filters.js";
import { type FamilyOptions, familiesOf } from "./wanted.js";

/** Which connections of a recording are meant, and from when. */

/** A part of a recording, as it was written; all of it where one is missing. */
export interface RangeArguments {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Options as commander gives them. */
export interface RangeOptions {
  from?: string;
  to?: string;
}

/**
 * The filter that words and options mean: recordings have both families.
 *
 * @throws {FilterSyntaxError} the words are no filter
 */
export function filterFor(words: readonly string[], options: FamilyOptions): Filter {
  return ofFamilies(compileFilter(filterText(words)), familiesOf(options));
}

/** A filter, for some families alone. */
export function ofFamilies(filter: Filter, families: readonly Family[]): Filter {
  if (families.length > 1) return filter;
  const ofFamily = compileFilter(families[0] === 4 ? "src 0.0.0.0/0" : "src ::/0");
  return { text: filter.text, expression: bothOf(filter, ofFamily)?.expression ?? filter.expression };
}
