import { closeSync, openSync, readSync } from "node:fs";
import type { Collection, Collector, RawBuffer } from "./collector.js";
import { CollectError, type SystemCode } from "./errors.js";
import { ERRNO, nodeErrorCode } from "./libc.js";
import { createStopwatch } from "./stopwatch.js";
import { TableWriter } from "./table-writer.js";

const PROC_NET_TCP = "/proc/net/tcp";

/** Bytes that are asked for at a time. The kernel gives about 4 KiB a read, whatever the buffer's size is. */
const READ_BYTES = 65536;

/** `  sl  `, which the first line begins with. */
const HEADER = [0x20, 0x20, 0x73, 0x6c, 0x20, 0x20] as const;
const NEWLINE = 0x0a;
const COLON = 0x3a;
const BLANK = 0x20;

/**
 * Opens the table of IPv4 TCP sockets by /proc/net/tcp: the way that is left where netlink is refused. It takes two to
 * three times as long, and the kernel gives it in pieces: a socket that comes or goes meanwhile may be missed, or be
 * there twice.
 *
 * @param reason why the better way is not taken, for people; it becomes a part of `source`
 * @throws {CollectError} the file can't be read
 */
export function openProcNet(reason: string, path = PROC_NET_TCP): Collector {
  const collector = new ProcNetCollector(path, reason);
  // To open is to have seen that it works.
  collector.collect({ reserve: (byteLength) => new Uint8Array(byteLength) });
  return collector;
}

class ProcNetCollector implements Collector {
  readonly source: string;
  readonly #path: string;
  readonly #reason: string;
  readonly #bytes = new Uint8Array(READ_BYTES);
  readonly #table = new TableWriter();
  readonly #stopwatch = createStopwatch();
  readonly #collection: { -readonly [Key in keyof Collection]: Collection[Key] } = {
    layout: "MIB_TCPTABLE",
    bytes: new Uint8Array(0),
    attempts: 1,
    nanoseconds: 0,
  };
  #closed = false;

  constructor(path: string, reason: string) {
    this.source = `${path} (${reason})`;
    this.#path = path;
    this.#reason = reason;
  }

  collect(into: RawBuffer): Collection {
    if (this.#closed) throw new Error("This collector is closed. Open another one.");
    this.#stopwatch.start();
    this.#table.begin(into);
    const file = this.#ask(() => openSync(this.#path, "r"));
    try {
      this.#read(file);
    } finally {
      closeSync(file);
    }
    this.#collection.bytes = this.#table.finish();
    this.#collection.nanoseconds = this.#stopwatch.stop();
    return this.#collection;
  }

  close(): void {
    this.#closed = true;
  }

  /** Reads the file in pieces. A line that a piece cuts is kept until its rest has come. */
  #read(file: number): void {
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
 * Writes the row of one line, `  12: 0100007F:0016 0200007F:C350 01 …`: an address is printed as the word that the
 * kernel holds, in network order read as the host's; a port is printed as a number.
 *
 * @returns false where the line is none of that
 */
function writeRow(bytes: Uint8Array, start: number, end: number, table: TableWriter): boolean {
  const at = bytes.indexOf(COLON, start) + 2;
  const localAddress = hexadecimal(bytes, at, at + 8);
  const localPort = hexadecimal(bytes, at + 9, at + 13);
  const remoteAddress = hexadecimal(bytes, at + 14, at + 22);
  const remotePort = hexadecimal(bytes, at + 23, at + 27);
  const state = hexadecimal(bytes, at + 28, at + 30);
  if (
    at < start + 2 ||
    at + 30 > end ||
    bytes[at + 8] !== COLON ||
    bytes[at + 13] !== BLANK ||
    bytes[at + 22] !== COLON ||
    bytes[at + 27] !== BLANK ||
    Number.isNaN(localAddress + localPort + remoteAddress + remotePort + state)
  ) {
    return false;
  }
  table.makeRoom(1);
  const { words } = table;
  const row = table.firstRow + table.rows * table.rowWords;
  words[row + table.state] = table.mibStates[state] ?? 0;
  words[row + table.localAddress] = localAddress;
  words[row + table.localPort] = swapped(localPort);
  words[row + table.remoteAddress] = remoteAddress;
  words[row + table.remotePort] = swapped(remotePort);
  table.rows++;
  return true;
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
