import type { LayoutName } from "../format/layouts.js";
import type { EngineName } from "./table/engine.js";
import type { TcpTable } from "./table/table.js";

/** Turns the bytes of a MIB_* table into columns, and answers queries over them. */
export interface Decoder {
  readonly engine: EngineName;

  /**
   * Memory for the next table's bytes: at least `byteLength` of them. With the wasm engine they lie in the kernel's linear
   * memory, so that `decode` of a view on them copies nothing. The same view comes back as long as it is large enough.
   * Every table and view given out before is stale afterwards.
   *
   * @throws {TableTooLargeError} where that much memory is not to be had
   */
  reserve(byteLength: number): Uint8Array;

  /**
   * Decodes a table. Bytes after its last row are ignored. The table and its views are valid until the next `decode` or
   * `reserve`; `table.copy()` keeps one.
   *
   * @param bytes the table from `dwNumEntries` on; a view from `reserve` is decoded where it lies, other bytes are copied in once
   * @param layout what the bytes are; MIB_TCPTABLE unless said otherwise
   * @param reuse a table of this decoder to refresh in place and return, for loops that must make no garbage
   * @throws {TruncatedTableError} the bytes end before the rows that `dwNumEntries` announces
   * @throws {UnknownLayoutError} the layout is none that the decoders know
   * @throws {TableTooLargeError} where that much memory is not to be had
   */
  decode(bytes: Uint8Array, layout?: LayoutName, reuse?: TcpTable, sharedOwners?: Uint32Array): TcpTable;
}
