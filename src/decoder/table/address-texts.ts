import { formatIPv4, formatIPv6 } from "../../format/address.js";

/** A power of two. A server has few addresses of its own, and the same clients come again and again. */
const SLOTS = 256;
const WORDS = 4;
/** 2^32 divided by the golden ratio: the product's upper bits are well mixed. */
const GOLDEN = 0x9e3779b1;

/**
 * Texts of addresses of one family. Those that came lately are remembered: to make the text of an IPv6 address takes longer than
 * all else of its row. Each address has one slot, by its hash; who comes later gets it.
 */
export class AddressTexts {
  /** By slot: four u32. */
  readonly #words = new Uint32Array(SLOTS * WORDS);
  /** By slot; `undefined` where no address came so far. */
  readonly #texts: (string | undefined)[] = new Array(SLOTS);

  ipv4(address: number): string {
    const slot = Math.imul(address, GOLDEN) >>> 24;
    const known = this.#texts[slot];
    if (known !== undefined && this.#words[slot * WORDS] === address) return known;
    this.#words[slot * WORDS] = address;
    const text = formatIPv4(address);
    this.#texts[slot] = text;
    return text;
  }

  /** Four u32 in host order, the highest first. */
  ipv6(a: number, b: number, c: number, d: number): string {
    const slot = Math.imul(a ^ Math.imul(b ^ Math.imul(c ^ Math.imul(d, GOLDEN), GOLDEN), GOLDEN), GOLDEN) >>> 24;
    const words = this.#words;
    const at = slot * WORDS;
    const known = this.#texts[slot];
    if (known !== undefined && words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d)
      return known;
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = d;
    const text = formatIPv6(a, b, c, d);
    this.#texts[slot] = text;
    return text;
  }
}
