import { ERRNO, type Libc } from "./libc.js";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_SOCK_DIAG = 4;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const MSG_TRUNC = 0x20;

/** The kernel's messages lie ready when recv is called: one that takes this long will never come. */
export const RECEIVE_SECONDS = 5;
/** A signal's handler may interrupt a call any number of times, but one that always does is a fault. */
const INTERRUPTED_CALLS = 100;

/*
 * The functions return −1 on failure, as the C library does, and `libc.errno()` then tells why.
 */

/** A netlink socket that stays open between samples, and is opened anew after it was closed. */
export class KeptSocket {
  readonly #libc: Libc;
  /** −1 where it is closed. */
  #descriptor = -1;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Opens it where it is not. Returns its number. */
  open(): number {
    if (this.#descriptor < 0) this.#descriptor = openNetlink(this.#libc);
    return this.#descriptor;
  }

  /** May be called more than once. */
  close(): void {
    if (this.#descriptor >= 0) this.#libc.close(this.#descriptor);
    this.#descriptor = -1;
  }
}

let abandoned: FinalizationRegistry<KeptSocket> | undefined;

/** Closes a socket when its owner was abandoned without closing it. The socket must not lead back to the owner. */
export function closeWhenAbandoned(owner: object, socket: KeptSocket): void {
  abandoned ??= new FinalizationRegistry((left) => left.close());
  abandoned.register(owner, socket);
}

/** Opens a NETLINK_SOCK_DIAG socket. Returns its number. */
export function openNetlink(libc: Libc): number {
  const socket = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (socket < 0) return socket;
  // struct timeval: two longs, the first of which is the seconds.
  const timeout = new Int32Array(libc.longByteLength / 2);
  timeout[0] = RECEIVE_SECONDS;
  if (libc.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.byteLength) >= 0) return socket;
  libc.close(socket);
  return -1;
}

/** Sends a request. */
export function sendRequest(libc: Libc, socket: number, request: Int32Array): number {
  for (let call = 1; ; call++) {
    const sent = libc.send(socket, request, request.byteLength, 0);
    if (sent >= 0 || !isInterrupted(libc, call)) return sent;
  }
}

/** Receives one datagram. Returns its length in bytes, which may be more than the buffer has. */
export function receiveDatagram(libc: Libc, socket: number, into: Int32Array): number {
  for (let call = 1; ; call++) {
    const byteLength = libc.recv(socket, into, into.byteLength, MSG_TRUNC);
    if (byteLength >= 0 || !isInterrupted(libc, call)) return byteLength;
  }
}

function isInterrupted(libc: Libc, call: number): boolean {
  return call < INTERRUPTED_CALLS && libc.errno() === ERRNO.EINTR;
}
