import type { Row } from "./linux-rows.js";
import type { Answer } from "./scripted-libc.js";

/** A part of a datagram: its bytes, by the sequence number of the request. */
export type Message = (sequence: number) => Uint8Array;

export interface Header {
  readonly flags?: number;
  /** What the header claims, where that is a lie. */
  readonly length?: number;
  readonly sequence?: number;
}

const SOCK_DIAG_BY_FAMILY = 20;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
export const NLM_F_DUMP_INTR = 0x10;

/** A netlink message, padded to four bytes. */
export function message(type: number, payload: Uint8Array, header: Header = {}): Message {
  return (sequence) => {
    const bytes = new Uint8Array((16 + payload.length + 3) & ~3);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, header.length ?? 16 + payload.length, true);
    view.setUint16(4, type, true);
    view.setUint16(6, 2 | (header.flags ?? 0), true); // NLM_F_MULTI
    view.setInt32(8, header.sequence ?? sequence, true);
    bytes.set(payload, 16);
    return bytes;
  };
}

/** A row whose `state` is Linux's number, as inet_diag tells it, with that many bytes of attributes behind it. */
export function socket(row: Row, header: Header & { readonly attributes?: number } = {}): Message {
  const payload = new Uint8Array(72 + (header.attributes ?? 0)).fill(0xa5, 72);
  const view = new DataView(payload.buffer);
  payload[0] = 2; // AF_INET
  payload[1] = row.state;
  view.setUint16(4, row.localPort);
  view.setUint16(6, row.remotePort);
  view.setUint32(8, row.localAddress);
  view.setUint32(24, row.remoteAddress);
  return message(SOCK_DIAG_BY_FAMILY, payload, header);
}

/** The end of a dump, with the errno that it may have ended with. */
export function done(errno = 0, header?: Header): Message {
  return message(NLMSG_DONE, int32(-errno), header);
}

/** NLMSG_ERROR: the errno, and the header of the request that it is about. */
export function error(errno: number): Message {
  return message(NLMSG_ERROR, Uint8Array.of(...int32(-errno), ...new Uint8Array(16)));
}

/** One datagram of several messages. */
export function datagram(...messages: readonly Message[]): (sequence: number) => Uint8Array {
  return (sequence) => Uint8Array.from(messages.flatMap((each) => [...each(sequence)]));
}

/** A whole dump: the rows, then the end. */
export function dump(rows: readonly Row[], header?: Header): Answer[] {
  const sockets = rows.length === 0 ? [] : [datagram(...rows.map((row) => socket(row, header)))];
  return [...sockets, datagram(done())];
}

function int32(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, number, true);
  return bytes;
}
