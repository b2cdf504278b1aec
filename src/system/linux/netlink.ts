import type { Family } from "../../format/layouts.js";
import type { TableWriter } from "./table-writer.js";

/**
 * What NETLINK_SOCK_DIAG speaks: `linux/netlink.h`, `linux/sock_diag.h`, `linux/inet_diag.h`. All in the host's byte
 * order.
 */

export const SOCK_DIAG_BY_FAMILY = 20;
export const SOCK_DESTROY = 21;
const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
const NLM_F_DUMP = 0x300;
/** The table changed while it was dumped: rows may be missing or be there twice. */
export const NLM_F_DUMP_INTR = 0x10;

/** The attribute of a dump's request that picks sockets. */
const INET_DIAG_REQ_BYTECODE = 1;

/** The groups that hear of TCP sockets that were destroyed, SKNLGRP_INET_TCP_DESTROY (1) and its sibling (3): bit n is group n + 1. */
export const DESTROY_GROUP: Readonly<Record<Family, number>> = { 4: 1 << 0, 6: 1 << 2 };

export const AF_INET = 2;
export const AF_INET6 = 10;
export const IPPROTO_TCP = 6;

/** `struct nlmsghdr`, bytes. */
const HEADER = 16;
/** `struct nlmsghdr` and the int that NLMSG_DONE and NLMSG_ERROR begin with, bytes. */
export const HEADER_AND_ERRNO = 20;
/** `struct nlmsghdr` and `struct inet_diag_msg`, bytes: the least that a socket takes. Attributes follow. */
export const SOCKET_MESSAGE = 88;

/** `struct nlattr` without its payload, bytes. */
export const ATTRIBUTE_HEADER = 4;
/** An attribute's type without its flags. */
const NLA_TYPE_MASK = 0x3fff;
export const INET_DIAG_INFO = 2;
export const INET_DIAG_PROTOCOL = 10;

/**
 * Every state that ss shows too: bits 1 to 11 of Linux's numbers, and 0. SYN_RECV brings the half-open connections with
 * it. Bit 13 would add sockets that are bound and nothing else, which costs a walk through another table.
 */
export const ALL_STATES = 0xfff;

/** Where the request holds its sequence number, in words. */
export const REQUEST_SEQUENCE = 2;

/**
 * A request about TCP sockets: nlmsghdr and inet_diag_req_v2, 72 bytes. Its inet_diag_sockid is 0.
 *
 * @param type SOCK_DIAG_BY_FAMILY or SOCK_DESTROY
 * @param flags beside NLM_F_REQUEST
 */
export function socketRequest(type: number, flags: number, family: Family, states: number): Int32Array {
  const request = new Int32Array(18);
  request[0] = request.byteLength;
  request[1] = type | ((NLM_F_REQUEST | flags) << 16);
  request[4] = addressFamily(family) | (IPPROTO_TCP << 8);
  request[5] = states;
  return request;
}

/**
 * A request for a dump of the TCP sockets of a family.
 *
 * @param states a mask by Linux's numbers: bit n is state n
 * @param bytecode picks among them, see bytecode.ts; all where it is empty
 */
export function dumpRequest(states: number, family: Family = 4, bytecode: Uint8Array = new Uint8Array(0)): Int32Array {
  const request = socketRequest(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, family, states);
  if (bytecode.length === 0) return request;
  // struct nlattr: its own length and a type, two bytes each; then the bytecode, whose length is a multiple of four.
  const attribute = 4 + bytecode.length;
  const whole = new Int32Array(request.length + attribute / 4);
  whole.set(request);
  whole[0] = whole.byteLength;
  whole[request.length] = attribute | (INET_DIAG_REQ_BYTECODE << 16);
  new Uint8Array(whole.buffer).set(bytecode, request.byteLength + 4);
  return whole;
}

function addressFamily(family: Family): number {
  return family === 4 ? AF_INET : AF_INET6;
}

/** Whether an IPv6 address is link-local, fe80::/10, by its first word in network order as this processor reads it. */
function isLinkLocal(word: number): boolean {
  return (word & 0xc0ff) === 0x80fe;
}

/** The kernel's reply is none that the protocol knows. */
export class MalformedReplyError extends Error {
  override readonly name = "MalformedReplyError";
}

/** The messages of one dump, on their way into a table. */
export class DumpReader {
  /** NLMSG_DONE or NLMSG_ERROR has come. */
  ended = false;
  /** A message said that the dump is inconsistent. */
  interrupted = false;
  /** The errno that the dump ended with, positive; 0 where it ended well. */
  errno = 0;
  #sequence = 0;

  /** Starts on the replies to the request with this sequence number. */
  begin(sequence: number): void {
    this.ended = false;
    this.interrupted = false;
    this.errno = 0;
    this.#sequence = sequence;
  }

  /**
   * Reads one datagram and writes a row for each socket in it. The table must have room for `byteLength /
   * SOCKET_MESSAGE`.
   *
   * @param received the datagram
   * @param byteLength how much of it there is
   * @throws {MalformedReplyError} with the place and the numbers
   */
  read(received: Int32Array, byteLength: number, table: TableWriter): void {
    // Everything that the loop needs is a local: this is the whole cost of a sample beside the kernel's own.
    const { words, firstRow, rowWords, state, localAddress, localPort, remoteAddress, remotePort, mibStates } = table;
    const family = addressFamily(table.family);
    const hasMore = family === AF_INET6 || table.inode >= 0;
    const sequence = this.#sequence;
    let row = firstRow + table.rows * rowWords;
    let flags = 0;
    let at = 0; // in words
    for (let left = byteLength; left > 0; ) {
      const length = left < HEADER ? 0 : at32(received, at);
      if (length < HEADER || length > left) throw malformed(byteLength, left, `a message of ${length} bytes`);
      if (at32(received, at + 2) !== sequence) throw malformed(byteLength, left, "a reply to another request");
      const typeAndFlags = at32(received, at + 1);
      const type = typeAndFlags & 0xffff;
      flags |= typeAndFlags;
      if (type === SOCK_DIAG_BY_FAMILY) {
        const familyAndState = length < SOCKET_MESSAGE ? 0 : at32(received, at + 4);
        if ((familyAndState & 0xff) !== family) {
          throw malformed(byteLength, left, `a socket of ${length} bytes and address family ${familyAndState & 0xff}`);
        }
        // Ports and addresses are in network order on both sides: they are moved, not turned.
        const ports = at32(received, at + 5);
        words[row + state] = at32(mibStates, (familyAndState >>> 8) & 0xff);
        words[row + localAddress] = at32(received, at + 6);
        words[row + localPort] = ports & 0xffff;
        words[row + remoteAddress] = at32(received, at + 10);
        words[row + remotePort] = ports >>> 16;
        if (hasMore) writeMore(received, at, table, row);
        row += rowWords;
      } else if (type === NLMSG_DONE || type === NLMSG_ERROR) {
        this.#end(type, length, at32(received, at + 4), byteLength, left);
        break;
      } else if (type !== NLMSG_NOOP) {
        throw malformed(byteLength, left, `a message of type ${type}`);
      }
      at += (length + 3) >>> 2;
      left -= (length + 3) & ~3;
    }
    if (flags & (NLM_F_DUMP_INTR << 16)) this.interrupted = true;
    table.rows = (row - firstRow) / rowWords;
  }

  #end(type: number, length: number, error: number, byteLength: number, left: number): void {
    // A dump that fails while it is under way says so in NLMSG_DONE; old kernels send that without a number.
    const errno = length < HEADER_AND_ERRNO ? 0 : -error;
    if (errno < 0 || (type === NLMSG_ERROR && errno === 0)) {
      throw malformed(byteLength, left, `an end of ${length} bytes with errno ${errno}`);
    }
    this.errno = errno;
    this.ended = true;
  }
}

/**
 * Where an attribute of a socket's message begins (struct nlattr: its own length and a type, two bytes each), in words; 0 where
 * there is none of that type.
 *
 * @param received the message, from its nlmsghdr on
 * @throws {MalformedReplyError} an attribute does not lie within the message
 */
export function attributeAt(received: Int32Array, byteLength: number, type: number): number {
  for (let at = SOCKET_MESSAGE; at + ATTRIBUTE_HEADER <= byteLength; ) {
    const lengthAndType = at32(received, at >>> 2);
    const length = lengthAndType & 0xffff;
    if (length < ATTRIBUTE_HEADER || at + length > byteLength)
      throw malformed(byteLength, byteLength - at, `an attribute of ${length} bytes`);
    if (((lengthAndType >>> 16) & NLA_TYPE_MASK) === type) return at >>> 2;
    at += (length + 3) & ~3;
  }
  return 0;
}

/** Writes what a MIB_TCPROW has not: what Linux tells of a socket, the rest of an IPv6 address, and its scope. */
function writeMore(received: Int32Array, at: number, table: TableWriter, row: number): void {
  const { words, localAddress, remoteAddress, localScopeId, remoteScopeId, inode } = table;
  if (table.user >= 0) writeSocket(received, at, table, row);
  if (inode >= 0) words[row + inode] = at32(received, at + 21);
  if (table.family === 4) return;
  for (let word = 1; word < 4; word++) {
    words[row + localAddress + word] = at32(received, at + 6 + word);
    words[row + remoteAddress + word] = at32(received, at + 10 + word);
  }
  const device = at32(received, at + 14);
  words[row + localScopeId] = isLinkLocal(at32(received, at + 6)) ? device : 0;
  words[row + remoteScopeId] = isLinkLocal(at32(received, at + 10)) ? device : 0;
}

/** Writes what only the LINUX_* layouts have. Their PID is 0 until somebody finds it. */
function writeSocket(received: Int32Array, at: number, table: TableWriter, row: number): void {
  const { words, owningPid, user, socketCookie, receiveQueue, sendQueue } = table;
  words[row + owningPid] = 0;
  words[row + user] = at32(received, at + 20);
  words[row + socketCookie] = at32(received, at + 15);
  words[row + socketCookie + 1] = at32(received, at + 16);
  if (receiveQueue < 0) return;
  words[row + receiveQueue] = at32(received, at + 18);
  words[row + sendQueue] = at32(received, at + 19);
}

/** The word there. The readers check lengths themselves; behind the end, 0 keeps the arithmetic whole. */
function at32(words: Int32Array, at: number): number {
  return words[at] ?? 0;
}

function malformed(byteLength: number, left: number, what: string): MalformedReplyError {
  return new MalformedReplyError(`${what} at byte ${byteLength - left} of a reply of ${byteLength}`);
}
