import { FilterSyntaxError } from "./errors.js";
import type { AddressColumn, Expression, RangeColumn } from "./filter.js";
import { type Token, tokenize } from "./filter-tokens.js";
import { parseHost, parseRange, type Range } from "./filter-values.js";
import { parseState } from "./states.js";

/** Parentheses and nots within each other: more than anyone writes, fewer than a stack holds. */
const DEEPEST = 200;

const OR = ["or", "|", "||"];
const AND = ["and", "&", "&&"];
const NOT = ["not", "!"];
const EQUAL = ["=", "==", "eq"];
const UNEQUAL = ["!=", "ne", "neq"];
const COMPARISONS: Readonly<Record<string, (number: number, highest: number) => Range>> = {
  ">": (number, highest) => ({ from: number + 1, to: highest }),
  "<": (number) => ({ from: 0, to: number - 1 }),
  ">=": (number, highest) => ({ from: number, to: highest }),
  "<=": (number) => ({ from: 0, to: number }),
};
const COMPARISON_WORDS: Readonly<Record<string, string>> = {
  gt: ">",
  lt: "<",
  ge: ">=",
  geq: ">=",
  le: "<=",
  leq: "<=",
};

const ADDRESSES: Readonly<Record<string, { address: AddressColumn; port: RangeColumn }>> = {
  src: { address: "localAddress", port: "localPort" },
  dst: { address: "remoteAddress", port: "remotePort" },
};
const NUMBERS: Readonly<Record<string, { column: RangeColumn; highest: number }>> = {
  sport: { column: "localPort", highest: 65535 },
  dport: { column: "remotePort", highest: 65535 },
  pid: { column: "owningPid", highest: 0xffffffff },
};
const EXPECTED = "state, exclude, src, dst, sport, dport, pid, not or (";

/** Words of ss's grammar about things that no table here has. */
const ONLY_IN_SS = ["dev", "fwmark", "cgroup", "autobound", "inode"];

/** Each takes states away from all of them, or names the only ones. Numbers as in states.ts. */
const GROUPS: Readonly<Record<string, { readonly only?: readonly number[]; readonly without?: readonly number[] }>> = {
  all: { without: [] },
  connected: { without: [1, 2] },
  synchronized: { without: [1, 2, 3] },
  bucket: { only: [4, 11] },
  big: { without: [4, 11] },
};

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
    if (!this.#ended()) throw this.#unexpected("and, or, or another condition");
    return expression;
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
    const { column } = this.#next;
    if (++this.#depth > DEEPEST)
      throw new FilterSyntaxError(this.#text, column, `Parentheses and nots go at most ${DEEPEST} deep.`);
    try {
      if (this.#take(NOT)) return { kind: "not", operand: this.#not() };
      if (!this.#take(["("])) return this.#condition();
      const expression = this.#or();
      if (!this.#take([")"])) {
        if (!this.#ended()) throw this.#unexpected("and, or, or )");
        throw new FilterSyntaxError(this.#text, column, "This parenthesis is not closed.");
      }
      return expression;
    } finally {
      this.#depth--;
    }
  }

  #condition(): Expression {
    const { kind, text, column } = this.#next;
    const word = kind === "word" ? text.toLowerCase() : "";
    if (word === "state" || word === "exclude" || word === "excl") return this.#states();
    this.#at++;
    const addresses = Object.hasOwn(ADDRESSES, word) ? ADDRESSES[word] : undefined;
    if (addresses) return this.#hosts(addresses);
    const numbers = Object.hasOwn(NUMBERS, word) ? NUMBERS[word] : undefined;
    if (numbers) return this.#numbers(numbers);
    this.#at--;
    if (ONLY_IN_SS.includes(word))
      throw new FilterSyntaxError(
        this.#text,
        column,
        `"${text}" is ss's, but a TCP table does not tell it. Expected ${EXPECTED}.`,
      );
    throw this.#unexpected(EXPECTED);
  }

  /** Adjacent `state` and `exclude`: as in ss the first `state` starts from none, a first `exclude` from all. */
  #states(): Expression {
    let states: Uint8Array | undefined;
    for (;;) {
      const keep = this.#take(["state"]);
      if (!keep && !this.#take(["exclude", "excl"])) break;
      states ??= new Uint8Array(256).fill(keep ? 0 : 1);
      const first = statesOf(this.#next);
      if (!first)
        throw this.#unexpected(
          "a state (established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, closed, close-wait, last-ack, " +
            "listening, closing, delete-tcb) or all, connected, synchronized, bucket, big",
        );
      for (let some: Uint8Array | undefined = first; some; some = statesOf(this.#next)) {
        for (let state = 0; state < 256; state++) if (some[state]) states[state] = keep ? 1 : 0;
        this.#at++;
        this.#take([","]);
      }
    }
    return { kind: "state", states: states as Uint8Array };
  }

  #hosts(columns: { address: AddressColumn; port: RangeColumn }): Expression {
    const host = (token: Token) => parseHost(this.#text, token, columns);
    if (this.#take(["in"])) return joined("or", this.#set(host));
    const unequal = this.#take(UNEQUAL);
    if (!unequal) this.#take(EQUAL);
    const expression = host(this.#value("an address"));
    return unequal ? { kind: "not", operand: expression } : expression;
  }

  #numbers({ column, highest }: { column: RangeColumn; highest: number }): Expression {
    const range = (token: Token) => parseRange(this.#text, token, highest);
    const within = ({ from, to }: Range): Expression => ({ kind: "range", column, from, to });
    if (this.#take(["in"])) return joined("or", merged(this.#set(range)).map(within));
    const word = this.#next.text.toLowerCase();
    const compare = COMPARISONS[COMPARISON_WORDS[word] ?? word];
    if (compare) this.#at++;
    const unequal = !compare && this.#take(UNEQUAL);
    if (!compare && !unequal) this.#take(EQUAL);
    const token = this.#value(column === "owningPid" ? "a process id" : "a port");
    const { from, to } = range(token);
    if (!compare) return unequal ? { kind: "not", operand: within({ from, to }) } : within({ from, to });
    if (from !== to)
      throw new FilterSyntaxError(
        this.#text,
        token.column,
        `"${word}" compares with one number, not with "${token.text}".`,
      );
    return within(compare(from, highest));
  }

  /** What stands between braces; commas may stand between. */
  #set<Value>(parse: (token: Token) => Value): Value[] {
    const { column } = this.#next;
    if (!this.#take(["{"])) throw this.#unexpected("{ after in");
    const values: Value[] = [];
    while (!this.#take(["}"])) {
      if (this.#ended()) throw new FilterSyntaxError(this.#text, column, "This brace is not closed.");
      values.push(parse(this.#value("a value or }")));
      this.#take([","]);
    }
    if (values.length === 0) throw new FilterSyntaxError(this.#text, column, "There is nothing between these braces.");
    return values;
  }

  #value(expected: string): Token {
    if (this.#next.kind !== "word") throw this.#unexpected(expected);
    this.#at++;
    return this.#tokens[this.#at - 1] as Token;
  }

  #ended(): boolean {
    return this.#next.kind === "end";
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  /** Goes on if the next token is one of these. */
  #take(texts: readonly string[]): boolean {
    const found = texts.includes(this.#next.text.toLowerCase()) && this.#next.kind !== "end";
    if (found) this.#at++;
    return found;
  }

  #unexpected(expected: string): FilterSyntaxError {
    const { kind, text, column } = this.#next;
    const found = kind === "end" ? "the filter ends here" : `found "${text}"`;
    return new FilterSyntaxError(this.#text, column, `Expected ${expected}; ${found}.`);
  }
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

/** The states that a word names, 1 for each; `undefined` where it names none. */
function statesOf({ kind, text }: Token): Uint8Array | undefined {
  if (kind !== "word") return undefined;
  const word = text.toLowerCase();
  const group = Object.hasOwn(GROUPS, word) ? GROUPS[word] : undefined;
  const state = parseState(text);
  if (!group && state === undefined) return undefined;
  const only = state === undefined ? group?.only : [state];
  const states = new Uint8Array(256).fill(only ? 0 : 1);
  for (const number of only ?? group?.without ?? []) states[number] = only ? 1 : 0;
  return states;
}
