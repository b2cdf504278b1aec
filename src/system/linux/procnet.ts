import { closeSync, openSync, readSync } from "node:fs";
import type { ColumnName } from "../../format/columns.js";
import { MIB_TCP_STATE } from "../../format/states.js";
import { CollectorBase, type RefreshedCollection } from "../collector-base.js";
import { columnsAsked, missingColumns } from "../columns.js";
import type { OpenedCollector, RawBuffer } from "../contract.js";
import { CollectError, type SystemCode } from "../errors.js";
import { badMessage, nodeErrorCode } from "./libc.js";
import { type TableOptions, TableWriter } from "./table-writer.js";

/** By family. */
const PROC_NET = { 4: "/proc/net/tcp", 6: "/proc/net/tcp6" } as const;

/** What the files do not tell, although the layouts have it. */
const UNTOLD: readonly ColumnName[] = ["socketCookie", "localScopeId", "remoteScopeId"];

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
 * missed, or be there twice. The files tell neither the scope of a link-local address nor a socket's cookie: both are 0.
 * How many connections may wait at a listener they do not tell either: its `sendQueue` is 0. They always have every row:
 * `where` is ignored.
 *
 * @param reason why the better way is not taken, for people; it becomes a part of `source`
 * @param path the family's own file, unless said otherwise
 * @throws {CollectError} the file can't be read
 */
export function openProcNet(
  reason: string,
  path: string | undefined = undefined,
  options: TableOptions = {},
): OpenedCollector {
  return new ProcNetCollector(path ?? PROC_NET[options.family ?? 4], reason, options);
}

class ProcNetCollector extends CollectorBase {
  readonly source: string;
  readonly missingColumns: readonly ColumnName[];
  readonly asked = "every row";
  readonly #path: string;
  readonly #reason: string;
  readonly #bytes = new Uint8Array(READ_BYTES);
  readonly #table: TableWriter;

  constructor(path: string, reason: string, options: TableOptions) {
    const table = new TableWriter(options);
    super(table.layout);
    const asked = columnsAsked(options);
    const missing = missingColumns(table.layout, asked);
    this.missingColumns = asked.filter((column) => missing.includes(column) || UNTOLD.includes(column));
    this.source = `${path} (${reason})`;
    this.#path = path;
    this.#reason = reason;
    this.#table = table;
    // To open is to have seen that it works.
    this.#read({ reserve: (byteLength) => new Uint8Array(byteLength) });
  }

  protected readTable(into: RawBuffer, collection: RefreshedCollection): void {
    this.#read(into);
    this.#table.finish(collection);
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
    return this.#failure(badMessage(text));
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
  if (
    local < start + 2 ||
    stateAt + 2 > end ||
    bytes[local + digits] !== COLON ||
    bytes[remote - 1] !== BLANK ||
    bytes[remote + digits] !== COLON ||
    bytes[stateAt - 1] !== BLANK ||
    Number.isNaN(hexadecimal(bytes, local, local + digits) + hexadecimal(bytes, remote, remote + digits)) ||
    Number.isNaN(localPort + remotePort + state)
  ) {
    return false;
  }
  table.makeRoom(1);
  const { words } = table;
  const row = table.firstRow + table.rows * table.rowWords;
  words[row + table.state] = table.mibStates[state] ?? 0;
  if (table.inode >= 0 && !writeSocket(bytes, stateAt + 2, end, table, row)) return false;
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
  table.rows++;
  return true;
}

/**
 * Writes what stands behind the state, ` 00000005:0000001C 00:00000000 00000000  1000        0 22817 …`: the bytes that wait
 * to be acknowledged and to be read, hexadecimal; then as the fourth word the user, and as the sixth the inode, decimal.
 *
 * @returns false where the line has none of that
 */
function writeSocket(bytes: Uint8Array, start: number, end: number, table: TableWriter, row: number): boolean {
  const { words, owningPid, user, inode, socketCookie, receiveQueue, sendQueue } = table;
  const sending = hexadecimal(bytes, start + 1, start + 9);
  const receiving = hexadecimal(bytes, start + 10, start + 18);
  const userAt = wordAt(bytes, start, 4, end);
  const inodeAt = wordAt(bytes, start, 6, end);
  const userId = decimal(bytes, userAt, end);
  const inodeNumber = decimal(bytes, inodeAt, end);
  if (start + 18 > end || Number.isNaN(sending + receiving + userId + inodeNumber)) return false;
  if (owningPid >= 0) words[row + owningPid] = 0;
  words[row + inode] = inodeNumber;
  if (user < 0) return true;
  words[row + user] = userId;
  words[row + socketCookie] = 0;
  words[row + socketCookie + 1] = 0;
  if (receiveQueue < 0) return true;
  words[row + receiveQueue] = receiving;
  // What a listener has there is left over from a connection that its socket may have had before.
  words[row + sendQueue] = words[row + table.state] === MIB_TCP_STATE.LISTEN ? 0 : sending;
  return true;
}

/** Where the n-th word from here begins, counted from 1; the end where there are fewer. */
function wordAt(bytes: Uint8Array, start: number, n: number, end: number): number {
  let at = start;
  for (let word = 1; ; word++) {
    while (at < end && bytes[at] === BLANK) at++;
    if (word === n) return at;
    while (at < end && bytes[at] !== BLANK) at++;
  }
}

/** The number whose decimal digits begin there and end at a blank or the line's end; NaN where there are none. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  let value = start < end ? 0 : Number.NaN;
  for (let at = start; at < end && bytes[at] !== BLANK; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  return value;
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
