import type { Ends } from "../../format/ends.js";
import type { Family } from "../../format/layouts.js";
import type { EndsCollector, EndsOptions } from "../contract.js";
import { CollectError, type SystemCode, UnsupportedSystemError } from "../errors.js";
import { FAMILIES } from "../options.js";
import { EndedSockets } from "./ended-sockets.js";
import { badMessage, ERRNO, errnoCode, type Libc, loadLibc } from "./libc.js";
import { AF_INET, AF_INET6, DESTROY_GROUP, MalformedReplyError, SOCKET_MESSAGE } from "./netlink.js";
import { closeWhenAbandoned, DropCounter, KeptSocket, openNetlinkGroups, receiveReady } from "./netlink-socket.js";

const SOURCE = "NETLINK_SOCK_DIAG's groups of destroyed sockets";

/** Ends that are kept for each family. */
const LIMIT = 65_536;
/** The kernel holds 1,280 bytes for an event of 380, and counts twice what it is asked for: room for 26,000 events. */
const RECEIVE_BUFFER = 16 << 20;
/** An event is a message of some 380 bytes. */
const EVENT_BYTES = 8192;
/** A drain ends after so many, also where the next ones come faster than they are read: some 100 ms. */
const EVENTS_A_DRAIN = 65_536;

export interface ClosedEventsOptions extends EndsOptions {
  /** Bytes of events that the kernel is asked to keep. @internal */
  readonly receiveBuffer?: number | undefined;
  /** Where the C library comes from. @internal */
  readonly loadLibc?: (() => Libc) | undefined;
}

/**
 * Opens the events by which Linux tells of each TCP socket of this network namespace that is destroyed, as `ss -E` shows them.
 * They take no privileges; the administrator's buffer is larger, and so loses fewer.
 *
 * The kernel destroys a socket when its connection has ended, or goes on without a program, in FIN-WAIT-2 or TIME-WAIT, whose
 * rows stay in the table. A remote port of 0 is a listener's, or that of a socket that was never connected or is disconnected: its
 * figures are unknown.
 *
 * @throws {CollectError} the kernel does not let us
 * @throws {UnsupportedSystemError} koffi can't be loaded
 */
export function openClosedEvents(options: ClosedEventsOptions = {}): EndsCollector {
  return new ClosedEvents(bindLibc(options.loadLibc ?? loadLibc), options);
}

function bindLibc(load: () => Libc): Libc {
  try {
    return load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnsupportedSystemError(`The ends of connections take koffi, which could not be loaded: ${reason}`);
  }
}

class ClosedEvents implements EndsCollector {
  readonly source = SOURCE;
  readonly #libc: Libc;
  readonly #socket: KeptSocket;
  readonly #drops: DropCounter;
  readonly #ended: Readonly<Record<Family, EndedSockets>>;
  readonly #received = new Int32Array(EVENT_BYTES / 4);
  /** Events since `clear` that the kernel had to drop. */
  #dropped = 0;
  #closed = false;

  /** @throws {CollectError} the kernel does not let us */
  constructor(libc: Libc, options: ClosedEventsOptions) {
    const { families = FAMILIES, limit = LIMIT, receiveBuffer = RECEIVE_BUFFER } = options;
    const groups = families.reduce((mask, family) => mask | DESTROY_GROUP[family], 0);
    this.#libc = libc;
    this.#drops = new DropCounter(libc);
    this.#ended = { 4: new EndedSockets(4, limit), 6: new EndedSockets(6, limit) };
    this.#socket = new KeptSocket(libc, (opener) => openNetlinkGroups(opener, groups, receiveBuffer));
    closeWhenAbandoned(this, this.#socket);
    if (this.#socket.open() < 0) throw failure(errnoCode(libc.errno()));
  }

  drain(): void {
    if (this.#closed) throw new Error("This collector of ends is closed. Open another one.");
    const socket = this.#socket.open();
    let time = 0;
    let overflows = 0;
    try {
      for (let event = 0; event < EVENTS_A_DRAIN; event++) {
        const byteLength = receiveReady(this.#libc, socket, this.#received);
        const errno = byteLength < 0 ? this.#libc.errno() : 0;
        if (errno === ERRNO.EAGAIN) break;
        time ||= Date.now();
        if (errno === ERRNO.ENOBUFS) overflows++;
        else if (errno !== 0) throw failure(errnoCode(errno));
        else this.#add(byteLength, time);
      }
    } catch (error) {
      throw error instanceof MalformedReplyError ? failure(badMessage(error.message)) : error;
    } finally {
      // Where nothing has come, nothing was dropped: a socket whose buffer is full says so first.
      if (time !== 0) this.#countDropped(socket, overflows);
    }
  }

  endsOf(family: Family): Ends {
    return this.#ended[family].ends;
  }

  get lost(): number {
    return this.#dropped + this.#ended[4].lost + this.#ended[6].lost;
  }

  clear(): void {
    this.#dropped = 0;
    for (const family of FAMILIES) this.#ended[family].clear();
  }

  close(): void {
    this.#closed = true;
    this.#socket.close();
  }

  #add(byteLength: number, time: number): void {
    const event = this.#received;
    if (byteLength > event.byteLength) throw new MalformedReplyError(`an event of ${byteLength} bytes`);
    const addressFamily = byteLength < SOCKET_MESSAGE ? 0 : (event[4] as number) & 0xff;
    if (addressFamily === AF_INET) this.#ended[4].add(event, byteLength, time);
    else if (addressFamily === AF_INET6) this.#ended[6].add(event, byteLength, time);
    else throw new MalformedReplyError(`an event of ${byteLength} bytes and address family ${addressFamily}`);
  }

  /** @param overflows how often the kernel said that it dropped some. It does not say how many, and each time is at least one */
  #countDropped(socket: number, overflows: number): void {
    const dropped = this.#drops.droppedSince(socket);
    this.#dropped += dropped < 0 ? overflows : dropped;
  }
}

function failure(code: SystemCode): CollectError {
  return new CollectError(SOURCE, code, [code.number], advice(code.number));
}

function advice(errno: number): string {
  return errno === ERRNO.EBADMSG
    ? 'The event is not in the format of linux/inet_diag.h: see whether "ss -E" works here.'
    : 'Go on without ends; to have them, see whether "ss -E" works for this user and in this container.';
}
