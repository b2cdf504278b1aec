import type { Libc } from "../../src/system/linux/libc.js";
import { done, error } from "./netlink-messages.js";

/** What one `recv` does: gives a datagram, which may tell the sequence number that the request had, or fails. */
export type Answer = Uint8Array | ((sequence: number) => Uint8Array) | { readonly errno: number };

export interface Script {
  /** Errnos of the calls of `socket`, one after the other; then it succeeds. */
  readonly socket?: readonly number[];
  /** Errnos of the calls of `send`, one after the other, 0 for success; then it succeeds. */
  readonly send?: readonly number[];
  /** Errnos of the calls of `setsockopt`, as `send`. */
  readonly setsockopt?: readonly number[];
  /** Errnos of the calls of `bind`, as `send`. */
  readonly bind?: readonly number[];
  /** What a socket that hears groups receives: after each list there is nothing more for once. */
  readonly events?: readonly (readonly Answer[])[];
  /** What the counter of dropped messages says, at one call of `getsockopt` after the other; EINVAL where there is no more. */
  readonly drops?: readonly number[];
  /** What the kernel says of a dump's bytecode: an errno, 0 where it takes it. It takes all unless said otherwise. */
  readonly audit?: (bytecode: Uint8Array) => number;
  /** What the dump of no states is answered, by which a collector sees whether it is let in. */
  readonly probe?: readonly Answer[];
  /** What the dumps are answered, one after the other; the last one stays. */
  readonly dumps?: readonly (readonly Answer[])[];
}

const EAGAIN = 11;
const EBADF = 9;
const EINVAL = 22;
const MSG_TRUNC = 0x20;

/**
 * A C library that plays the kernel's part from a script. A `recv` with nothing left to give times out, as the real one
 * does.
 */
export class ScriptedLibc implements Libc {
  readonly longByteLength = 8;
  /** The sockets that are open now. */
  readonly open = new Set<number>();
  /** How many have been opened in all. */
  opened = 0;
  /** The requests that were sent: 72 bytes each, and the bytecode that some have. */
  readonly requests: Uint8Array[] = [];
  /** The options that were set, with their first word. */
  readonly options: { readonly option: number; readonly value: number }[] = [];
  /** The addresses that sockets were bound to, in words. */
  readonly bound: number[][] = [];
  /** The flags of the last `recv`, and the type of the last `socket`. */
  flags = 0;
  type = 0;
  readonly #script: Script;
  readonly #socketErrnos: number[];
  readonly #sendErrnos: number[];
  readonly #setsockoptErrnos: number[];
  readonly #bindErrnos: number[];
  readonly #drops: number[];
  readonly #events: (readonly Answer[])[];
  /** What is left of the dump under way, by socket: a socket that is closed takes it along. */
  readonly #answers = new Map<number, Answer[]>();
  #dumps = 0;
  #errno = 0;

  constructor(script: Script) {
    this.#script = script;
    this.#socketErrnos = [...(script.socket ?? [])];
    this.#sendErrnos = [...(script.send ?? [])];
    this.#setsockoptErrnos = [...(script.setsockopt ?? [])];
    this.#bindErrnos = [...(script.bind ?? [])];
    this.#drops = [...(script.drops ?? [])];
    this.#events = [...(script.events ?? [])];
  }

  socket(_domain: number, type: number): number {
    this.type = type;
    const errno = this.#socketErrnos.shift();
    if (errno !== undefined) return this.#fail(errno);
    this.opened++;
    this.open.add(100 + this.opened);
    return 100 + this.opened;
  }

  bind(socket: number, address: ArrayBufferView, byteLength: number): number {
    if (!this.open.has(socket)) return this.#fail(EBADF);
    this.bound.push([...new Uint32Array(address.buffer, address.byteOffset, byteLength / 4)]);
    const errno = this.#bindErrnos.shift();
    return errno ? this.#fail(errno) : 0;
  }

  getsockopt(_socket: number, level: number, option: number, value: ArrayBufferView, byteLength: Uint32Array): number {
    const drops = this.#drops.shift();
    if (level !== 1 || option !== 55 || drops === undefined) return this.#fail(EINVAL);
    const memory = new Uint32Array(value.buffer, value.byteOffset, (byteLength[0] ?? 0) / 4);
    memory.fill(0xdddddddd);
    memory[8] = drops;
    return 0;
  }

  setsockopt(socket: number, _level: number, option: number, value: ArrayBufferView): number {
    if (!this.open.has(socket)) return this.#fail(EBADF);
    this.options.push({ option, value: new DataView(value.buffer, value.byteOffset).getInt32(0, true) });
    const errno = this.#setsockoptErrnos.shift();
    return errno ? this.#fail(errno) : 0;
  }

  send(socket: number, message: ArrayBufferView, byteLength: number): number {
    if (!this.open.has(socket)) return this.#fail(EBADF);
    const errno = this.#sendErrnos.shift();
    if (errno) return this.#fail(errno);
    const request = new Uint8Array(message.buffer, message.byteOffset, byteLength).slice();
    this.requests.push(request);
    const { dumps = [], probe = [done()], audit = () => 0 } = this.#script;
    const isProbe = new DataView(request.buffer).getUint32(20, true) === 0;
    const refusal = byteLength > 72 ? audit(request.subarray(76)) : 0;
    const answers = refusal
      ? [error(refusal)]
      : isProbe
        ? probe
        : (dumps[Math.min(this.#dumps++, dumps.length - 1)] ?? []);
    // What an earlier dump has left is read first.
    this.#answers.set(socket, [...(this.#answers.get(socket) ?? []), ...answers]);
    return byteLength;
  }

  recv(socket: number, into: ArrayBufferView, byteLength: number, flags: number): number {
    if (!this.open.has(socket)) return this.#fail(EBADF);
    this.flags = flags;
    if (this.bound.length > 0 && !this.#answers.get(socket)?.length) {
      // Each list of events ends with a pause.
      const events = this.#events.shift();
      if (events) this.#answers.set(socket, [...events, { errno: EAGAIN }]);
    }
    const answer = this.#answers.get(socket)?.shift();
    if (answer === undefined) return this.#fail(EAGAIN);
    if ("errno" in answer) return this.#fail(answer.errno);
    const request = this.requests.at(-1);
    const sequence = request ? new DataView(request.buffer).getInt32(8, true) : 0;
    const datagram = typeof answer === "function" ? answer(sequence) : answer;
    new Uint8Array(into.buffer, into.byteOffset, byteLength).set(datagram.subarray(0, byteLength));
    return flags & MSG_TRUNC ? datagram.length : Math.min(datagram.length, byteLength);
  }

  close(socket: number): number {
    this.#answers.delete(socket);
    return this.open.delete(socket) ? 0 : this.#fail(EBADF);
  }

  errno(): number {
    return this.#errno;
  }

  #fail(errno: number): number {
    this.#errno = errno;
    return -1;
  }
}
