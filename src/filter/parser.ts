import { MIB_TCP_STATE, parseState } from "../format/states.js";
import { FilterSyntaxError } from "./errors.js";
import type { AddressColumn, Expression, RangeColumn } from "./expression.js";
import { nearest } from "./nearest.js";
import { STATE_WORDS, statesNamed } from "./states.js";
import { found, shortened, type Token, tokenize } from "./tokens.js";
import { type NumberKind, PORT, PROCESS_ID, parseHost, parseRange, type Range } from "./values.js";

/** Parentheses and nots within each other: more than anyone writes, fewer than a stack holds. */
const DEEPEST = 200;

const OR = ["or", "|", "||"];
const AND = ["and", "&", "&&"];
const NOT = ["not", "!"];
const EXCLUDE = ["exclude", "excl"];
const EQUAL = ["=", "==", "eq"];
const UNEQUAL = ["!=", "ne", "neq"];
const COMPARISONS: readonly { readonly words: readonly string[]; range(number: number, highest: number): Range }[] = [
  { words: [">", "gt"], range: (number, highest) => ({ from: number + 1, to: highest }) },
  { words: ["<", "lt"], range: (number) => ({ from: 0, to: number - 1 }) },
  { words: [">=", "ge", "geq"], range: (number, highest) => ({ from: number, to: highest }) },
  { words: ["<=", "le", "leq"], range: (number) => ({ from: 0, to: number }) },
];

/** What a condition begins with, for messages. */
const BEGINNINGS = ["state", "exclude", "src", "dst", "sport", "dport", "pid", "not"];
/** What a word that is out of place may have been meant for. */
const WORDS = [...BEGINNINGS, "and", "or", ...STATE_WORDS];

/** Words of ss's grammar about things that no table here has. */
const ONLY_IN_SS = ["dev", "fwmark", "cgroup", "autobound"];

/** Parses a filter's text. @throws {FilterSyntaxError} with the column of the mistake */
export function parseFilter(text: string): Expression {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): Expression {
    if (this.#ended()) return { kind: "all" };
    const expression = this.#or();
    if (this.#next.text === ")") throw this.#mistake("There is no ( that this ) could close.");
    if (!this.#ended()) throw this.#unexpected("and, or, or another condition");
    return flattened(expression);
  }

  #or(): Expression {
    const operands = [this.#and()];
    while (this.#take(OR)) operands.push(this.#and());
    return joined("or", operands);
  }

  #and(): Expression {
    const operands = [this.#not()];
    while (this.#take(AND) || this.#continues()) operands.push(this.#not());
    return joined("and", operands);
  }

  /** Whether another condition follows side by side. */
  #continues(): boolean {
    const { kind, text } = this.#next;
    return kind === "word" ? !OR.includes(text.toLowerCase()) : text === "(" || text === "!";
  }

  #not(): Expression {
    if (++this.#depth > DEEPEST) throw this.#mistake(`Parentheses and nots go at most ${DEEPEST} deep.`);
    try {
      if (this.#take(NOT)) return { kind: "not", operand: this.#not() };
      const opening = this.#next;
      if (!this.#take(["("])) return this.#condition();
      const expression = this.#or();
      if (this.#take([")"])) return expression;
      if (this.#ended()) throw this.#mistake("This parenthesis is not closed.", opening);
      throw this.#unexpected("and, or, another condition or )");
    } finally {
      this.#depth--;
    }
  }

  #condition(): Expression {
    const { kind, text } = this.#next;
    const word = kind === "word" ? text.toLowerCase() : "";
    switch (word) {
      case "state":
      case "exclude":
      case "excl":
        return this.#states();
      case "src":
        return this.#hosts({ address: "localAddress", port: "localPort" });
      case "dst":
        return this.#hosts({ address: "remoteAddress", port: "remotePort" });
      case "sport":
        return this.#numbers("localPort", PORT);
      case "dport":
        return this.#numbers("remotePort", PORT);
      case "pid":
        return this.#numbers("owningPid", PROCESS_ID);
      default:
        throw this.#unexpected(`${BEGINNINGS.join(", ")} or (`, WORDS, hintAbout(word));
    }
  }

  /** Adjacent `state` and `exclude`: as in ss the first `state` starts from none, a first `exclude` from all. */
  #states(): Expression {
    let states: Uint8Array | undefined;
    let namesListeners = false;
    for (;;) {
      const keep = this.#take(["state"]);
      if (!keep && !this.#take(EXCLUDE)) break;
      states ??= new Uint8Array(256).fill(keep ? 0 : 1);
      let some = this.#statesHere();
      if (!some) throw this.#noState();
      for (; some; some = this.#statesHere()) {
        for (let state = 0; state < 256; state++) if (some[state]) states[state] = keep ? 1 : 0;
        if (parseState(this.#next.text) === MIB_TCP_STATE.LISTEN) namesListeners = keep;
        this.#at++;
        if (this.#take([","]) && !this.#statesHere()) throw this.#noState();
      }
    }
    namesListeners &&= states?.[MIB_TCP_STATE.LISTEN] === 1;
    return { kind: "state", states: states as Uint8Array, ...(namesListeners && { namesListeners }) };
  }

  #statesHere(): Uint8Array | undefined {
    return this.#next.kind === "word" ? statesNamed(this.#next.text) : undefined;
  }

  #noState(): FilterSyntaxError {
    const { kind, text } = this.#next;
    const isUnknown = kind === "word" && !isReserved(text) && nearest(text, STATE_WORDS).length === 0;
    const expected = isUnknown ? `one of ${STATE_WORDS.join(", ")}` : "a state, like established or connected";
    return this.#unexpected(expected, STATE_WORDS);
  }

  #hosts(columns: { address: AddressColumn; port: RangeColumn }): Expression {
    this.#at++;
    const host = (token: Token) => parseHost(this.#text, token, columns);
    if (this.#take(["in"])) return joined("or", this.#set("an address", host));
    const unequal = this.#take(UNEQUAL);
    const expected = unequal || this.#take(EQUAL) ? "an address" : "=, !=, in or an address";
    const expression = host(this.#value(expected));
    return unequal ? { kind: "not", operand: expression } : expression;
  }

  #numbers(column: RangeColumn, kind: NumberKind): Expression {
    this.#at++;
    const range = (token: Token) => parseRange(this.#text, token, kind);
    const within = ({ from, to }: Range): Expression => ({ kind: "range", column, from, to });
    if (this.#take(["in"])) return joined("or", merged(this.#set(kind.what, range)).map(within));
    const operator = this.#next;
    const comparison = COMPARISONS.find(({ words }) => this.#take(words));
    const unequal = !comparison && this.#take(UNEQUAL);
    const equal = !comparison && !unequal && this.#take(EQUAL);
    const operators = comparison || unequal || equal ? "" : "an operator (= != < <= > >= in) or ";
    const token = this.#value(operators + kind.what);
    const { from, to } = range(token);
    if (!comparison) return unequal ? { kind: "not", operand: within({ from, to }) } : within({ from, to });
    if (from === to) return within(comparison.range(from, kind.highest));
    throw this.#mistake(`"${operator.text}" compares with one number, not with "${shortened(token.text)}".`, token);
  }

  /** What stands between braces; commas may stand between. */
  #set<Value>(what: string, parse: (token: Token) => Value): Value[] {
    const opening = this.#next;
    if (!this.#take(["{"])) throw this.#unexpected("{ after in");
    const values: Value[] = [];
    do {
      if (this.#ended()) throw this.#mistake("This brace is not closed.", opening);
      values.push(parse(this.#value(values.length === 0 ? what : `${what} or }`)));
      this.#take([","]);
    } while (!this.#take(["}"]));
    return values;
  }

  #value(expected: string): Token {
    const token = this.#next;
    if (token.kind !== "word" || isReserved(token.text))
      throw this.#unexpected(expected, [], token.text === "{" ? "A set stands after in." : undefined);
    this.#at++;
    return token;
  }

  #ended(): boolean {
    return this.#next.kind === "end";
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  /** Goes on if the next token is one of these. */
  #take(texts: readonly string[]): boolean {
    const found = !this.#ended() && texts.includes(this.#next.text.toLowerCase());
    if (found) this.#at++;
    return found;
  }

  /** @param words those of which a mistyped one may be one */
  #unexpected(expected: string, words: readonly string[] = [], hint?: string): FilterSyntaxError {
    const { kind, text } = this.#next;
    const problem = `Expected ${expected}; ${kind === "end" ? "the filter ends here" : found(text)}.`;
    const isMistyped = kind === "word" && !isReserved(text);
    const likely = isMistyped ? nearest(text, words).map((word) => `"${word}"`) : [];
    if (hint) return this.#mistake(`${problem} ${hint}`);
    return this.#mistake(likely.length > 0 ? `${problem} Did you mean ${likely.join(" or ")}?` : problem);
  }

  #mistake(problem: string, { column }: Token = this.#next): FilterSyntaxError {
    return new FilterSyntaxError(this.#text, column, problem);
  }
}

/** What someone who begins a condition with this word most likely does not know. */
function hintAbout(word: string): string | undefined {
  if (ONLY_IN_SS.includes(word)) return `ss filters by ${word}, but a TCP table does not hold it.`;
  if (/^[\d:*[]/.test(word)) return "A port stands after sport or dport, an address after src or dst.";
  return statesNamed(word) && "A state stands after state or exclude.";
}

/** Whether a word is the grammar's own: where one stands in place of a value, the value was forgotten. */
function isReserved(text: string): boolean {
  const word = text.toLowerCase();
  const comparisons = COMPARISONS.map(({ words }) => words);
  return [BEGINNINGS, EXCLUDE, OR, AND, NOT, EQUAL, UNEQUAL, ["in"], ...comparisons].some((words) =>
    words.includes(word),
  );
}

/** Numbers in ascending ranges that do not touch: each costs a pass over the column. */
function merged(ranges: Range[]): Range[] {
  const apart: Range[] = [];
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last && range.from <= last.to + 1) last.to = Math.max(last.to, range.to);
    else apart.push(range);
  }
  return apart;
}

function joined(kind: "and" | "or", operands: Expression[]): Expression {
  return operands.length === 1 ? (operands[0] as Expression) : { kind, operands };
}

/** Without the parentheses that make no difference: those around an "and" in an "and", or an "or" in an "or". */
function flattened(expression: Expression): Expression {
  switch (expression.kind) {
    case "not":
      return { kind: "not", operand: flattened(expression.operand) };
    case "and":
    case "or": {
      const { kind } = expression;
      const operands: Expression[] = [];
      const add = (operand: Expression) => {
        if (operand.kind === kind) operand.operands.forEach(add);
        else operands.push(flattened(operand));
      };
      add(expression);
      return { kind, operands };
    }
    default:
      return expression;
  }
}
