import { STATE_WORDS, statesNamed } from "./states.js";
import type { Range } from "./values.js";

/** The words of the grammar, in lower case: each list is one word and its other spellings. */
export const OR = ["or", "|", "||"];
export const AND = ["and", "&", "&&"];
export const NOT = ["not", "!"];
export const STATE = ["state"];
export const EXCLUDE = ["exclude", "excl"];
export const IN = ["in"];
export const EQUAL = ["=", "==", "eq"];
export const UNEQUAL = ["!=", "ne", "neq"];

interface Comparison {
  readonly words: readonly string[];
  /** The numbers that compare so with one, of those from 0 to the highest. */
  range(number: number, highest: number): Range;
}

export const COMPARISONS: readonly Comparison[] = [
  { words: [">", "gt"], range: (number, highest) => ({ from: number + 1, to: highest }) },
  { words: ["<", "lt"], range: (number) => ({ from: 0, to: number - 1 }) },
  { words: [">=", "ge", "geq"], range: (number, highest) => ({ from: number, to: highest }) },
  { words: ["<=", "le", "leq"], range: (number) => ({ from: 0, to: number }) },
];

/** What a condition begins with, for messages. */
export const BEGINNINGS = ["state", "exclude", "src", "dst", "sport", "dport", "pid", "user", "process", "not"];
/** What a word that is out of place may have been meant for. */
export const WORDS = [...BEGINNINGS, "and", "or", ...STATE_WORDS];

/** Words of ss's grammar about things that no table here has. */
const ONLY_IN_SS = ["dev", "fwmark", "cgroup", "autobound"];

/** Whether a word is the grammar's own: where one stands in place of a value, the value was forgotten. */
export function isReserved(text: string): boolean {
  const word = text.toLowerCase();
  const comparisons = COMPARISONS.map(({ words }) => words);
  return [BEGINNINGS, EXCLUDE, OR, AND, NOT, EQUAL, UNEQUAL, IN, ...comparisons].some((words) => words.includes(word));
}

/** What someone who begins a condition with this word most likely does not know. */
export function hintAboutCondition(word: string): string | undefined {
  if (ONLY_IN_SS.includes(word)) return `ss filters by ${word}, but a TCP table does not hold it.`;
  if (word === "tcp") return "All connections here are TCP's: leave it out.";
  if (/^[\d:*[]/.test(word)) return "A port stands after sport or dport, an address after src or dst.";
  return statesNamed(word) && "A state stands after state or exclude.";
}
