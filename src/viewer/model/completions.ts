import { STATE_ORDER } from "./states.js";

/** A word that may stand at the caret. */
export interface Completion {
  readonly word: string;
  /** What it is, and an example. */
  readonly what: string;
  readonly example: string;
}

export interface Completions {
  /** The stretch of the text that a completion takes the place of. */
  readonly from: number;
  readonly to: number;
  /** The letters that were typed of it. */
  readonly prefix: string;
  readonly list: readonly Completion[];
}

const WORDS: readonly Completion[] = [
  { word: "state", what: "in a state", example: "state close-wait" },
  { word: "exclude", what: "in no such state", example: "exclude listening" },
  { word: "dst", what: "remote address", example: "dst 10.0.0.0/8" },
  { word: "src", what: "local address", example: "src 10.2.1.14" },
  { word: "dport", what: "remote port", example: "dport = :443" },
  { word: "sport", what: "local port", example: "sport = :8080" },
  { word: "pid", what: "process", example: "pid = 2214" },
  { word: "user", what: "user id", example: "user = 1000" },
  { word: "and", what: "both", example: "state established and dport = :443" },
  { word: "or", what: "one of both", example: "dport = :80 or dport = :443" },
  { word: "not", what: "all but", example: "not dst 127.0.0.0/8" },
];
const GROUPS: readonly Completion[] = ["connected", "synchronized", "all", "bucket", "big"].map((word) => ({
  word,
  what: "a group of states",
  example: `state ${word}`,
}));
const MOST = 8;

/** What can stand at the caret: states after `state` and `exclude`, words elsewhere; the best fit first. */
export function completions(text: string, caret: number): Completions {
  const before = text.slice(0, caret);
  const prefix = /[\w-]*$/.exec(before)?.[0] ?? "";
  const from = caret - prefix.length;
  const to = caret + (/^[\w-]*/.exec(text.slice(caret))?.[0].length ?? 0);
  const isState = /\b(state|exclude|excl)\s+([\w-]+,)*$/i.test(before.slice(0, from));
  const isValue = /\b(src|dst|sport|dport|pid|user)\s*(=|==|!=|<|>|<=|>=|eq|ne|lt|gt|le|ge)?\s*:?$/i.test(before.slice(0, from));
  // Numbers, ports and addresses can't be guessed.
  if (isValue || /[:./\d]$/.test(before.slice(0, from))) return { from, to, prefix, list: [] };
  const states = STATE_ORDER.filter(({ number }) => number >= 0).map(({ name }) => ({
    word: name === "LISTEN" ? "listening" : name.toLowerCase(),
    what: name,
    example: "",
  }));
  const candidates = isState ? [...states, ...GROUPS] : WORDS;
  const typed = prefix.toLowerCase();
  const starts = candidates.filter(({ word }) => word.startsWith(typed));
  const holds = candidates.filter(({ word }) => !word.startsWith(typed) && typed.length > 0 && hasLetters(word, typed));
  const list = [...starts, ...holds].filter(({ word }) => word !== typed).slice(0, MOST);
  return { from, to, prefix, list };
}

/** Whether a word has these letters in this order, or a mistyped one in any. */
function hasLetters(word: string, typed: string): boolean {
  let at = 0;
  for (const letter of word) if (letter === typed[at]) at++;
  return at === typed.length || (typed.length > 2 && [...typed].sort().join() === [...word].sort().join());
}
