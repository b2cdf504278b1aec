/** Values that are remembered of one sample, at most. */
const LIMIT = 65_536;

/** Values that came up in this sample and in the two before. */
export class RecentSet<Value> {
  #ofThis = new Set<Value>();
  #ofLast = new Set<Value>();
  #ofTheOneBefore = new Set<Value>();

  has(value: Value): boolean {
    return this.#ofThis.has(value) || this.#ofLast.has(value) || this.#ofTheOneBefore.has(value);
  }

  /** Does nothing where there are too many already. */
  add(value: Value): void {
    if (this.#ofThis.size < LIMIT) this.#ofThis.add(value);
  }

  /** Another sample begins. */
  advance(): void {
    const oldest = this.#ofTheOneBefore;
    this.#ofTheOneBefore = this.#ofLast;
    this.#ofLast = this.#ofThis;
    this.#ofThis = oldest;
    if (oldest.size > 0) oldest.clear();
  }

  clear(): void {
    this.#ofThis.clear();
    this.#ofLast.clear();
    this.#ofTheOneBefore.clear();
  }
}
