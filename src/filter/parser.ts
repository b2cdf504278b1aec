import { MIB_TCP_STATE } from "../format/states.js";
import { FilterSyntaxError } from "./errors.js";
import type { AddressColumn, Expression, RangeColumn } from "./expression.js";
import { type NameResolver, nameIn } from "./names.js";
import { nearest } from "./nearest.js";
import { flattened, joined } from "./simplify.js";
import { isListening, STATE_WORDS, statesNamed } from "./states.js";
import { found, shortened, type Token, tokenize } from "./tokens.js";
import { type NumberKind, PORT, PROCESS_ID, parseHost, parseRange, type Range, USER_ID } from "./values.js";
import {
  AND,
  BEGINNINGS,
  COMPARISONS,
  EQUAL,
  EXCLUDE,
  hintAboutCondition,
  IN,
  isReserved,
  NOT,
  OR,
  STATE,
  UNEQUAL,
  WORDS,
} from "./words.js";

/** Linux's highest PID is 2²², and Windows' are multiples of 4 from the bottom up. */
const NO_PROCESS = 0xffffffff;

/** Levels of an expression: more than anyone writes, fewer than a stack holds. */
const DEEPEST = 200;

/** Parses a filter's text. @throws {FilterSyntaxError} with the column of the mistake */
export function parseFilter(text: string, resolve: NameResolver = {}): Expression {
  return new Parser(text, resolve).parse();
}

/** A parser by recursive descent: a method for each rule of the grammar, which stands at `compileFilter`. */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #resolve: NameResolver;
  /** The names of processes, each once, in the order of the text. */
  readonly #processes: string[] = [];
  #at = 0;
  /** Operands that are being parsed, each within the one before. */
  #depth = 0;
  /** Levels of the expression that was parsed last. */
  #height = 0;

  constructor(text: string, resolve: NameResolver) {
    this.#text = text;
    this.#resolve = resolve;
    this.#tokens = tokenize(text);
  }

  /** States at the start hold for the whole filter, as in ss, where they are no part of the expression. */
  parse(): Expression {
    const states = this.#isAt(STATE) || this.#isAt(EXCLUDE) ? this.#states() : undefined;
    if (states && this.#isAt(OR)) throw this.#mistake(NO_OR_BEHIND_STATES);
    const goesOn = states !== undefined && this.#accept(AND);
    if (!goesOn && this.#endsHere()) return states ?? { kind: "all" };
    const expression = this.#expression();
    if (!this.#endsHere()) throw this.#unexpected("and, or, or another condition");
    return flattened(states ? { kind: "and", operands: [states, expression] } : expression);
  }

  /** From left to right, as in ss: `and`, `or` and side by side bind alike, and `a or b c` is `(a or b) c`. */
  #expression(): Expression {
    let operands = [this.#operand()];
    let height = this.#height;
    let kind: "and" | "or" | undefined;
    for (let next = this.#connective(); next; next = this.#connective()) {
      if (kind && kind !== next) {
        operands = [{ kind, operands }];
        height = this.#above(height);
      }
      kind = next;
      operands.push(this.#operand());
      height = Math.max(height, this.#height);
    }
    if (!kind) return operands[0] as Expression;
    this.#height = this.#above(height);
    return { kind, operands };
  }

  /** What joins the next operand to those before, where another one follows. */
  #connective(): "and" | "or" | undefined {
    if (this.#accept(OR)) return "or";
    if (this.#accept(AND)) return "and";
    const { kind, text } = this.#next;
    return kind === "word" || text === "(" || text === "!" ? "and" : undefined;
  }

  #operand(): Expression {
    if (++this.#depth > DEEPEST) throw this.#tooDeep();
    const expression = this.#negation() ?? this.#parentheses() ?? this.#condition();
    this.#depth--;
    return expression;
  }

  #negation(): Expression | undefined {
    if (!this.#accept(NOT)) return undefined;
    const operand = this.#operand();
    this.#height = this.#above(this.#height);
    return { kind: "not", operand };
  }

  #parentheses(): Expression | undefined {
    const opening = this.#next;
    if (!this.#accept(["("])) return undefined;
    const expression = this.#expression();
    if (this.#accept([")"])) return expression;
    if (this.#ended()) throw this.#mistake("This parenthesis is not closed.", opening);
    throw this.#unexpected("and, or, another condition or )");
  }

  #condition(): Expression {
    this.#height = 1;
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
      case "user":
        return this.#numbers("user", USER_ID);
      case "process":
        return this.#processNames();
      default:
        throw this.#unexpected(`${BEGINNINGS.join(", ")} or (`, WORDS, hintAboutCondition(word));
    }
  }

  /** Adjacent `state` and `exclude`: as in ss the first `state` starts from none, a first `exclude` from all. */
  #states(): Expression {
    let states: Uint8Array | undefined;
    let namesListeners = false;
    for (;;) {
      const adds = this.#accept(STATE);
      if (!adds && !this.#accept(EXCLUDE)) break;
      states ??= new Uint8Array(256).fill(adds ? 0 : 1);
      let named = this.#statesHere();
      if (!named) throw this.#noState();
      for (; named; named = this.#statesHere()) {
        for (let state = 0; state < 256; state++) if (named[state]) states[state] = adds ? 1 : 0;
        if (named[MIB_TCP_STATE.LISTEN]) namesListeners = adds && (namesListeners || isListening(this.#next.text));
        this.#at++;
        if (this.#accept([","]) && !this.#statesHere()) throw this.#noState();
      }
    }
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
    const host = (token: Token) => parseHost(this.#text, token, columns, this.#resolve);
    if (this.#accept(IN)) return joined("or", this.#braces("an address", host));
    const unequal = this.#accept(UNEQUAL);
    const expected = unequal || this.#accept(EQUAL) ? "an address" : "=, !=, in or an address";
    const expression = host(this.#value(expected));
    return unequal ? { kind: "not", operand: expression } : expression;
  }

  #numbers(column: RangeColumn, kind: NumberKind): Expression {
    this.#at++;
    const range = (token: Token) => parseRange(this.#text, token, kind, this.#resolve);
    const within = ({ from, to }: Range): Expression => ({ kind: "range", column, from, to });
    if (this.#accept(IN)) return joined("or", merged(this.#braces(kind.what, range)).map(within));
    const operator = this.#next;
    const comparison = COMPARISONS.find(({ words }) => this.#accept(words));
    const unequal = !comparison && this.#accept(UNEQUAL);
    const equal = !comparison && !unequal && this.#accept(EQUAL);
    const operators = comparison || unequal || equal ? "" : "an operator (= != < <= > >= in) or ";
    const token = this.#value(operators + kind.what);
    const { from, to } = range(token);
    if (!comparison) return unequal ? { kind: "not", operand: within({ from, to }) } : within({ from, to });
    if (from === to) return within(comparison.range(from, kind.highest));
    throw this.#mistake(`"${operator.text}" compares with one number, not with "${shortened(token.text)}".`, token);
  }

  #processNames(): Expression {
    this.#at++;
    const named = (token: Token) => this.#processOf(token);
    if (this.#accept(IN)) return joined("or", this.#braces("the name of a process", named));
    const unequal = this.#accept(UNEQUAL);
    const expected = unequal || this.#accept(EQUAL) ? "" : "an operator (= != in) or ";
    const expression = named(this.#value(`${expected}the name of a process`));
    return unequal ? { kind: "not", operand: expression } : expression;
  }

  #processOf(token: Token): Expression {
    const process = nameIn(token.text) ?? token.text;
    if (!this.#processes.includes(process)) this.#processes.push(process);
    // Until PIDs are known, each name has a number of its own that no process has: what needs two at once stays possible.
    const none = NO_PROCESS - this.#processes.indexOf(process);
    return { kind: "range", column: "owningPid", from: none, to: none, process };
  }

  /** What stands between braces; commas may stand between. */
  #braces<Value>(what: string, parse: (token: Token) => Value): Value[] {
    const opening = this.#next;
    if (!this.#accept(["{"])) throw this.#unexpected("{ after in");
    const values: Value[] = [];
    do {
      if (this.#ended()) throw this.#mistake("This brace is not closed.", opening);
      values.push(parse(this.#value(values.length === 0 ? what : `${what} or }`)));
      this.#accept([","]);
    } while (!this.#accept(["}"]));
    return values;
  }

  #value(expected: string): Token {
    const token = this.#next;
    if (token.kind !== "word" || isReserved(token.text))
      throw this.#unexpected(expected, [], token.text === "{" ? "A set stands after in." : undefined);
    this.#at++;
    return token;
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #ended(): boolean {
    return this.#next.kind === "end";
  }

  /** @throws {FilterSyntaxError} what stands here closes a parenthesis that there is not */
  #endsHere(): boolean {
    if (this.#next.text === ")") throw this.#mistake("There is no ( that this ) could close.");
    return this.#ended();
  }

  /** Whether the next token is one of these. */
  #isAt(texts: readonly string[]): boolean {
    return !this.#ended() && texts.includes(this.#next.text.toLowerCase());
  }

  /** Goes on behind the next token if it is one of these. */
  #accept(texts: readonly string[]): boolean {
    const isOne = this.#isAt(texts);
    if (isOne) this.#at++;
    return isOne;
  }

  /** The levels of an expression whose highest operand has these. */
  #above(height: number): number {
    if (height >= DEEPEST) throw this.#tooDeep();
    return height + 1;
  }

  #tooDeep(): FilterSyntaxError {
    return this.#mistake(`Parentheses, nots, and turns between and and or go at most ${DEEPEST} deep.`);
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

const NO_OR_BEHIND_STATES =
  "States at the start hold for the whole filter, and no or can follow them. Name several without or, or put them in parentheses: (state …) or …";

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
