import type { ColumnName } from "../format/columns.js";
import type { LayoutName } from "../format/layouts.js";
import type { Collection, OpenedCollector, RawBuffer } from "./contract.js";
import { createStopwatch } from "./stopwatch.js";

/** The one collection of a collector, as the collector itself sees it: refreshed in place at each sample. */
export type RefreshedCollection = { -readonly [Key in keyof Collection]: Collection[Key] };

/** What the collectors of all systems share: the collection that each sample refreshes, its time, and what closing means. */
export abstract class CollectorBase implements OpenedCollector {
  abstract readonly source: string;
  abstract readonly missingColumns: readonly ColumnName[];
  abstract readonly asked: string;
  readonly #collection: RefreshedCollection;
  readonly #stopwatch = createStopwatch();
  #closed = false;

  /** @param layout of every table that the collector gives */
  constructor(layout: LayoutName) {
    this.#collection = { layout, bytes: new Uint8Array(0), attempts: 1, nanoseconds: 0 };
  }

  collect(into: RawBuffer): Collection {
    if (this.#closed) throw new Error("This collector is closed. Open another one.");
    this.#stopwatch.start();
    this.readTable(into, this.#collection);
    this.#collection.nanoseconds = this.#stopwatch.stop();
    return this.#collection;
  }

  close(): void {
    this.#closed = true;
    this.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads the table once, and tells the collection all but its time. @throws {CollectError} as `collect` */
  protected abstract readTable(into: RawBuffer, collection: RefreshedCollection): void;

  /** Gives back what the operating system lent; may be called more than once. */
  protected release(): void {}
}
