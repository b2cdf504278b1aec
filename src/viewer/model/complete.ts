/** What a word of the filter may go on as. The grammar is compileFilter's; these are the words that people write. */

export interface Completion {
  /** What is to be written instead of the word. */
  readonly text: string;
  /** What it means, in a few words. */
  readonly hint: string;
}

export interface Completions {
  /** The part of the text that a completion replaces. */
  readonly from: number;
  readonly to: number;
  readonly words: readonly Completion[];
}

const CONDITIONS: readonly Completion[] = [
  { text: "state", hint: "states, by name" },
  { text: "exclude", hint: "all states but these" },
  { text: "src", hint: "local address" },
  { text: "dst", hint: "remote address" },
  { text: "sport", hint: "local port" },
  { text: "dport", hint: "remote port" },
  { text: "pid", hint: "process" },
  { text: "user", hint: "user id of the owner" },
  { text: "not", hint: "the contrary" },
];

const JOINTS: readonly Completion[] = [
  { text: "and", hint: "both" },
  { text: "or", hint: "one of them" },
];

const STATES: readonly Completion[] = [
  { text: "established", hint: "open" },
  { text: "listening", hint: "waits for connections" },
  { text: "syn-sent", hint: "this machine opens" },
  { text: "syn-received", hint: "the other end opens" },
  { text: "fin-wait-1", hint: "this machine has closed" },
  { text: "fin-wait-2", hint: "and the other end knows" },
  { text: "close-wait", hint: "the other end has closed" },
  { text: "last-ack", hint: "both have, the other end first" },
  { text: "closing", hint: "both have, at once" },
  { text: "time-wait", hint: "over; waits for what is late" },
  { text: "closed", hint: "none" },
  { text: "all", hint: "every state" },
  { text: "connected", hint: "all but listening and closed" },
  { text: "synchronized", hint: "connected, but syn-sent" },
  { text: "bucket", hint: "time-wait and syn-received" },
  { text: "big", hint: "all but those two" },
];

const OPERATORS: readonly Completion[] = [
  { text: "=", hint: "is" },
  { text: "!=", hint: "is not" },
  { text: "in {", hint: "one of these" },
];
const COMPARISONS: readonly Completion[] = [
  { text: ">=", hint: "at least" },
  { text: "<=", hint: "at most" },
  { text: ">", hint: "more than" },
  { text: "<", hint: "less than" },
];

const FIELDS = new Set(["src", "dst", "sport", "dport", "pid", "user"]);
const ADDRESSES = new Set(["src", "dst"]);
const STATE_WORDS = new Set(["state", "exclude", "excl"]);
const BEFORE_CONDITIONS = new Set(["(", "and", "or", "not", "&", "&&", "|", "||", "!"]);
const OPERATOR = /^(=|==|eq|!=|ne|neq|>=?|gt|ge|geq|<=?|lt|le|leq)$/;

/** What may stand where the caret is. @param caret characters from the text's start */
export function completionsAt(text: string, caret: number): Completions {
  const before = text.slice(0, caret);
  const part = /[a-z0-9-]*$/i.exec(before)?.[0] ?? "";
  const from = caret - part.length;
  // The word goes on behind the caret.
  const to = caret + (/^[a-z0-9-]*/i.exec(text.slice(caret))?.[0].length ?? 0);
  const start = part.toLowerCase();
  const possible = possibleBehind(before.slice(0, from));
  const words = possible.filter((word) => word.text.startsWith(start) && word.text !== start);
  return { from, to, words };
}

/** What may follow what stands before. */
function possibleBehind(before: string): readonly Completion[] {
  const tokens: readonly string[] = before.toLowerCase().match(/[(){}]|[<>=!|&]+|[^\s(){}<>=!|&]+/g) ?? [];
  const last = tokens.at(-1);
  if (last === undefined || BEFORE_CONDITIONS.has(last)) return CONDITIONS;
  // In a list of values, and behind what wants one, only the reader knows.
  if (tokens.lastIndexOf("{") > tokens.lastIndexOf("}") || OPERATOR.test(last) || last === "in") return [];
  if (FIELDS.has(last)) return ADDRESSES.has(last) ? OPERATORS : [...OPERATORS, ...COMPARISONS];
  if (STATE_WORDS.has(last) || (last.endsWith(",") && isBehindState(tokens))) return STATES;
  if (isBehindState(tokens)) return [...JOINTS, ...CONDITIONS, ...STATES];
  return [...JOINTS, ...CONDITIONS];
}

/** Whether a list of states stands there that may go on. */
function isBehindState(tokens: readonly string[]): boolean {
  for (const token of tokens.toReversed()) {
    if (STATE_WORDS.has(token)) return true;
    if (!token.split(",").every((word) => word === "" || STATES.some(({ text }) => text === word))) return false;
  }
  return false;
}
