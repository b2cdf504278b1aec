import { Views } from "../../format/views.js";
import type { Engine } from "./engine.js";

/** An engine's own copy of a table's shared owners: pairs (row, PID), ascending by both. It makes no garbage. */
export class SharedOwners {
  #numbers = new Uint32Array(0);
  readonly #views = new Views((length) => this.#numbers.subarray(0, length));
  #length = 0;

  get pairs(): Uint32Array {
    return this.#views.of(this.#length);
  }

  /** @param pairs checked by `mustBeSharedOwners`; none unless given */
  replace(pairs?: Uint32Array): void {
    this.#length = pairs?.length ?? 0;
    if (!pairs || this.#length === 0) return;
    if (this.#length > this.#numbers.length) {
      this.#numbers = new Uint32Array(this.#length * 2);
      this.#views.clear();
    }
    this.#numbers.set(pairs);
  }
}

/** All processes that hold a row's socket, the row's own first; none where nobody does, or it can't be told. */
export function ownersOf(engine: Engine, index: number): number[] {
  const own = engine.column("owningPid")?.[index] ?? 0;
  const owners = own === 0 ? [] : [own];
  const pairs = engine.sharedOwners;
  for (let at = firstPairOf(pairs, index); pairs[at] === index; at += 2) {
    const pid = pairs[at + 1] as number;
    if (pid !== own && pid !== 0) owners.push(pid);
  }
  return owners;
}

/** Where a row's pairs begin, or would. */
function firstPairOf(pairs: Uint32Array, row: number): number {
  let low = 0;
  let high = pairs.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pairs[middle * 2] as number) < row) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}
