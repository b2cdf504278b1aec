/** Addresses as text, both ways. Numbers are in host order: 10.0.0.1 is 0x0a000001. */

/** Dotted decimal of an IPv4 address, a u32 in host order. */
export function formatIPv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/**
 * The u32 in host order of four decimal octets with dots between them; `undefined` for anything else. Octets with leading
 * zeros are refused: some programs read them as octal.
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
