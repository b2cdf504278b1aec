import type { ColumnName } from "../../format/columns.js";
import { type Family, fieldOf, LAYOUTS, type LayoutName } from "../../format/layouts.js";
import type { CollectorOptions, RawBuffer } from "../contract.js";
import { UsedBytes } from "../used-bytes.js";
import type { SocketOwners } from "./owners.js";

/** Linux's TCP states (`net/tcp_states.h`) as MIB_TCP_STATE numbers. */
const MIB_STATE_BY_LINUX_STATE = [undefined, 5, 3, 4, 6, 7, 11, 1, 8, 10, 2, 9, 4];

/** What a Linux collector is asked for. */
export interface TableOptions extends Pick<CollectorOptions, "family" | "owner" | "columns" | "where"> {
  /** Shared by the collectors of several families. @internal */
  readonly socketOwners?: SocketOwners | undefined;
}

/** The layout of a table on Linux, which knows of owners no more than their PIDs. */
export function linuxLayout({ family = 4, owner }: TableOptions): LayoutName {
  if (family === 4) return owner ? "MIB_TCPTABLE_OWNER_PID" : "MIB_TCPTABLE";
  return owner ? "MIB_TCP6TABLE_OWNER_PID" : "MIB_TCP6TABLE";
}

/**
 * A table that is being written into a RawBuffer, for systems whose own tables look different. The rows are
 * written as words, little-endian like the processors that Node's Linux builds with koffi run on.
 *
 * The number of rows is not known before the last one has come: room is made for somewhat more than last time, and
 * where that is too little the rows are carried over to a larger reservation. A second reading would cost a thousand
 * times more.
 */
export class TableWriter {
  /** The table, from `dwNumEntries` on. Fetch it again after `makeRoom`. */
  words: Int32Array = new Int32Array(0);
  /** Rows that have been written. */
  rows = 0;

  readonly layout: LayoutName;
  readonly family: Family;
  /** Where things lie, in words; −1 where the layout has no such thing. */
  readonly firstRow: number;
  readonly rowWords: number;
  readonly state: number;
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  readonly localScopeId: number;
  readonly remoteScopeId: number;
  readonly owningPid: number;
  /** MIB_TCP_STATE by Linux's number, 256 of them. A number n that the MIB has no state for is told as 256 + n. */
  readonly mibStates: Int32Array;

  readonly #usedBytes = new UsedBytes();
  #into: RawBuffer | undefined;
  #view: Uint8Array | undefined;
  #aligned = true;

  constructor(layout: LayoutName) {
    const { family, firstRow, rowSize } = LAYOUTS[layout];
    const wordOf = (column: ColumnName): number => (fieldOf(layout, column)?.offset ?? -4) / 4;
    this.layout = layout;
    this.family = family;
    this.firstRow = firstRow >>> 2;
    this.rowWords = rowSize >>> 2;
    this.state = wordOf("state");
    this.localAddress = wordOf("localAddress");
    this.localPort = wordOf("localPort");
    this.remoteAddress = wordOf("remoteAddress");
    this.remotePort = wordOf("remotePort");
    this.localScopeId = wordOf("localScopeId");
    this.remoteScopeId = wordOf("remoteScopeId");
    this.owningPid = wordOf("owningPid");
    this.mibStates = Int32Array.from({ length: 256 }, (_, state) => MIB_STATE_BY_LINUX_STATE[state] ?? 256 + state);
  }

  /** Starts a table, with room for a quarter more than the last one had. */
  begin(into: RawBuffer): void {
    const expected = this.rows + (this.rows >>> 2) + 64;
    this.rows = 0;
    this.#into = into;
    this.#reserve(expected);
  }

  /** Makes room for `more` rows after those that have been written. @throws what the RawBuffer's `reserve` throws */
  makeRoom(more: number): void {
    const used = this.firstRow + this.rows * this.rowWords;
    if (used + more * this.rowWords <= this.words.length) return;
    // reserve() may give other memory, and promises nothing about what the old one held.
    const written = this.words.slice(0, used);
    this.#reserve((this.rows + more) * 2);
    this.words.set(written);
  }

  /** Puts PIDs where the rows hold the inodes of their sockets. Returns how many rows' owners can't be seen. */
  resolveOwners(owners: SocketOwners): number {
    const at = this.firstRow + this.owningPid;
    owners.resolve(this, this.words, at, at, this.rowWords, this.rows);
    return owners.hidden;
  }

  /** Ends the table. Returns its bytes, a view into the RawBuffer. */
  finish(): Uint8Array {
    this.words[0] = this.rows;
    const view = this.#view as Uint8Array;
    const bytes = this.#usedBytes.of(view, (this.firstRow + this.rows * this.rowWords) * 4);
    if (!this.#aligned) bytes.set(new Uint8Array(this.words.buffer, 0, bytes.byteLength));
    return bytes;
  }

  #reserve(rows: number): void {
    const wordCount = this.firstRow + rows * this.rowWords;
    const view = (this.#into as RawBuffer).reserve(wordCount * 4);
    if (view !== this.#view) {
      this.#view = view;
      // Words can't lie at odd addresses: then the table is written beside, and copied at the end.
      this.#aligned = view.byteOffset % 4 === 0;
      this.words = this.#aligned
        ? new Int32Array(view.buffer, view.byteOffset, view.byteLength >>> 2)
        : new Int32Array(view.byteLength >>> 2);
    }
    if (this.words.length < wordCount) {
      throw new RangeError(
        `RawBuffer.reserve(${wordCount * 4}) gave ${this.words.byteLength} bytes, which are too few.`,
      );
    }
  }
}
