import { type IPv6, parseIPv4, parseIPv6 } from "../format/address.js";
import { FilterSyntaxError } from "./errors.js";
import type { AddressColumn, Expression, RangeColumn } from "./expression.js";
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
  /** Whose names are not looked up: "services". */
  readonly named: string;
}

export const PORT: NumberKind = { what: "a port", example: ":443", highest: 65535, named: "services" };
export const PROCESS_ID: NumberKind = {
  what: "a process id",
  example: "4242",
  highest: 0xffffffff,
  named: "processes",
};
export const USER_ID: NumberKind = { what: "a user id", example: "1000", highest: 0xffffffff, named: "users" };

/**
 * `443`, `:443`, `8000-8100`, or `*` for all.
 *
 * @throws {FilterSyntaxError} none of these, or a number that is too large
 */
export function parseRange(text: string, { text: word, column }: Token, kind: NumberKind): Range {
  if (word === "*" || word === ":*") return { from: 0, to: kind.highest };
  const match = /^(:?)(\d+)(?:(-:?)(\d+))?$/.exec(word);
  if (!match) {
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
 * `10.0.0.7`, `10.0.0.0/8`, `10.0.0.7:443`, `::1`, `[::1]:443`, `*`, `*:443`, `:443`.
 *
 * @throws {FilterSyntaxError} none of these, or a number in it that is too large
 */
export function parseHost(
  text: string,
  token: Token,
  columns: { readonly address: AddressColumn; readonly port: RangeColumn },
): Expression {
  const { text: word, column } = token;
  const bracketed = /^\[([^\]]+)\](?:\/([^:]*))?(?::(.*))?$/.exec(word);
  const bare = /:.*:/.test(word) ? /^([^/]*)(?:\/(.*))?$/ : /^([^/:]*)(?:\/([^:]*))?(?::(.*))?$/;
  const match = bracketed ?? bare.exec(word);
  const [, host = "", prefix, port] = match ?? [];
  if (!match || (host === "" && port === undefined)) throw notAnAddress(text, token);
  const conditions: Expression[] = [];
  if (host !== "" && host !== "*") {
    conditions.push(parseAddress(text, token, columns.address, host, prefix));
  } else if (prefix !== undefined) {
    throw new FilterSyntaxError(text, column, `A prefix follows an address, not "${host || ":"}".`);
  }
  if (port !== undefined && port !== "*") {
    const at = column + word.length - port.length;
    const { from, to } = parseRange(text, { kind: "word", text: port, column: at }, PORT);
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
): Expression {
  const [, inside = host, insidePrefix] = /^([^/]*)\/(.*)$/.exec(host) ?? [];
  const ipv4 = parseIPv4(inside);
  const ipv6 = ipv4 === undefined ? parseIPv6(inside) : undefined;
  if (ipv4 === undefined && !ipv6) throw notAnAddress(text, token);
  const length = prefixLength(text, token, prefix ?? insidePrefix, ipv6 ? 128 : 32);
  if (!ipv6) {
    const mask = maskOf(length);
    return { kind: "ipv4", column, address: ((ipv4 as number) & mask) >>> 0, mask };
  }
  const mask: IPv6 = [maskOf(length), maskOf(length - 32), maskOf(length - 64), maskOf(length - 96)];
  const word = (at: 0 | 1 | 2 | 3) => (ipv6[at] & mask[at]) >>> 0;
  return { kind: "ipv6", column, address: [word(0), word(1), word(2), word(3)], mask };
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
  if (word.includes("%")) return " A filter has no use for scopes: leave out what % begins.";
  return /^[a-z][a-z0-9.-]*(?::\d+)?$/i.test(word) ? " Names of hosts are not looked up." : "";
}
