import type { Kind } from "../data/tables.js";
import type { Effort } from "../measure.js";
import type { Compilers } from "../native.js";

/** What a run is about, and what it has at hand. */
export interface Run {
  readonly kinds: readonly Kind[];
  readonly sizes: readonly number[];
  readonly effort: Effort;
  readonly compilers: Compilers;
  /** Where the bundled programs lie. */
  readonly programs: URL;
  /** Where the native sources lie. */
  readonly sources: string;
  /** For tables and native programs; removed at the end. */
  readonly folder: string;
  /** Tells once that something is left out, and why. */
  note(text: string): void;
}
