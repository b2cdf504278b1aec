import { closeSync, openSync, readSync } from "node:fs";
import type { ColumnName } from "../../format/columns.js";
import { columnsAsked, missingColumns } from "../columns.js";
import type { Collection, Collector, RawBuffer } from "../contract.js";
import { CollectError, type SystemCode } from "../errors.js";
import { createStopwatch } from "../stopwatch.js";
import { ERRNO, nodeErrorCode } from "./libc.js";
import { SocketOwners } from "./owners.js";
import { asksForOwners, linuxLayout, type TableOptions, TableWriter } from "./table-writer.js";

/** By family. */
const PROC_NET = { 4: "/proc/net/tcp", 6: "/proc/net/tcp6" } as const;

/** Bytes that are asked for at a time. The kernel gives about 4 KiB a read, whatever the buffer's size is. */
const READ_BYTES = 65536;

/** `  sl  `, which the first line begins with. */
const HEADER = [0x20, 0x20, 0x73, 0x6c, 0x20, 0x20] as const;
const NEWLINE = 0x0a;
const COLON = 0x3a;
const BLANK = 0x20;

/**
 * Opens the table of one family's TCP sockets by /proc/net/tcp or tcp6: the way that is left where netlink is refused.
 * It takes two to three times as long, and the kernel gives it in pieces: a socket that comes or goes meanwhile may be
 * missed, or be there twice. The files do not tell the scope of a link-local address: it is 0.
 *
 * @param reason why the better way is not taken, for people; it becomes a part of `source`
 * @param path the family's own file, unless said otherwise
 * @throws {CollectError} the file can't be read
 */
export function openProcNet(
  reason: string,
  path: string | undefined = undefined,
  options: TableOptions = {},
): Collector {
  return new ProcNetCollector(path ?? PROC_NET[options.family ?? 4], reason, options);
}

class ProcNetCollector implements Collector {
  readonly source: string;
  readonly missingColumns: readonly ColumnName[];
  readonly asked = "every row";
  readonly #path: string;
  readonly #reason: string;
  readonly #bytes = new Uint8Array(READ_BYTES);
  readonly #table: TableWriter;
  readonly #owners: SocketOwners | undefined;
  readonly #stopwatch = createStopwatch();
  readonly #collection: { -readonly [Key in keyof Collection]: Collection[Key] };
  #closed = false;

  constructor(path: string, reason: string, options: TableOptions) {
    const layout = linuxLayout(options);
    this.missingColumns = missingColumns(layout, columnsAsked(options));
    this.source = `${path} (${reason})`;
    this.#path = path;
    this.#reason = reason;
    this.#table = new TableWriter(layout);
    this.#owners = asksForOwners(options) ? (options.socketOwners ?? new SocketOwners()) : undefined;
    this.#collection = { layout, bytes: new Uint8Array(0), attempts: 1, nanoseconds: 0 };
    // To open is to have seen that it works.
    this.#read({ reserve: (byteLength) => new Uint8Array(byteLength) });
  }

  collect(into: RawBuffer): Collection {
    if (this.#closed) throw new Error("This collector is closed. Open another one.");
    this.#stopwatch.start();
    this.#read(into);
    if (this.#owners) this.#collection.hiddenOwners = this.#table.resolveOwners(this.#owners);
    else this.#table.clearOwners();
    this.#collection.bytes = this.#table.finish();
    this.#collection.nanoseconds = this.#stopwatch.stop();
    return this.#collection;
  }

  close(): void {
    this.#closed = true;
  }

  #read(into: RawBuffer): void {
    this.#table.begin(into);
    const file = this.#ask(() => openSync(this.#path, "r"));
    try {
      this.#readLines(file);
    } finally {
      closeSync(file);
    }
  }

  /** Reads the file in pieces. A line that a piece cuts is kept until its rest has come. */
  #readLines(file: number): void {
    const bytes = this.#bytes;
    let lines = 0;
    let kept = 0;
    for (;;) {
      const read = this.#ask(() => readSync(file, bytes, kept, bytes.length - kept, null));
      const end = kept + read;
      let start = 0;
      while (start < end) {
        const newline = bytes.indexOf(NEWLINE, start);
        if (newline < 0 || newline >= end) break;
        lines++;
        const understood = lines === 1 ? isHeader(bytes, start) : writeRow(bytes, start, newline, this.#table);
        if (!understood) throw this.#malformed(`line ${lines} is not in this file's format`);
        start = newline + 1;
      }
      bytes.copyWithin(0, start, end);
      kept = end - start;
      if (read === 0) break;
    }
    if (kept > 0) throw this.#malformed(`line ${lines + 1} has no end`);
    if (lines === 0) throw this.#malformed("it is empty");
  }

  #ask(call: () => number): number {
    try {
      return call();
    } catch (error) {
      throw this.#failure(nodeErrorCode(error));
    }
  }

  #malformed(text: string): CollectError {
    return this.#failure({ number: ERRNO.EBADMSG, name: "EBADMSG", text });
  }

  #failure(code: SystemCode): CollectError {
    const advice = `There is no other way to the table: ${this.#reason}.`;
    return new CollectError(this.#path, code, [code.number], advice);
  }
}

/** Whether a line is the one with the columns' names: `  sl  local_address …`. */
function isHeader(bytes: Uint8Array, start: number): boolean {
  return HEADER.every((byte, index) => bytes[start + index] === byte);
}

/**
 * Writes the row of one line, `  12: 0100007F:0016 0200007F:C350 01 …`: an address is printed as the words that the
 * kernel holds, in network order read as the host's; a port is printed as a number.
 *
 * @returns false where the line is none of that
 */
function writeRow(bytes: Uint8Array, start: number, end: number, table: TableWriter): boolean {
  const addressWords = table.family === 4 ? 1 : 4;
  const digits = addressWords * 8;
  const local = bytes.indexOf(COLON, start) + 2;
  const remote = local + digits + 6;
  const localPort = hexadecimal(bytes, local + digits + 1, local + digits + 5);
  const remotePort = hexadecimal(bytes, remote + digits + 1, remote + digits + 5);
  const stateAt = remote + digits + 6;
  const state = hexadecimal(bytes, stateAt, stateAt + 2);
  const inode = table.owningPid < 0 ? 0 : inodeOf(bytes, stateAt + 2, end);
  if (
    local < start + 2 ||
    stateAt + 2 > end ||
    bytes[local + digits] !== COLON ||
    bytes[remote - 1] !== BLANK ||
    bytes[remote + digits] !== COLON ||
    bytes[stateAt - 1] !== BLANK ||
    Number.isNaN(hexadecimal(bytes, local, local + digits) + hexadecimal(bytes, remote, remote + digits)) ||
    Number.isNaN(localPort + remotePort + state + inode)
  ) {
    return false;
  }
  table.makeRoom(1);
  const { words } = table;
  const row = table.firstRow + table.rows * table.rowWords;
  words[row + table.state] = table.mibStates[state] ?? 0;
  words[row + table.localPort] = swapped(localPort);
  words[row + table.remotePort] = swapped(remotePort);
  for (let word = 0; word < addressWords; word++) {
    words[row + table.localAddress + word] = hexadecimal(bytes, local + word * 8, local + word * 8 + 8);
    words[row + table.remoteAddress + word] = hexadecimal(bytes, remote + word * 8, remote + word * 8 + 8);
  }
  if (table.family === 6) {
    words[row + table.localScopeId] = 0;
    words[row + table.remoteScopeId] = 0;
  }
  if (table.owningPid >= 0) words[row + table.owningPid] = inode;
  if (table.inode >= 0) words[row + table.inode] = inode;
  table.rows++;
  return true;
}

/**
 * The inode, behind the state: ` 00000000:00000000 00:00000000 00000000  1000        0 22817 …`. It is the sixth of the
 * words there, decimal; NaN where there is none.
 */
function inodeOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let inode = Number.NaN;
  for (let word = 0; word < 6; word++) {
    while (at < end && bytes[at] === BLANK) at++;
    inode = at < end ? 0 : Number.NaN;
    for (; at < end && bytes[at] !== BLANK; at++) {
      const digit = (bytes[at] ?? 0) - 0x30;
      inode = digit >= 0 && digit <= 9 ? inode * 10 + digit : Number.NaN;
    }
  }
  return inode;
}

/** The number that hexadecimal digits stand for; NaN where one of them is none. */
function hexadecimal(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const letter = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) value = value * 16 + letter - 0x61 + 10;
    else return Number.NaN;
  }
  return value;
}

/** The two bytes of a port in the other order. */
function swapped(port: number): number {
  return ((port & 0xff) << 8) | (port >>> 8);
}
