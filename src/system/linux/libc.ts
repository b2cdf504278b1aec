import { closeSync, openSync, readlinkSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import { isMainThread } from "node:worker_threads";
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
  bind(socket: number, address: ArrayBufferView, byteLength: number): number;
  setsockopt(socket: number, level: number, option: number, value: ArrayBufferView, byteLength: number): number;
  /** @param byteLength in and out: the bytes of `value`, then how many of them were filled */
  getsockopt(socket: number, level: number, option: number, value: ArrayBufferView, byteLength: Uint32Array): number;
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
  const libc: Libc = {
    socket: library.func("socket", "int", ["int", "int", "int"]),
    bind: library.func("bind", "int", ["int", "void *", "uint32_t"]),
    setsockopt: library.func("setsockopt", "int", ["int", "int", "int", "void *", "uint32_t"]),
    getsockopt: library.func("getsockopt", "int", ["int", "int", "int", "void *", "void *"]),
    send: library.func("send", "intptr_t", ["int", "void *", "size_t", "int"]),
    recv: library.func("recv", "intptr_t", ["int", "void *", "size_t", "int"]),
    close: library.func("close", "int", ["int"]),
    errno: () => koffi.errno() as number,
    longByteLength: koffi.sizeof("long"),
  };
  return isMainThread ? libc : closedWithWorker(libc, library.func("dup3", "int", ["int", "int", "int"]));
}

const O_CLOEXEC = 0x80000;

/**
 * Lets Node close a worker's sockets when the worker is terminated, which no code of the worker's own gets to know of. Node
 * closes what `fs.openSync` has opened (`trackUnmanagedFds`, which a Worker has unless it is told otherwise): so a file is
 * opened, and the socket takes its place.
 */
function closedWithWorker(libc: Libc, dup3: (from: number, to: number, flags: number) => number): Libc {
  const tracked = new Set<number>();
  return {
    ...libc,
    socket(domain, type, protocol) {
      const socket = libc.socket(domain, type, protocol);
      if (socket < 0) return socket;
      let place: number;
      try {
        place = openSync("/", "r");
      } catch {
        return socket; // no more files, or a sandbox: the socket works all the same
      }
      if (!isDescriptorOf("/", place) || dup3(socket, place, O_CLOEXEC) < 0) {
        closeSync(place);
        return socket;
      }
      libc.close(socket);
      tracked.add(place);
      return place;
    },
    close(socket) {
      if (!tracked.delete(socket)) return libc.close(socket);
      closeSync(socket);
      return 0;
    },
  };
}

/** In other runtimes than Node, `openSync` may give a number of its own, under which the system has a stranger's file. */
function isDescriptorOf(path: string, number: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${number}`) === path;
  } catch {
    return false;
  }
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

/**
 * EBADMSG: what came is not in the format that was expected. It is we who say so, and Node has no text of its own for it.
 *
 * @param text what is wrong, with the numbers
 */
export function badMessage(text: string): SystemCode {
  return { number: ERRNO.EBADMSG, name: "EBADMSG", text };
}
