import type { ColumnName, Columns } from "../../format/columns.js";
import type { LayoutName } from "../../format/layouts.js";
import type { Query } from "../query.js";

/** `wasm` is the kernel; `plain` is TypeScript: the baseline, the oracle and the fallback. They give the same answers. */
export type EngineName = "wasm" | "plain";

/** All of them. */
export const ENGINE_NAMES: readonly EngineName[] = ["wasm", "plain"];

/** What a TcpTable asks of the engine that decoded it. @internal */
export interface Engine {
  readonly engine: EngineName;
  /** Goes up at each decode and reserve: what was given out under another number is stale. */
  readonly generation: number;
  readonly layout: LayoutName;
  readonly length: number;
  /** The bytes that were decoded. */
  readonly raw: Uint8Array;
  /** The processes of sockets that several hold: pairs (row, PID), ascending by both. Mostly empty. */
  readonly sharedOwners: Uint32Array;
  /** A column of the current table, `undefined` where its layout has none. The same view as long as it fits. */
  column<Name extends ColumnName>(name: Name): Columns[Name];
  /** Rows by state number, 256 counters. The same array at every call, counted anew. */
  countStates(): Uint32Array;
  /**
   * Runs a query, which `checkQuery` gave, and leaves the row numbers in `indices`. Returns how many.
   *
   * @throws {QueryError} the layout can't answer it; what the last `select` left in `indices` is untouched
   */
  select(query: Query): number;
  /** The first `length` row numbers that the last `select` left: a view that the next one overwrites. */
  indices(length: number): Uint32Array;
  /** An engine of its own, which holds a copy of the table. */
  clone(): Engine;
}
