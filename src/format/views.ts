/** A table's size wanders from sample to sample; this many of its sizes are remembered for each view. */
const LENGTHS_KEPT = 1024;

/**
 * Views on memory that stays where it is while the number of values changes. Making a view is garbage, so each length's view
 * is made once and kept: after a while a sampling loop makes no more of them.
 */
export class Views<View extends { readonly length: number }> {
  readonly #create: (length: number) => View;
  #views = new Map<number, View>();
  #last: View | undefined;

  /** @param create makes a new view of so many values, on the memory as it lies now */
  constructor(create: (length: number) => View) {
    this.#create = create;
  }

  /** A view of so many values. */
  of(length: number): View {
    if (this.#last?.length === length) return this.#last;
    let view = this.#views.get(length);
    if (!view) {
      if (this.#views.size >= LENGTHS_KEPT) this.#views.clear();
      view = this.#create(length);
      this.#views.set(length, view);
    }
    this.#last = view;
    return view;
  }

  /** Forgets all views: the memory lies elsewhere now. */
  clear(): void {
    this.#views.clear();
    this.#last = undefined;
  }
}
