import { RecentSet } from "./recent-set.js";

/** Of which connections the end has been told: rule 8 of telling.ts. */
export class ToldEnds {
  readonly #ofRows = new Set<bigint>();
  readonly #recent = new RecentSet<bigint>();
  readonly #unsampled = new RecentSet<string>();

  /** Whether the end of a cookie is no news. */
  has(cookie: bigint): boolean {
    return this.#ofRows.has(cookie) || this.#recent.has(cookie);
  }

  /** Whether it is that of a row in the table, as far as the row has been looked at. */
  hasRow(cookie: bigint): boolean {
    return this.#ofRows.has(cookie);
  }

  /** Whether it was told, or its row was there, in the last two samples or in this one. */
  isRecent(cookie: bigint): boolean {
    return this.#recent.has(cookie);
  }

  /** Whether a connection that no table had ended so recently between these addresses and ports, see `endpointsOf`. */
  isUnsampled(endpoints: string): boolean {
    return this.#unsampled.has(endpoints);
  }

  /** The table has a row of it. */
  addRow(cookie: bigint): void {
    this.#ofRows.add(cookie);
  }

  addRecent(cookie: bigint): void {
    this.#recent.add(cookie);
  }

  addUnsampled(endpoints: string): void {
    this.#unsampled.add(endpoints);
  }

  /** The table no longer has the row. False where its end had not been told. */
  removeRow(cookie: bigint): boolean {
    if (!this.#ofRows.delete(cookie)) return false;
    this.#recent.add(cookie);
    return true;
  }

  /** Another sample begins. */
  advance(): void {
    this.#recent.advance();
    this.#unsampled.advance();
  }

  clear(): void {
    this.#ofRows.clear();
    this.#recent.clear();
    this.#unsampled.clear();
  }
}
