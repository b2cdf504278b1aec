import { readdirSync, readlinkSync, statSync } from "node:fs";
import { CLOSED, END, type Proc } from "./proc.js";

const SOCKET = "socket:[";
/** The process has ended, or is another user's. */
const NOT_SEEN: readonly (string | undefined)[] = ["ENOENT", "EACCES", "EPERM", "ESRCH", "ENOTDIR"];

/** A process file system by Node's own functions: where koffi is missing. A folder is listed as a whole. */
export class NodeProc implements Proc {
  numbers = new Int32Array(256);
  listed = 0;
  folder = 0;
  size = 0;
  readonly #root: string;
  #path = "";

  constructor(root: string) {
    this.#root = root;
  }

  listProcesses(): void {
    this.#readFolder(this.#root);
  }

  select(pid: number): void {
    this.#path = `${this.#root}/${pid}/fd`;
  }

  look(): boolean {
    try {
      const stats = statSync(this.#path, { throwIfNoEntry: false });
      if (!stats) return false;
      this.folder = stats.ino;
      this.size = stats.size;
      return true;
    } catch {
      return false;
    }
  }

  list(): bigint | undefined {
    const failure = this.#readFolder(this.#path);
    return failure === undefined || NOT_SEEN.includes(failure.code) ? END : undefined;
  }

  socketOf(descriptor: number): number {
    try {
      const link = readlinkSync(`${this.#path}/${descriptor}`);
      return link.startsWith(SOCKET) ? Number.parseInt(link.slice(SOCKET.length), 10) >>> 0 : 0;
    } catch {
      return CLOSED;
    }
  }

  /** Makes the list of a folder's numbers. Returns why there are none, where it can't be read. */
  #readFolder(path: string): NodeJS.ErrnoException | undefined {
    this.listed = 0;
    let names: string[];
    try {
      names = readdirSync(path);
    } catch (error) {
      return error as NodeJS.ErrnoException;
    }
    if (names.length > this.numbers.length) this.numbers = new Int32Array(names.length * 2);
    for (const name of names) if (/^\d+$/.test(name)) this.numbers[this.listed++] = Number(name);
    return undefined;
  }
}
