import type { EndsOptions } from "../../src/system/contract.js";
import { openClosedEvents } from "../../src/system/linux/closed-events.js";
import { type DiagSocket, diagMessage } from "./diag-sockets.js";
import { type Header, message } from "./netlink-messages.js";
import { type Script, ScriptedLibc } from "./scripted-libc.js";

/** The ends that a scripted C library tells. */
export function openScripted(script: Script, options: EndsOptions & { readonly receiveBuffer?: number } = {}) {
  const libc = new ScriptedLibc(script);
  return { libc, ends: openClosedEvents({ ...options, loadLibc: () => libc }) };
}

export const socket: DiagSocket = {
  family: 4,
  state: 7,
  localAddress: "7f000001",
  localPort: 443,
  remoteAddress: "0a000007",
  remotePort: 50123,
  device: 0,
  inode: 0,
  socketCookie: 0x1122334455667788n,
};

interface Attributes {
  readonly protocol?: number;
  /** struct tcp_info. */
  readonly info?: Uint8Array;
  /** Whatever else comes in front of these. */
  readonly first?: Uint8Array;
}

export function attribute(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((4 + payload.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + payload.length, true);
  view.setUint16(2, type, true);
  bytes.set(payload, 4);
  return bytes;
}

/** An event: a socket, then attributes. Its sequence number is 0 and it is no part of a dump. */
export function event(
  from: DiagSocket,
  { protocol = 6, info, first }: Attributes = {},
  header: Header = {},
): Uint8Array {
  const attributes = [...(first ?? []), ...attribute(10, Uint8Array.of(protocol)), ...(info ? attribute(2, info) : [])];
  const payload = diagMessage(from)(0).subarray(16);
  return message(20, Uint8Array.of(...payload, ...attributes), header)(0);
}

/** A struct tcp_info of so many bytes, in which every word that is not set says nonsense. */
export function tcpInfo(byteLength: number, set: Readonly<Record<number, number>> = {}): Uint8Array {
  const info = new Uint8Array(280).fill(0xc3);
  const view = new DataView(info.buffer);
  for (const [at, value] of Object.entries(set)) view.setUint32(Number(at), value, true);
  return info.subarray(0, byteLength);
}

export const UNKNOWN = { bytesSent: null, bytesReceived: null, retransmits: null, rtt: null };
