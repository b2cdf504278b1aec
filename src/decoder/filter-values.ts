import { type IPv6, parseIPv4, parseIPv6 } from "./address.js";
import { FilterSyntaxError } from "./errors.js";
import type { AddressColumn, Expression, RangeColumn } from "./filter.js";
import type { Token } from "./filter-tokens.js";

/** Numbers from…to, both included. */
export interface Range {
  from: number;
  to: number;
}

/**
 * `443`, `:443`, `8000-8100`, or `*` for all.
 *
 * @throws {FilterSyntaxError} no number, or one above `highest`
 */
export function parseRange(text: string, { text: word, column }: Token, highest: number): Range {
  const written = word.startsWith(":") ? word.slice(1) : word;
  if (written === "*") return { from: 0, to: highest };
  const match = /^(\d+)(?:-:?(\d+))?$/.exec(written);
  if (!match) {
    const hint = /^[a-z]/i.test(written) ? " Names of services are not looked up." : "";
    throw new FilterSyntaxError(
      text,
      column,
      `Expected a number, like ${highest === 65535 ? ":443" : "4242"}; found "${word}".${hint}`,
    );
  }
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  for (const number of [from, to]) {
    if (number > highest)
      throw new FilterSyntaxError(text, column, `${number} is too large: the highest is ${highest}.`);
  }
  if (from > to) throw new FilterSyntaxError(text, column, `The range goes down: ${from} is larger than ${to}.`);
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
  const bracketed = /^\[([^\]]*)\](?:\/([^:]*))?(?::(.*))?$/.exec(word);
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
    const { from, to } = parseRange(text, { kind: "word", text: port, column: at }, 65535);
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
  const length = prefixLength(text, token, prefix ?? insidePrefix, ipv4 === undefined ? 128 : 32);
  if (ipv4 !== undefined) {
    const mask = maskOf(length);
    return { kind: "ipv4", column, address: (ipv4 & mask) >>> 0, mask };
  }
  if (!ipv6) throw notAnAddress(text, token);
  const mask: IPv6 = [maskOf(length), maskOf(length - 32), maskOf(length - 64), maskOf(length - 96)];
  const word = (at: 0 | 1 | 2 | 3) => (ipv6[at] & mask[at]) >>> 0;
  return { kind: "ipv6", column, address: [word(0), word(1), word(2), word(3)], mask };
}

function prefixLength(text: string, { text: word, column }: Token, prefix: string | undefined, most: number): number {
  if (prefix === undefined) return most;
  if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= most) return Number(prefix);
  const at = column + word.indexOf("/") + 1;
  throw new FilterSyntaxError(text, at, `A prefix length is a number from 0 to ${most}, not "${prefix}".`);
}

/** The u32 whose highest `bits` bits are set. */
function maskOf(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? 0xffffffff : (-1 << (32 - bits)) >>> 0;
}

function notAnAddress(text: string, { text: word, column }: Token): FilterSyntaxError {
  const hint = /^[a-z][a-z0-9.-]*$/i.test(word) ? " Names of hosts are not looked up." : "";
  return new FilterSyntaxError(
    text,
    column,
    `Expected an address, like 10.0.0.0/8, [::1]:443 or :443; found "${word}".${hint}`,
  );
}
