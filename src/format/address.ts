/** Addresses as text, both ways. Numbers are u32 in host order: 10.0.0.1 is 0x0a000001; an IPv6 address is four of them. */

/** Four u32 in host order, the highest first. */
export type IPv6 = readonly [number, number, number, number];

/** Dotted decimal of an IPv4 address. */
export function formatIPv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/**
 * The u32 of four decimal octets with dots between them; `undefined` for anything else. Octets with leading zeros are refused:
 * some programs read them as octal.
 */
export function parseIPv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  let address = 0;
  for (const octet of match.slice(1)) {
    if (Number(octet) > 255 || (octet.length > 1 && octet.startsWith("0"))) return undefined;
    address = address * 256 + Number(octet);
  }
  return address;
}

/** An IPv6 address as RFC 5952 has it: lower case, the longest run of two or more zero groups as `::`, IPv4-mapped ones dotted. */
export function formatIPv6(a: number, b: number, c: number, d: number): string {
  if (a === 0 && b === 0 && c === 0xffff) return `::ffff:${formatIPv4(d)}`;
  const groups = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff];
  let start = 0;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (groups[to] === 0) to++;
    if (to - from > length) {
      start = from;
      length = to - from;
    }
  }
  const text = (some: number[]) => some.map((group) => group.toString(16)).join(":");
  return length === 1 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** The four u32 of an IPv6 address in any of RFC 4291's forms, without a scope; `undefined` for anything else. */
export function parseIPv6(text: string): IPv6 | undefined {
  let hexadecimal = text;
  const dotted = /^(.*:)([^:]*\..*)$/.exec(text);
  if (dotted) {
    const last = parseIPv4(dotted[2] as string);
    if (last === undefined) return undefined;
    hexadecimal = `${dotted[1]}${(last >>> 16).toString(16)}:${(last & 0xffff).toString(16)}`;
  }
  const halves = hexadecimal.split("::");
  if (halves.length > 2) return undefined;
  const [before = [], after = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - before.length - after.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => "0"), ...after];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const word = (at: number) => parseInt(groups[at] as string, 16) * 65536 + parseInt(groups[at + 1] as string, 16);
  return [word(0), word(2), word(4), word(6)];
}
