import { parseState } from "../../decoder/index.js";
import { STATE_ORDER } from "./states.js";

/** A filter that begins with `state a,b`: the legend edits that part, and the stack shows those states alone. */
export interface LeadingStates {
  /** RFC 9293's names; null where the filter does not begin so, or names a group of states. */
  readonly names: ReadonlySet<string> | null;
  /** What follows. */
  readonly rest: string;
}

const LEADING = /^\s*state\s+([\w-]+(?:,[\w-]+)*)(?:\s+(?:and\s+)?|$)/i;

export function leadingStates(where: string): LeadingStates {
  const found = LEADING.exec(where);
  if (!found) return { names: null, rest: where.trim() };
  const names = new Set<string>();
  for (const word of (found[1] ?? "").split(",")) {
    const number = parseState(word);
    const name = STATE_ORDER.find((state) => state.number === number)?.name;
    if (number === undefined || !name) return { names: null, rest: where.trim() };
    names.add(name);
  }
  const rest = where.slice(found[0].length).trim();
  // `state a or b`: there the first part alone is not what the filter is about.
  if (/^(or|\||\|\|)(\s|$)/i.test(rest)) return { names: null, rest: where.trim() };
  return { names, rest };
}

/** The filter with a state more, or less. */
export function toggleState(where: string, name: string): string {
  const { names, rest } = leadingStates(where);
  const chosen = new Set(names);
  if (!chosen.delete(name)) chosen.add(name);
  const words = STATE_ORDER.filter((state) => chosen.has(state.name)).map((state) => filterWord(state.name));
  if (words.length === 0) return rest;
  // Without the parentheses, `or` would take the state for its left side alone.
  const bound = /\bor\b|\|/i.test(rest) && !/^\(.*\)$/.test(rest) ? `(${rest})` : rest;
  return `state ${words.join(",")}${bound ? ` ${bound}` : ""}`;
}

/** A state as ss writes it. */
function filterWord(name: string): string {
  return name === "LISTEN" ? "listening" : name.toLowerCase();
}

/** Both conditions. */
export function both(where: string, condition: string): string {
  if (!where.trim()) return condition;
  return condition ? `(${where.trim()}) and (${condition})` : where;
}
