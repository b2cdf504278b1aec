import { ERRNO, type Libc } from "./libc.js";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOCK_NONBLOCK = 0x800;
const NETLINK_SOCK_DIAG = 4;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** What SO_MEMINFO tells, in words of 32 bits, and the word that counts what the kernel had to drop: SK_MEMINFO_DROPS. */
const MEMINFO_WORDS = 9;
const MEMINFO_DROPS = 8;

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
  readonly #create: (libc: Libc) => number;
  /** −1 where it is closed. */
  #descriptor = -1;

  /** @param create opens it, and returns its number: one for requests unless said otherwise */
  constructor(libc: Libc, create: (libc: Libc) => number = openNetlink) {
    this.#libc = libc;
    this.#create = create;
  }

  /** Opens it where it is not. Returns its number. */
  open(): number {
    if (this.#descriptor < 0) this.#descriptor = this.#create(this.#libc);
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

/**
 * Opens a NETLINK_SOCK_DIAG socket that hears the events of these multicast groups, and that never waits. Returns its number.
 *
 * @param groups a mask: bit n is group n + 1
 * @param receiveBuffer bytes that the kernel may keep for it, as far as this user may have so many
 */
export function openNetlinkGroups(libc: Libc, groups: number, receiveBuffer: number): number {
  const socket = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
  if (socket < 0) return socket;
  const size = Int32Array.of(receiveBuffer);
  // The first takes CAP_NET_ADMIN. The second is cut to net.core.rmem_max. Where both fail, the usual buffer has to do.
  if (libc.setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, size, size.byteLength) < 0)
    libc.setsockopt(socket, SOL_SOCKET, SO_RCVBUF, size, size.byteLength);
  // struct sockaddr_nl: the family, a port that the kernel chooses, and the groups.
  const address = Uint32Array.of(AF_NETLINK, 0, groups);
  if (libc.bind(socket, address, address.byteLength) >= 0) return socket;
  libc.close(socket);
  return -1;
}

/** Counts the messages that the kernel had to drop because a socket's buffer was full. */
export class DropCounter {
  readonly #libc: Libc;
  readonly #memory = new Uint32Array(MEMINFO_WORDS);
  readonly #byteLength = new Uint32Array(1);
  /** The kernel's count at the last call. */
  #before = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** How many since the last call; −1 where the system can't tell: Linux before 4.12. */
  droppedSince(socket: number): number {
    this.#byteLength[0] = this.#memory.byteLength;
    const result = this.#libc.getsockopt(socket, SOL_SOCKET, SO_MEMINFO, this.#memory, this.#byteLength);
    if (result < 0 || this.#byteLength[0] < this.#memory.byteLength) return -1;
    const dropped = this.#memory[MEMINFO_DROPS] as number;
    const more = (dropped - this.#before) >>> 0; // the kernel's count wraps at 2³²
    this.#before = dropped;
    return more;
  }
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
  return receive(libc, socket, into, MSG_TRUNC);
}

/** Receives one datagram as `receiveDatagram` does, and never waits: EAGAIN where none is there. */
export function receiveReady(libc: Libc, socket: number, into: Int32Array): number {
  return receive(libc, socket, into, MSG_TRUNC | MSG_DONTWAIT);
}

function receive(libc: Libc, socket: number, into: Int32Array, flags: number): number {
  for (let call = 1; ; call++) {
    const byteLength = libc.recv(socket, into, into.byteLength, flags);
    if (byteLength >= 0 || !isInterrupted(libc, call)) return byteLength;
  }
}

function isInterrupted(libc: Libc, call: number): boolean {
  return call < INTERRUPTED_CALLS && libc.errno() === ERRNO.EINTR;
}
