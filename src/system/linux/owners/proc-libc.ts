import { loadKoffi } from "../../koffi.js";
import { ERRNO } from "../libc.js";
import { CLOSED, END, type Proc } from "./proc.js";

/** The C library's functions that it takes. They return −1 on failure, and `errno` then tells why. */
interface Functions {
  open(path: Uint8Array, flags: number): number;
  close(file: number): number;
  lseek(file: number, offset: bigint, whence: number): unknown;
  getdents(folder: number, into: Uint8Array, byteLength: number): number;
  readlink(path: Uint8Array, into: Uint8Array, byteLength: number): number;
  statx(folder: number, path: Uint8Array, flags: number, mask: number, into: Uint8Array): number;
  errno(): number;
}

const O_CLOEXEC = 0o2000000;
const SEEK_SET = 0;
/** Paths are absolute: this stands for the working folder, and is not looked at. */
const AT_FDCWD = -100;
const STATX_INO = 0x100;
const STATX_SIZE = 0x200;

/** Bytes of a part of a folder: some 170 descriptors, a tenth of a millisecond. */
const PART_BYTES = 4096;
const LONGEST_NAME = 16;
/** Bytes of the largest entry: 19, a descriptor of ten digits and a zero byte, in whole words. */
const LARGEST_ENTRY = 32;
/** The longest text that is looked at: `socket:[4294967295]`. */
const LINK_BYTES = 20;
const SOCKET = Uint8Array.from("socket:[", (character) => character.charCodeAt(0));
const ZERO = 0x30;

/**
 * Opens a process file system by the C library's functions: its memory is filled again and again, where Node's functions make a
 * text and an object of everything that they read.
 *
 * @throws where koffi or one of the functions can't be loaded: statx came with glibc 2.28 and musl 1.2.5
 */
export function openLibcProc(root: string): Proc {
  const koffi = loadKoffi();
  const library = koffi.load(null);
  /** Where 32-bit systems have two, the first one has 64-bit offsets; musl has one, under the second name. */
  const either = (names: readonly [string, string], result: string, types: string[]) => {
    try {
      return library.func(names[0], result, types);
    } catch {
      return library.func(names[1], result, types);
    }
  };
  return new LibcProc(root, {
    open: library.func("open", "int", ["void *", "int"]),
    close: library.func("close", "int", ["int"]),
    lseek: either(["lseek64", "lseek"], "int64_t", ["int", "int64_t", "int"]),
    getdents: either(["getdents64", "getdents"], "intptr_t", ["int", "void *", "size_t"]),
    readlink: library.func("readlink", "intptr_t", ["void *", "void *", "size_t"]),
    statx: library.func("statx", "int", ["int", "void *", "int", "uint32_t", "void *"]),
    errno: () => koffi.errno() as number,
  });
}

class LibcProc implements Proc {
  numbers = new Int32Array(256);
  listed = 0;
  folder = 0;
  size = 0;

  readonly #functions: Functions;
  /** The root, and then what lies below: `/proc`, `/proc/42/fd` or `/proc/42/fd/7`, with a zero byte behind. */
  readonly #path: Uint8Array;
  readonly #rootLength: number;
  /** Up to and with `/fd`. */
  #folderLength = 0;
  #pid = 0;
  /**
   * struct linux_dirent64, one behind the other:
   *
   *     0        8        16     18   19
   *     d_ino    d_off    reclen type d_name, a zero byte, padding
   */
  readonly #part = new Uint8Array(PART_BYTES);
  readonly #partView = new DataView(this.#part.buffer);
  /** Where the last entry of the part begins; its d_off is where the next part begins. */
  #lastEntry = 0;
  readonly #link = new Uint8Array(LINK_BYTES);
  /** struct statx: 256 bytes, stx_ino at 32, stx_size at 40, u64 both. */
  readonly #stat = new Uint8Array(256);
  readonly #statWords = new Uint32Array(this.#stat.buffer);

  constructor(root: string, functions: Functions) {
    this.#functions = functions;
    const bytes = new TextEncoder().encode(root);
    this.#rootLength = bytes.length;
    this.#path = new Uint8Array(bytes.length + 2 * LONGEST_NAME + 4);
    this.#path.set(bytes);
  }

  listProcesses(): void {
    this.listed = 0;
    this.#path[this.#rootLength] = 0;
    const folder = this.#functions.open(this.#path, O_CLOEXEC);
    if (folder < 0) return;
    this.#pid = 0;
    while (this.#readPart(folder) > 0) {}
    this.#functions.close(folder);
  }

  select(pid: number): void {
    this.#pid = pid;
    let at = this.#writeNumber(this.#rootLength, pid);
    this.#path[at++] = 0x2f; // "/fd"
    this.#path[at++] = 0x66;
    this.#path[at++] = 0x64;
    this.#folderLength = at;
  }

  look(): boolean {
    this.#path[this.#folderLength] = 0;
    if (this.#functions.statx(AT_FDCWD, this.#path, 0, STATX_INO | STATX_SIZE, this.#stat) < 0) return false;
    const words = this.#statWords;
    this.folder = (words[8] as number) + (words[9] as number) * 2 ** 32;
    this.size = (words[10] as number) + (words[11] as number) * 2 ** 32;
    return true;
  }

  list(position: bigint, size: number): bigint | undefined {
    this.listed = 0;
    this.#path[this.#folderLength] = 0;
    const folder = this.#functions.open(this.#path, O_CLOEXEC);
    if (folder < 0) return isNotSeen(this.#functions.errno()) ? END : undefined;
    if (position > 0n) this.#functions.lseek(folder, position, SEEK_SET);
    const byteLength = this.#readPart(folder);
    this.#functions.close(folder);
    // A signal may cut a part short: a short one is sure to be the last only where it has all that there are, else an empty one.
    const hasRoom = byteLength <= PART_BYTES - LARGEST_ENTRY;
    if (position === 0n && size > 0 && this.listed === size && hasRoom) return END;
    return byteLength > 0 ? this.#partView.getBigInt64(this.#lastEntry + 8, true) : END;
  }

  socketOf(descriptor: number): number {
    this.#writeNumber(this.#folderLength, descriptor);
    const link = this.#link;
    const length = this.#functions.readlink(this.#path, link, LINK_BYTES);
    if (length < 0) return CLOSED;
    if (length <= SOCKET.length) return 0;
    for (let at = 0; at < SOCKET.length; at++) if (link[at] !== SOCKET[at]) return 0;
    return this.#numberAt(link, SOCKET.length);
  }

  /** Appends a part of a folder's numbers to the list. Returns its length in bytes, 0 at the end, or where it can't be read. */
  #readPart(folder: number): number {
    const byteLength = this.#functions.getdents(folder, this.#part, PART_BYTES);
    for (let at = 0; at < byteLength; at += this.#partView.getUint16(at + 16, true)) {
      this.#lastEntry = at;
      const first = (this.#part[at + 19] as number) - ZERO;
      if (first < 0 || first > 9) continue; // "." and "..", "self", "meminfo"
      const number = this.#numberAt(this.#part, at + 19);
      // This process's own folder is open while it is read.
      if (number === folder && this.#pid === process.pid) continue;
      if (this.listed === this.numbers.length) {
        const { numbers } = this;
        this.numbers = new Int32Array(numbers.length * 2);
        this.numbers.set(numbers);
      }
      this.numbers[this.listed++] = number;
    }
    return byteLength;
  }

  #numberAt(bytes: Uint8Array, at: number): number {
    let number = 0;
    for (let digit = (bytes[at] as number) - ZERO; digit >= 0 && digit <= 9; digit = (bytes[++at] as number) - ZERO) {
      number = number * 10 + digit;
    }
    return number;
  }

  /** Writes `/`, a number and a zero byte. Returns where the zero byte lies. */
  #writeNumber(at: number, number: number): number {
    const path = this.#path;
    let end = at + 2;
    for (let rest = number; rest >= 10; rest = Math.trunc(rest / 10)) end++;
    path[at] = 0x2f;
    path[end] = 0;
    for (let digit = end - 1, rest = number; digit > at; digit--, rest = Math.trunc(rest / 10)) {
      path[digit] = ZERO + (rest % 10);
    }
    return end;
  }
}

/** The process has ended, or is another user's. */
function isNotSeen(errno: number): boolean {
  return errno === ERRNO.ENOENT || errno === ERRNO.EACCES || errno === ERRNO.EPERM || errno === ESRCH;
}

const ESRCH = 3;
