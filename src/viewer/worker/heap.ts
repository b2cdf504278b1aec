/**
 * The part of heap-js that @mcap/core asks for, instead of all of it: a tenth of the page otherwise. What it holds are chunks that
 * overlap in time, a handful, so that a sorted list will do. The build puts it in heap-js's place.
 */
export class Heap<Item> {
  readonly #compare: (one: Item, other: Item) => number;
  readonly #items: Item[] = [];

  constructor(compare: (one: Item, other: Item) => number) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#items.length;
  }

  size(): number {
    return this.#items.length;
  }

  push(...items: Item[]): boolean {
    for (const item of items) {
      const place = this.#items.findIndex((other) => this.#compare(item, other) < 0);
      this.#items.splice(place < 0 ? this.#items.length : place, 0, item);
    }
    return true;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  pop(): Item | undefined {
    return this.#items.shift();
  }

  /** Takes the first one out and puts another one in: perhaps the same, which has changed. */
  replace(item: Item): Item | undefined {
    const first = this.#items.shift();
    this.push(item);
    return first;
  }
}
