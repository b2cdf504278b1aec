/** Slots at the beginning; a power of two, as all that follow. */
const SLOTS = 4096;

/**
 * Times by socket cookies, for tables of which every row is looked up each second: a Map of bigints takes ten times as long, and
 * makes garbage. Cookies come as the two halves of their columns, low one first. It can only be emptied as a whole.
 */
export class CookieTimes {
  /** Open addressing: pairs of halves; cookie 0 is none, and marks what is free. */
  #cookies = new Uint32Array(SLOTS * 2);
  #times = new Float64Array(SLOTS);
  size = 0;

  set(cookie: bigint, time: number): void {
    if (this.size * 2 >= this.#times.length) this.#grow();
    this.#put(Number(cookie & 0xffffffffn), Number(cookie >> 32n), time);
  }

  /** −1 where there is none. */
  get(low: number, high: number): number {
    const slot = this.#slotOf(low, high);
    return this.#isFree(slot) ? -1 : (this.#times[slot] as number);
  }

  clear(): void {
    this.#cookies.fill(0);
    this.size = 0;
  }

  #put(low: number, high: number, time: number): void {
    const slot = this.#slotOf(low, high);
    if (this.#isFree(slot)) this.size++;
    this.#cookies[slot * 2] = low;
    this.#cookies[slot * 2 + 1] = high;
    this.#times[slot] = time;
  }

  /** Where a cookie is, or would be. */
  #slotOf(low: number, high: number): number {
    const mask = this.#times.length - 1;
    let slot = (Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0xcc9e2d51) >>> 12) & mask;
    while (!this.#isFree(slot) && (this.#cookies[slot * 2] !== low || this.#cookies[slot * 2 + 1] !== high))
      slot = (slot + 1) & mask;
    return slot;
  }

  #isFree(slot: number): boolean {
    return this.#cookies[slot * 2] === 0 && this.#cookies[slot * 2 + 1] === 0;
  }

  #grow(): void {
    const [cookies, times] = [this.#cookies, this.#times];
    this.#cookies = new Uint32Array(cookies.length * 2);
    this.#times = new Float64Array(times.length * 2);
    this.size = 0;
    for (let slot = 0; slot < times.length; slot++) {
      const [low, high] = [cookies[slot * 2] as number, cookies[slot * 2 + 1] as number];
      if (low !== 0 || high !== 0) this.#put(low, high, times[slot] as number);
    }
  }
}
