import type { ColumnName } from "../../format/columns.js";
import { type Family, fieldOf, LAYOUTS, type LayoutName } from "../../format/layouts.js";
import type { RefreshedCollection } from "../collector-base.js";
import { columnsAsked, smallestLayout } from "../columns.js";
import type { CollectorOptions, RawBuffer } from "../contract.js";
import { UsedBytes } from "../used-bytes.js";
import { SocketOwners } from "./owners.js";
import { mibStateOf } from "./states.js";

/** What a Linux collector is asked for. */
export interface TableOptions extends Pick<CollectorOptions, "family" | "owner" | "columns" | "where" | "ownerBudget"> {
  /** Shared by the collectors of several families. @internal */
  readonly socketOwners?: SocketOwners | undefined;
}

/** The layouts that Linux's tables are written in, by family. */
const LINUX_LAYOUTS: Readonly<Record<Family, readonly LayoutName[]>> = {
  4: ["MIB_TCPTABLE", "MIB_TCPTABLE_OWNER_PID", "LINUX_TCPTABLE", "LINUX_TCPTABLE_EXTENDED"],
  6: ["MIB_TCP6TABLE", "MIB_TCP6TABLE_OWNER_PID", "LINUX_TCP6TABLE", "LINUX_TCP6TABLE_EXTENDED"],
};

/** The layout of a Linux collector's tables: the smallest that has the columns that are asked for. */
export function linuxLayout(options: TableOptions): LayoutName {
  return smallestLayout(LINUX_LAYOUTS[options.family ?? 4], columnsAsked(options));
}

/** What finds the owners of a table's sockets; `undefined` where they are not asked for. */
export function openSocketOwners(options: TableOptions): SocketOwners | undefined {
  if (!columnsAsked(options).includes("owningPid")) return undefined;
  return options.socketOwners ?? new SocketOwners({ budget: options.ownerBudget });
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
  /** Where the sockets' inodes go: a column of their own, or where the PIDs are to be. */
  readonly inode: number;
  readonly user: number;
  /** The lower half; the upper one follows. */
  readonly socketCookie: number;
  readonly receiveQueue: number;
  readonly sendQueue: number;
  /** MIB_TCP_STATE by Linux's number, 256 of them. */
  readonly mibStates: Int32Array;

  readonly #usedBytes = new UsedBytes();
  readonly #owners: SocketOwners | undefined;
  #into: RawBuffer | undefined;
  #view: Uint8Array | undefined;
  #aligned = true;

  constructor(options: TableOptions) {
    const layout = linuxLayout(options);
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
    this.inode = fieldOf(layout, "inode") ? wordOf("inode") : this.owningPid;
    this.user = wordOf("user");
    this.socketCookie = wordOf("socketCookie");
    this.receiveQueue = wordOf("receiveQueue");
    this.sendQueue = wordOf("sendQueue");
    this.mibStates = Int32Array.from({ length: 256 }, (_, state) => mibStateOf(state));
    this.#owners = openSocketOwners(options);
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

  /** Ends the table: finds the owners where they are asked for, and tells all that to the collection. */
  finish(collection: RefreshedCollection): void {
    const { words, firstRow, rowWords, rows } = this;
    if (this.#owners) {
      this.#owners.resolve(this, words, firstRow + this.inode, firstRow + this.owningPid, rowWords, rows);
      collection.hiddenOwners = this.#owners.hidden;
      collection.unknownOwners = this.#owners.unknown;
      collection.sharedOwners = this.#owners.shared;
    }
    words.fill(0, 0, firstRow);
    words[0] = rows;
    const bytes = this.#usedBytes.of(this.#view as Uint8Array, (firstRow + rows * rowWords) * 4);
    if (!this.#aligned) bytes.set(new Uint8Array(words.buffer, 0, bytes.byteLength));
    collection.bytes = bytes;
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
