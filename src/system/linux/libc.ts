import { getSystemErrorMap } from "node:util";
import type { SystemCode } from "../errors.js";
import { loadKoffi } from "../koffi.js";

/**
 * Errnos that decide what happens next. The numbers are those of asm-generic, which all of koffi's Linux builds share.
 */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EAGAIN: 11,
  EACCES: 13,
  EINVAL: 22,
  ENOSYS: 38,
  EBADMSG: 74,
  EMSGSIZE: 90,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EPFNOSUPPORT: 96,
  EAFNOSUPPORT: 97,
  ENOBUFS: 105,
} as const;

/** The calls of the C library that a netlink socket takes. Each returns −1 on failure; `errno` then tells why. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(socket: number, level: number, option: number, value: ArrayBufferView, byteLength: number): number;
  send(socket: number, message: ArrayBufferView, byteLength: number, flags: number): number;
  recv(socket: number, into: ArrayBufferView, byteLength: number, flags: number): number;
  close(socket: number): number;
  /** The reason why the last call failed, a positive number. */
  errno(): number;
  /** Bytes of a C `long`: 8, or 4 on a 32-bit system. */
  readonly longByteLength: number;
}

/**
 * Binds the C library that Node itself runs on, glibc or musl.
 *
 * @throws where koffi or its native part can't be loaded
 */
export function loadLibc(): Libc {
  const koffi = loadKoffi();
  const library = koffi.load(null);
  return {
    socket: library.func("socket", "int", ["int", "int", "int"]),
    setsockopt: library.func("setsockopt", "int", ["int", "int", "int", "void *", "uint32_t"]),
    send: library.func("send", "intptr_t", ["int", "void *", "size_t", "int"]),
    recv: library.func("recv", "intptr_t", ["int", "void *", "size_t", "int"]),
    close: library.func("close", "int", ["int"]),
    errno: () => koffi.errno() as number,
    longByteLength: koffi.sizeof("long"),
  };
}

/** An errno with its name and what the system says it means. */
export function errnoCode(errno: number): SystemCode {
  const [name, text] = getSystemErrorMap().get(-errno) ?? [undefined, "an errno without a description"];
  return { number: errno, name, text };
}

/** What a Node function that failed tells, with the errno as a positive number. */
export function nodeErrorCode(error: unknown): SystemCode {
  const { errno = 0, code, message } = error as NodeJS.ErrnoException;
  return { ...errnoCode(-errno), ...(errno === 0 && { name: code, text: message }) };
}
