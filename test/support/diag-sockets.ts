import * as fc from "fast-check";
import type { Collection } from "../../src/system/contract.js";
import { type Header, type Message, message } from "./netlink-messages.js";

/** A row of any table that Linux gives. Addresses are hexadecimal digits in network order, 8 or 32 of them. */
export interface AnyRow {
  readonly state: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localScopeId?: number;
  readonly remoteScopeId?: number;
  readonly owningPid?: number;
  readonly user?: number;
  readonly inode?: number;
  readonly socketCookie?: bigint;
  readonly receiveQueue?: number;
  readonly sendQueue?: number;
}

/** A socket as inet_diag tells it. `state` is Linux's number. */
export interface DiagSocket {
  readonly family: 4 | 6;
  readonly state: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly device: number;
  readonly inode: number;
  /** 0 unless said otherwise, as the next three. */
  readonly user?: number;
  readonly socketCookie?: bigint;
  readonly receiveQueue?: number;
  readonly sendQueue?: number;
}

const LINK_LOCAL = /^fe[89ab]/;
const MIB = [256, 5, 3, 4, 6, 7, 11, 1, 8, 10, 2, 9, 4];

/** The row that a table must have for a socket. */
export function toRow(socket: DiagSocket, owningPid?: number): AnyRow {
  const { state, localAddress, localPort, remoteAddress, remotePort, device, family } = socket;
  const scopeOf = (address: string) => (LINK_LOCAL.test(address) ? device : 0);
  const scopes = { localScopeId: scopeOf(localAddress), remoteScopeId: scopeOf(remoteAddress) };
  return {
    state: MIB[state] ?? 256 + state,
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    ...(family === 6 && scopes),
    ...(owningPid !== undefined && { owningPid }),
  };
}

/** The row that a LINUX_* table must have for a socket whose owner nobody knows. */
export function toLinuxRow(socket: DiagSocket, isExtended: boolean): AnyRow {
  const { user = 0, inode, socketCookie = 0n, receiveQueue = 0, sendQueue = 0 } = socket;
  return { ...toRow(socket, 0), user, inode, socketCookie, ...(isExtended && { receiveQueue, sendQueue }) };
}

const word = fc.nat({ max: 0xffffffff });

function addresses(digits: number): fc.Arbitrary<string> {
  const random = fc.uint8Array({ minLength: digits / 2, maxLength: digits / 2 }).map((bytes) => toHex(bytes));
  if (digits === 8) return random;
  const prefixes = ["fe80", "febf", "fec0", "fe7f", "0000"];
  return fc.oneof(
    random,
    fc.tuple(fc.constantFrom(...prefixes), random).map(([prefix, address]) => prefix + address.slice(4)),
    fc.constantFrom("0".repeat(32), `${"0".repeat(31)}1`, `${"0".repeat(20)}ffff7f000001`),
  );
}

/** Any socket of a family. */
export function diagSocket(family: 4 | 6): fc.Arbitrary<DiagSocket> {
  return fc.record({
    family: fc.constant(family),
    state: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 12 }) }, fc.nat({ max: 255 })),
    localAddress: addresses(family === 4 ? 8 : 32),
    localPort: fc.nat({ max: 65535 }),
    remoteAddress: addresses(family === 4 ? 8 : 32),
    remotePort: fc.nat({ max: 65535 }),
    device: word,
    inode: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 }), word),
    user: word,
    socketCookie: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    receiveQueue: word,
    sendQueue: word,
  });
}

/** A socket as a message, with that many bytes of attributes behind it. */
export function diagMessage(socket: DiagSocket, header: Header & { readonly attributes?: number } = {}): Message {
  const payload = new Uint8Array(72 + (header.attributes ?? 0)).fill(0xa5, 72);
  const view = new DataView(payload.buffer);
  payload[0] = socket.family === 4 ? 2 : 10;
  payload[1] = socket.state;
  view.setUint16(4, socket.localPort);
  view.setUint16(6, socket.remotePort);
  payload.set(fromHex(socket.localAddress), 8);
  payload.set(fromHex(socket.remoteAddress), 24);
  view.setUint32(40, socket.device, true);
  view.setBigUint64(44, socket.socketCookie ?? 0n, true);
  view.setUint32(56, socket.receiveQueue ?? 0, true);
  view.setUint32(60, socket.sendQueue ?? 0, true);
  view.setUint32(64, socket.user ?? 0, true);
  view.setUint32(68, socket.inode, true);
  return message(20, payload, header);
}

/** Where the tables of Linux have their first row, its size, and where in it stand state, local and remote end, and the rest. */
const PLACES: Readonly<
  Record<string, { first: number; size: number; ends: readonly [number, number, number]; rest: number }>
> = {
  MIB_TCPTABLE: { first: 4, size: 20, ends: [0, 4, 12], rest: 20 },
  MIB_TCPTABLE_OWNER_PID: { first: 4, size: 24, ends: [0, 4, 12], rest: 20 },
  LINUX_TCPTABLE: { first: 8, size: 40, ends: [0, 4, 12], rest: 20 },
  LINUX_TCPTABLE_EXTENDED: { first: 8, size: 48, ends: [0, 4, 12], rest: 20 },
  // MIB_TCP6ROW has its state in front, and MIB_TCP6ROW_OWNER_PID behind the ends.
  MIB_TCP6TABLE: { first: 4, size: 52, ends: [0, 4, 28], rest: 52 },
  MIB_TCP6TABLE_OWNER_PID: { first: 4, size: 56, ends: [48, 0, 24], rest: 52 },
  LINUX_TCP6TABLE: { first: 8, size: 72, ends: [0, 4, 28], rest: 52 },
  LINUX_TCP6TABLE_EXTENDED: { first: 8, size: 80, ends: [0, 4, 28], rest: 52 },
};

/** The rows of a table, by a reader of its own that knows nothing of layouts.ts. */
export function readRows({ bytes, layout }: Collection): AnyRow[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  const places = PLACES[layout];
  if (!places) throw new Error(`Linux gives no ${layout}.`);
  const { first, size, ends, rest } = places;
  if (bytes.byteLength !== first + count * size) throw new Error(`${count} rows in ${bytes.byteLength} bytes`);
  if (first === 8 && view.getUint32(4) !== 0) throw new Error("Garbage before the first row.");
  const [state, local, remote] = ends;
  const ipv6 = layout.includes("TCP6");
  const octets = ipv6 ? 16 : 4;
  return Array.from({ length: count }, (_, index) => {
    const row = first + index * size;
    const address = (at: number) => toHex(bytes.subarray(row + at, row + at + octets));
    const port = (end: number) => {
      const at = row + end + (ipv6 ? 20 : 4);
      if (view.getUint16(at + 2) !== 0) throw new Error(`Garbage behind a port of row ${index}.`);
      return view.getUint16(at);
    };
    const more = row + rest;
    return {
      state: view.getUint32(row + state, true),
      localAddress: address(local),
      localPort: port(local),
      remoteAddress: address(remote),
      remotePort: port(remote),
      ...(ipv6 && {
        localScopeId: view.getUint32(row + local + 16, true),
        remoteScopeId: view.getUint32(row + remote + 16, true),
      }),
      ...(size > rest && { owningPid: view.getUint32(more, true) }),
      ...(size >= rest + 20 && {
        user: view.getUint32(more + 4, true),
        inode: view.getUint32(more + 8, true),
        socketCookie: view.getBigUint64(more + 12, true),
      }),
      ...(size >= rest + 28 && {
        receiveQueue: view.getUint32(more + 20, true),
        sendQueue: view.getUint32(more + 24, true),
      }),
    };
  });
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
