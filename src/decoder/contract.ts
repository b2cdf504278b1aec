import type { Bytes } from "../format/header.js";
import type { LayoutName } from "../format/layouts.js";
import type { EngineName } from "./table/engine.js";
import type { TcpTable } from "./table/table.js";

/** Turns the bytes of a raw table into columns, and answers queries over them. */
export interface Decoder {
  /** What decodes. */
  readonly engine: EngineName;

  /**
   * Memory for the next table's bytes: at least `byteLength` of them. With the wasm engine they lie in the kernel's linear
   * memory, so that `decode` of a view on them copies nothing. The same view comes back as long as it is large enough.
   * Every table and view given out before is stale afterwards. This view is valid until the next `reserve`, or until a `decode`
   * of bytes from elsewhere: to decode a table that lies in it, and to query that, does not move it.
   *
   * @throws {RangeError} `byteLength` is no whole number from 0 up
   * @throws {TableTooLargeError} where that much memory is not to be had
   */
  reserve(byteLength: number): Uint8Array;

  /**
   * Decodes a table. Bytes after its last row are ignored. The table and its views are valid until the next `decode` or
   * `reserve`; `table.copy()` keeps one. A `decode` that throws for what it was given leaves the table before as it was.
   *
   * @param bytes the table from `dwNumEntries` on; a view from `reserve` is decoded where it lies, other bytes are copied in once
   * @param layout what the bytes are; MIB_TCPTABLE unless said otherwise
   * @param reuse a table of this decoder to refresh in place and return, for loops that must make no garbage
   * @param sharedOwners the processes of sockets that several hold: pairs of a row number and a PID, ascending by both.
   *   They are copied. Filters by `owningPid` then find such a row by any of them
   * @throws {TypeError} `bytes` are none
   * @throws {TruncatedTableError} the bytes end before the rows that `dwNumEntries` announces
   * @throws {WrongLayoutError} length and states say that the table is of another layout
   * @throws {UnknownLayoutError} the layout is none that the decoders know
   * @throws {SharedOwnersError} the pairs are none, are not ascending, or name a row that is not there
   * @throws {QueryError} `reuse` is another decoder's
   * @throws {TableTooLargeError} where that much memory is not to be had; the table before is stale then
   */
  decode(bytes: Bytes, layout?: LayoutName, reuse?: TcpTable, sharedOwners?: Uint32Array): TcpTable;
}
