import * as fc from "fast-check";
import type { Expression, RangeColumn } from "../../src/filter/expression.js";

/** A filter as a tree, with the words that each condition is written with. */
export type FilterTree =
  | { readonly kind: "condition"; readonly words: readonly string[]; readonly means: Expression }
  | { readonly kind: "not"; readonly operand: FilterTree }
  | { readonly kind: "and" | "or"; readonly operands: readonly FilterTree[] };

/** The states of a filter's text, by the numbers of tcpmib.h. */
const STATES: readonly (readonly [name: string, ...numbers: number[]])[] = [
  ["CLOSED", 1],
  ["listening", 2],
  ["SynSent", 3],
  ["syn-recv", 4],
  ["estab", 5],
  ["MIB_TCP_STATE_FIN_WAIT1", 6],
  ["fin_wait_2", 7],
  ["CloseWait", 8],
  ["closing", 9],
  ["last-ack", 10],
  ["TIME-WAIT", 11],
  ["delete_tcb", 12],
  ["UNKNOWN(42)", 42],
  ["bucket", 4, 11],
  ["big", ...numbersBut(4, 11)],
  ["connected", ...numbersBut(1, 2)],
  ["synchronized", ...numbersBut(1, 2, 3)],
  ["all", ...numbersBut()],
];

function numbersBut(...without: number[]): number[] {
  return [...Array(256).keys()].filter((number) => !without.includes(number));
}

const states = fc
  .array(
    fc.record({
      keyword: fc.constantFrom("state", "exclude", "excl"),
      names: fc.array(fc.constantFrom(...STATES), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((groups): FilterTree => {
    const set = new Uint8Array(256).fill(groups[0]?.keyword === "state" ? 0 : 1);
    const words: string[] = [];
    for (const { keyword, names } of groups) {
      words.push(keyword);
      names.forEach(([name, ...numbers], index) => {
        words.push(name);
        if (name.length % 2 && index < names.length - 1) words.push(",");
        for (const number of numbers) set[number] = keyword === "state" ? 1 : 0;
      });
    }
    return { kind: "condition", words, means: { kind: "state", states: set } };
  });

const port = fc.oneof(fc.constantFrom(0, 1, 80, 443, 65534, 65535), fc.nat({ max: 65535 }));
const pid = fc.oneof(fc.constantFrom(0, 4, 0xfffffffe, 0xffffffff), fc.nat({ max: 5000 }));
const operators = [
  [["", "=", "==", "eq"], (n: number) => [n, n]],
  [[">", "gt"], (n: number, highest: number) => [n + 1, highest]],
  [["<", "lt"], (n: number) => [0, n - 1]],
  [[">=", "ge", "geq"], (n: number, highest: number) => [n, highest]],
  [["<=", "le", "leq"], (n: number) => [0, n]],
] as const;

function comparisonOf(word: string, column: RangeColumn, highest: number, number: fc.Arbitrary<number>) {
  const colon = fc.constantFrom("", ":");
  const one = fc
    .tuple(fc.constantFrom(...operators), fc.nat(), number, colon)
    .map(([[spellings, rangeOf], pick, n, colon]): FilterTree => {
      const [from = 0, to = 0] = rangeOf(n, highest);
      const words = [word, spellings[pick % spellings.length] as string, `${colon}${n}`].filter((each) => each !== "");
      return { kind: "condition", words, means: { kind: "range", column, from, to } };
    });
  const range = fc
    .tuple(number, number, colon, fc.constantFrom("", "=", "!=", "ne", "neq"))
    .map((drawn): FilterTree => {
      const [a, b, colon, operator] = drawn;
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const within = { kind: "range", column, from, to } as const;
      const words = [word, operator, `${colon}${from}-${to}`].filter((each) => each !== "");
      return { kind: "condition", words, means: operator.includes("n") || operator === "!=" ? not(within) : within };
    });
  const set = fc.array(fc.tuple(number, number, colon), { minLength: 1, maxLength: 4 }).map((ranges): FilterTree => {
    const operands = ranges.map(
      ([a, b]) =>
        ({ kind: "range", column, from: Math.min(a, b), to: a % 3 ? Math.max(a, b) : Math.min(a, b) }) as const,
    );
    const values = operands.map(({ from, to }, at) => {
      const colon = ranges[at]?.[2] ?? "";
      return from === to ? `${colon}${from}` : `${colon}${from}-${to}`;
    });
    const words = values.flatMap((value, at) => (at % 2 ? [",", value] : [value]));
    return { kind: "condition", words: [word, "in", "{", ...words, "}"], means: { kind: "or", operands } };
  });
  return fc.oneof(one, range, set);
}

function not(operand: Expression): Expression {
  return { kind: "not", operand };
}

function maskOf(prefix: number): number {
  return prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0;
}

const host = fc
  .record({
    side: fc.constantFrom(
      ["src", "localAddress", "localPort"] as const,
      ["dst", "remoteAddress", "remotePort"] as const,
    ),
    operator: fc.constantFrom("", "=", "==", "eq", "!=", "ne", "neq"),
    address: fc.oneof(fc.constantFrom(0x7f000001, 0x0a0000ff, 0xffffffff), fc.nat({ max: 0xffffffff })),
    prefix: fc.option(fc.integer({ min: 0, max: 32 }), { nil: undefined }),
    port: fc.option(port, { nil: undefined }),
    form: fc.constantFrom("address", "*", ""),
  })
  .map(({ side: [word, address, port], operator, ...drawn }): FilterTree => {
    const { prefix = 32, form } = drawn;
    const operands: Expression[] = [];
    const dotted = [24, 16, 8, 0].map((shift) => (drawn.address >>> shift) & 255).join(".");
    const isAddress = form === "address" || (form === "" && drawn.port === undefined);
    let text = isAddress ? dotted : form;
    if (isAddress) {
      if (drawn.prefix !== undefined) text += `/${prefix}`;
      const mask = maskOf(prefix);
      operands.push({ kind: "ipv4", column: address, address: (drawn.address & mask) >>> 0, mask });
    }
    if (drawn.port !== undefined) {
      text += `:${drawn.port}`;
      operands.push({ kind: "range", column: port, from: drawn.port, to: drawn.port });
    }
    const both: Expression = { kind: "and", operands };
    const words = [word, operator, text].filter((each) => each !== "");
    return { kind: "condition", words, means: ["!=", "ne", "neq"].includes(operator) ? not(both) : both };
  });

const condition = fc.oneof(
  states,
  host,
  comparisonOf("sport", "localPort", 65535, port),
  comparisonOf("dport", "remotePort", 65535, port),
  comparisonOf("pid", "owningPid", 0xffffffff, pid),
);

/** Any filter of the grammar over IPv4, nested a few levels deep. */
export const filterTree: fc.Arbitrary<FilterTree> = fc.letrec<{ node: FilterTree }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    condition,
    tie("node").map((operand) => ({ kind: "not", operand }) as const),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      operands: fc.array(tie("node"), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).node;

export function meaningOf(tree: FilterTree): Expression {
  if (tree.kind === "condition") return tree.means;
  if (tree.kind === "not") return not(meaningOf(tree.operand));
  return { kind: tree.kind, operands: tree.operands.map(meaningOf) };
}

/** How a tree is written. `choose(n)` gives numbers below n. */
export interface Style {
  readonly blanks: "one" | "few" | "many";
  readonly choose: (below: number) => number;
}

/** A tree as text: with the parentheses that it needs and some that it does not, in any case and spelling. */
export function textOf(tree: FilterTree, { blanks, choose }: Style): string {
  const pick = (words: readonly string[]) => words[choose(words.length)] as string;
  const binds = { or: 0, and: 1, not: 2, condition: 2 };
  const tokens: string[] = [];
  const write = (node: FilterTree, least: number, continuesList: boolean) => {
    const isBracketed = binds[node.kind] < least || choose(8) === 7;
    if (isBracketed) tokens.push("(");
    // Two lists of states side by side would be read as one.
    else if (continuesList) tokens.push(pick(["and", "&", "&&"]));
    if (node.kind === "condition") {
      tokens.push(...node.words);
    } else if (node.kind === "not") {
      tokens.push(pick(["not", "!"]));
      write(node.operand, 2, false);
    } else {
      node.operands.forEach((operand, at) => {
        const before = at > 0 ? node.operands[at - 1] : undefined;
        const isSideBySide = before !== undefined && node.kind === "and" && choose(2) === 1;
        if (before && node.kind === "or") tokens.push(pick(["or", "|", "||"]));
        else if (before && !isSideBySide) tokens.push(pick(["and", "&", "&&"]));
        const isStates = operand.kind === "condition" && operand.means.kind === "state";
        write(operand, binds[node.kind] + (at > 0 ? 1 : 0), isSideBySide && isStates && endsInStates(before));
      });
    }
    if (isBracketed) tokens.push(")");
  };
  write(tree, 0, false);
  return spaced(
    tokens.map((token) => [token, token, token.toUpperCase(), token.toLowerCase()][choose(4)] as string),
    {
      blanks,
      choose,
    },
  );
}

function endsInStates(tree: FilterTree): boolean {
  if (tree.kind === "condition") return tree.means.kind === "state";
  return endsInStates(tree.kind === "not" ? tree.operand : (tree.operands.at(-1) as FilterTree));
}

function spaced(tokens: readonly string[], { blanks, choose }: Style): string {
  const isWord = (token: string | undefined) => token !== undefined && /^[\w.:*[]/.test(token);
  const some = () => Array.from({ length: 1 + choose(3) }, () => " \t\n\u00a0"[choose(4)]).join("");
  const between = (before: string, after: string) => {
    const isNeeded = isWord(before) && isWord(after);
    if (blanks === "one") return " ";
    return isNeeded || (blanks === "many" && choose(2)) ? some() : "";
  };
  const [first = "", ...others] = tokens;
  let text = blanks === "many" ? some() + first : first;
  others.forEach((token, at) => {
    text += between(tokens[at] as string, token) + token;
  });
  return blanks === "many" ? text + some() : text;
}
