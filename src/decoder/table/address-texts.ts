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
  readonly #format: (a: number, b: number, c: number, d: number) => string;

  /** @param format `formatIPv4` or `formatIPv6` */
  constructor(format: (a: number, b: number, c: number, d: number) => string) {
    this.#format = format;
  }

  /** Of an IPv6 address four u32 in host order, the highest first; of an IPv4 address the one that it has. */
  textOf(a: number, b = 0, c = 0, d = 0): string {
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
    const text = this.#format(a, b, c, d);
    this.#texts[slot] = text;
    return text;
  }
}
