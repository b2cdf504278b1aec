import { type IPv6, parseIPv4, parseIPv6 } from "../format/address.js";
import { FilterSyntaxError } from "./errors.js";
import type { AddressColumn, Expression, RangeColumn } from "./expression.js";
import { type NamedNumber, type NameResolver, nameIn } from "./names.js";
import { found, shortened, type Token } from "./tokens.js";

/** Numbers from…to, both included; none where from > to. */
export interface Range {
  from: number;
  to: number;
}

/** What a number in a filter is. */
export interface NumberKind {
  /** For messages: "a port". */
  readonly what: string;
  readonly example: string;
  readonly highest: number;
  /** What has such names: "services". */
  readonly named: string;
  /** What looks a name up. */
  readonly lookUp?: NamedNumber;
}

export const PORT: NumberKind = {
  ...{ what: "a port", example: ":443", highest: 65535, named: "services" },
  lookUp: "servicePort",
};
export const PROCESS_ID: NumberKind = {
  what: "a process id",
  example: "4242",
  highest: 0xffffffff,
  named: "processes",
};
export const USER_ID: NumberKind = {
  ...{ what: "a user id", example: "1000", highest: 0xffffffff, named: "users" },
  lookUp: "userId",
};

/**
 * `443`, `:443`, `8000-8100`, or `*` for all; a name where somebody looks it up.
 *
 * @throws {FilterSyntaxError} none of these, or a number that is too large
 */
export function parseRange(
  text: string,
  { text: word, column }: Token,
  kind: NumberKind,
  resolve: NameResolver = {},
): Range {
  if (word === "*" || word === ":*") return { from: 0, to: kind.highest };
  const match = /^(:?)(\d+)(?:(-:?)(\d+))?$/.exec(word);
  if (!match) {
    const name = nameIn(word.replace(/^:/, ""));
    const number = name === undefined || !kind.lookUp ? undefined : resolve[kind.lookUp]?.(name);
    if (number !== undefined) return { from: number, to: number };
    if (name !== undefined && kind.lookUp && resolve[kind.lookUp])
      throw new FilterSyntaxError(text, column, `This system knows no name "${shortened(name)}" of ${kind.named}.`);
    const hint = /^:?[a-z]/i.test(word) ? ` Names of ${kind.named} are not looked up: write the number.` : "";
    const problem = `Expected ${kind.what}, like ${kind.example}; ${found(word)}.${hint}`;
    throw new FilterSyntaxError(text, column, problem);
  }
  const [, colon = "", first = "", dash = "", second = first] = match;
  const number = (digits: string, at: number) => {
    if (Number(digits) <= kind.highest) return Number(digits);
    const problem = `${shortened(digits)} is too large for ${kind.what}: the highest is ${kind.highest}.`;
    throw new FilterSyntaxError(text, column + at, problem);
  };
  const from = number(first, colon.length);
  const to = number(second, colon.length + first.length + dash.length);
  if (from > to) throw new FilterSyntaxError(text, column, `This range goes down: ${from} is larger than ${to}.`);
  return { from, to };
}

/**
 * `10.0.0.7`, `10.0.0.0/8`, `10.0.0.7:443`, `::1`, `[::1]:443`, `[fe80::1%2]:443`, `[fe80::1]%2:443`, `*`, `*:443`, `:443`.
 *
 * @throws {FilterSyntaxError} none of these, or a number in it that is too large
 */
export function parseHost(
  text: string,
  token: Token,
  columns: { readonly address: AddressColumn; readonly port: RangeColumn },
  resolve: NameResolver = {},
): Expression {
  const { text: word, column } = token;
  // A scope behind the brackets, as ss prints it, goes to the address.
  const scoped = word.replace(/^\[([^\]%]+)\](%[^/:]+)/, "[$1$2]");
  const bracketed = /^\[([^\]]+)\](?:\/([^:]*))?(?::(.*))?$/.exec(scoped);
  const bare = /:.*:/.test(word) ? /^([^/]*)(?:\/(.*))?$/ : /^([^/:]*)(?:\/([^:]*))?(?::(.*))?$/;
  const match = bracketed ?? bare.exec(word);
  const [, host = "", prefix, port] = match ?? [];
  if (!match || (host === "" && port === undefined)) throw notAnAddress(text, token);
  const conditions: Expression[] = [];
  if (host !== "" && host !== "*") {
    conditions.push(parseAddress(text, token, columns.address, host, prefix, resolve));
  } else if (prefix !== undefined) {
    throw new FilterSyntaxError(text, column, `A prefix follows an address, not "${host || ":"}".`);
  }
  if (port !== undefined && port !== "*") {
    const at = column + word.length - port.length;
    const { from, to } = parseRange(text, { kind: "word", text: port, column: at }, PORT, resolve);
    conditions.push({ kind: "range", column: columns.port, from, to });
  }
  if (conditions.length === 0) return { kind: "all" };
  return conditions.length === 1 ? (conditions[0] as Expression) : { kind: "and", operands: conditions };
}

function parseAddress(
  text: string,
  token: Token,
  column: AddressColumn,
  host: string,
  prefix: string | undefined,
  resolve: NameResolver,
): Expression {
  const [, withScope = host, insidePrefix] = /^([^/]*)\/(.*)$/.exec(host) ?? [];
  const [, inside = withScope, scope] = /^([^%]*)%(.*)$/.exec(withScope) ?? [];
  const ipv4 = parseIPv4(inside);
  const ipv6 = ipv4 === undefined ? parseIPv6(inside) : undefined;
  if (ipv4 === undefined && !ipv6) throw notAnAddress(text, token);
  const length = prefixLength(text, token, prefix ?? insidePrefix, ipv6 ? 128 : 32);
  if (!ipv6) {
    if (scope !== undefined) {
      const problem = "Only IPv6 addresses have scopes in a table: leave out what % begins.";
      throw new FilterSyntaxError(text, token.column + token.text.indexOf("%"), problem);
    }
    const mask = maskOf(length);
    return { kind: "ipv4", column, address: ((ipv4 as number) & mask) >>> 0, mask };
  }
  const mask: IPv6 = [maskOf(length), maskOf(length - 32), maskOf(length - 64), maskOf(length - 96)];
  const word = (at: 0 | 1 | 2 | 3) => (ipv6[at] & mask[at]) >>> 0;
  const address: IPv6 = [word(0), word(1), word(2), word(3)];
  if (scope === undefined) return { kind: "ipv6", column, address, mask };
  return { kind: "ipv6", column, address, mask, scopeId: scopeIdOf(text, token, scope, resolve) };
}

/** The number of an interface, or its name where somebody looks it up. */
function scopeIdOf(text: string, token: Token, scope: string, resolve: NameResolver): number {
  const index = /^\d{1,10}$/.test(scope) ? Number(scope) : resolve.interfaceIndex?.(scope);
  if (index !== undefined && index <= 0xffffffff) return index;
  const problem = resolve.interfaceIndex
    ? `This system has no interface "${shortened(scope)}".`
    : `Expected the number of an interface after %; ${found(scope)}. Names of interfaces are not looked up here.`;
  throw new FilterSyntaxError(text, token.column + token.text.indexOf("%") + 1, problem);
}

function prefixLength(text: string, { text: word, column }: Token, prefix: string | undefined, most: number): number {
  if (prefix === undefined) return most;
  if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= most) return Number(prefix);
  const at = column + word.indexOf("/") + 1;
  throw new FilterSyntaxError(text, at, `Expected a prefix length from 0 to ${most}; ${found(prefix)}.`);
}

/** The u32 whose highest `bits` bits are set. */
function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? 0xffffffff : (-1 << (32 - bits)) >>> 0;
}

function notAnAddress(text: string, { text: word, column }: Token): FilterSyntaxError {
  const problem = `Expected an address, like 10.0.0.0/8, [::1]:443 or :443; ${found(word)}.`;
  return new FilterSyntaxError(text, column, problem + hintAbout(word));
}

/** What is most likely wrong with a word that is no address. */
function hintAbout(word: string): string {
  if (/^[\d.]+(?:\/\d*)?(?::\d*)?$/.test(word))
    return " An IPv4 address is four numbers from 0 to 255 with dots between them, without leading zeros.";
  return /^[a-z][a-z0-9.-]*(?::\d+)?$/i.test(word) ? " Names of hosts are not looked up." : "";
}
