import * as fc from "fast-check";
import type { Expression, RangeColumn } from "../../src/filter/expression.js";
import type { IPv6 } from "../../src/format/address.js";

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
const id = fc.oneof(fc.constantFrom(0, 4, 0xfffffffe, 0xffffffff), fc.nat({ max: 5000 }));
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
  return prefix <= 0 ? 0 : prefix >= 32 ? 0xffffffff : (-1 << (32 - prefix)) >>> 0;
}

const address4 = fc
  .record({
    address: fc.oneof(fc.constantFrom(0, 0x7f000001, 0x0a0000ff, 0xffffffff), fc.nat({ max: 0xffffffff })),
    prefix: fc.option(fc.integer({ min: 0, max: 32 }), { nil: undefined }),
  })
  .map(({ address, prefix }) => {
    const text = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
    const mask = maskOf(prefix ?? 32);
    return {
      text,
      prefix,
      means: { kind: "ipv4", address: (address & mask) >>> 0, mask } as const,
    };
  });

const word = fc.oneof(fc.constantFrom(0, 1, 0xffff, 0x7f000001, 0xfe800000), fc.nat({ max: 0xffffffff }));
const ipv6: fc.Arbitrary<IPv6> = fc.oneof(
  fc.constantFrom<IPv6>([0, 0, 0, 0], [0, 0, 0, 1]),
  fc.tuple(word, word, word, word),
);
const address6 = fc
  .record({
    words: ipv6,
    prefix: fc.option(fc.integer({ min: 0, max: 128 }), { nil: undefined }),
  })
  .map(({ words, prefix }) => {
    const text = [...words].flatMap((each) => [(each >>> 16).toString(16), (each & 0xffff).toString(16)]).join(":");
    const mask = [0, 32, 64, 96].map((at) => maskOf((prefix ?? 128) - at)) as unknown as IPv6;
    const address = words.map((each, at) => (each & (mask[at] as number)) >>> 0) as unknown as IPv6;
    return { text, prefix, means: { kind: "ipv6", address, mask } as const };
  });

const host = fc
  .record({
    side: fc.constantFrom(
      ["src", "localAddress", "localPort"] as const,
      ["dst", "remoteAddress", "remotePort"] as const,
    ),
    operator: fc.constantFrom("", "=", "==", "eq", "!=", "ne", "neq"),
    address: fc.oneof(address4, address6),
    brackets: fc.constantFrom("none", "behind", "before"),
    port: fc.option(port, { nil: undefined }),
    form: fc.constantFrom("address", "*", ""),
  })
  .map(({ side: [word, address, port], operator, ...drawn }): FilterTree => {
    const { form } = drawn;
    const { text: written, prefix, means } = drawn.address;
    const operands: Expression[] = [];
    const isAddress = form === "address" || (form === "" && drawn.port === undefined);
    let text = isAddress ? written : form;
    if (isAddress) {
      const slash = prefix === undefined ? "" : `/${prefix}`;
      if (means.kind === "ipv4" || (drawn.brackets === "none" && drawn.port === undefined)) text += slash;
      else text = drawn.brackets === "before" ? `[${text}]${slash}` : `[${text}${slash}]`;
      operands.push({ ...means, column: address });
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
  comparisonOf("pid", "owningPid", 0xffffffff, id),
  comparisonOf("user", "user", 0xffffffff, id),
);

/** Any filter of the grammar, nested a few levels deep. */
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
  const and = () => tokens.push(pick(["and", "&", "&&"]));
  const tokens: string[] = [];

  /** @param isBare whether it may stand without parentheses; @param continues whether it stands beside states */
  const write = (node: FilterTree, isBare: boolean, continues: boolean) => {
    // States at the start of the text would hold for the whole of it.
    const isAtStart = tokens.length === 0 && node !== tree && isStates(node);
    const isBracketed = !isBare || isAtStart || choose(8) === 7;
    if (isBracketed) tokens.push("(");
    // Two lists of states side by side would be read as one.
    else if (continues && isStates(node)) and();
    if (node.kind === "condition") {
      tokens.push(...node.words);
    } else if (node.kind === "not") {
      tokens.push(pick(["not", "!"]));
      write(node.operand, node.operand.kind === "condition" || node.operand.kind === "not", false);
    } else {
      writeOperands(node);
    }
    if (isBracketed) tokens.push(")");
  };

  /** All operators bind alike, from left to right: only the first operand may itself be an "and" or an "or". */
  const writeOperands = ({ kind, operands }: FilterTree & { kind: "and" | "or" }) => {
    operands.forEach((operand, at) => {
      const before = operands[at - 1];
      const isSideBySide = before !== undefined && kind === "and" && choose(2) === 1;
      if (before && kind === "or") tokens.push(pick(["or", "|", "||"]));
      else if (before && !isSideBySide) and();
      const isBare = at === 0 || operand.kind === "condition" || operand.kind === "not";
      write(operand, isBare, isSideBySide && endsInStates(before));
    });
  };

  const [states, whole, ...others] = tree.kind === "and" ? tree.operands : [];
  if (states && whole && others.length === 0 && isStates(states) && choose(2)) {
    // States at the start hold for whatever follows: it needs no parentheses.
    tokens.push(...states.words);
    if (choose(2) === 1 || startsWithStates(whole)) and();
    write(whole, true, false);
  } else {
    write(tree, true, false);
  }
  return spaced(
    tokens.map((token) => [token, token, token.toUpperCase(), token.toLowerCase()][choose(4)] as string),
    { blanks, choose },
  );
}

function isStates(tree: FilterTree): tree is FilterTree & { kind: "condition" } {
  return tree.kind === "condition" && tree.means.kind === "state";
}

function startsWithStates(tree: FilterTree): boolean {
  if (tree.kind === "and" || tree.kind === "or") return startsWithStates(tree.operands[0] as FilterTree);
  return isStates(tree);
}

function endsInStates(tree: FilterTree): boolean {
  if (tree.kind === "condition") return isStates(tree);
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
