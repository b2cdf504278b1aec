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
  view.setUint32(68, socket.inode, true);
  return message(20, payload, header);
}

/** The rows of a table, by a reader of its own that knows nothing of layouts.ts. */
export function readRows({ bytes, layout }: Collection): AnyRow[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  const rowSize = { MIB_TCPTABLE: 20, MIB_TCPTABLE_OWNER_PID: 24, MIB_TCP6TABLE: 52, MIB_TCP6TABLE_OWNER_PID: 56 }[
    layout as string
  ];
  if (rowSize === undefined) throw new Error(`Linux gives no ${layout}.`);
  if (bytes.byteLength !== 4 + count * rowSize) throw new Error(`${count} rows in ${bytes.byteLength} bytes`);
  return Array.from({ length: count }, (_, index) => {
    const row = 4 + index * rowSize;
    const ipv6 = rowSize > 50;
    // MIB_TCP6ROW alone has its state in front, and the rest behind it.
    const [state, local, remote] = !ipv6 ? [0, 4, 12] : rowSize === 52 ? [0, 4, 28] : [48, 0, 24];
    const size = ipv6 ? 16 : 4;
    const portAfter = ipv6 ? size + 4 : size;
    const address = (at: number) => toHex(bytes.subarray(row + at, row + at + size));
    const port = (at: number) => {
      if (view.getUint16(row + at + 2) !== 0) throw new Error(`Garbage behind a port of row ${index}.`);
      return view.getUint16(row + at);
    };
    return {
      state: view.getUint32(row + state, true),
      localAddress: address(local),
      localPort: port(local + portAfter),
      remoteAddress: address(remote),
      remotePort: port(remote + portAfter),
      ...(ipv6 && {
        localScopeId: view.getUint32(row + local + 16, true),
        remoteScopeId: view.getUint32(row + remote + 16, true),
      }),
      ...(layout.endsWith("OWNER_PID") && { owningPid: view.getUint32(row + rowSize - 4, true) }),
    };
  });
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
