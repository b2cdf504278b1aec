import { CLOSED, END, type Proc } from "../../src/system/linux/owners/proc.js";

/** Descriptors in a part of a list. */
const PART = 170;

interface MemoryProcess {
  /** Which process it is: a PID that is used again has another one. */
  readonly folder: number;
  /** The inodes of sockets by descriptor, 0 for other files. */
  readonly files: Map<number, number>;
  visible: boolean;
}

/** A process file system that is in no file system: tests say which processes have which files, and count what is read. */
export class MemoryProc implements Proc {
  numbers = new Int32Array(1024);
  listed = 0;
  folder = 0;
  size = 0;
  /** Files that were read, and descriptors that were listed. */
  read = 0;
  names = 0;
  /** Whether folders can be listed: not where the reader has too many files open itself. */
  listable = true;

  readonly #counted: boolean;
  readonly #processes = new Map<number, MemoryProcess>();
  #folders = 0;
  #pid = 0;

  /** @param counted whether a folder's size is the number of its files, as since Linux 6.2 */
  constructor(counted = true) {
    this.#counted = counted;
  }

  /** Starts a process with these sockets, by descriptor. */
  start(pid: number, sockets: Readonly<Record<number, number>> = {}): void {
    const files = new Map(Object.entries(sockets).map(([descriptor, inode]) => [Number(descriptor), inode]));
    this.#processes.set(pid, { folder: ++this.#folders, files, visible: true });
  }

  end(pid: number): void {
    this.#processes.delete(pid);
  }

  /** As fork() does: the child has its parent's files. */
  fork(parent: number, child: number): void {
    this.start(child, Object.fromEntries(this.#process(parent).files));
  }

  /** Makes another user's process of one. */
  hide(pid: number): void {
    this.#process(pid).visible = false;
  }

  open(pid: number, descriptor: number, inode: number): void {
    this.#process(pid).files.set(descriptor, inode);
  }

  /** Opens a file with the lowest descriptor that is free, as the kernel does. */
  openLowest(pid: number, inode: number): void {
    const { files } = this.#process(pid);
    let descriptor = 0;
    while (files.has(descriptor)) descriptor++;
    files.set(descriptor, inode);
  }

  closeFile(pid: number, descriptor: number): void {
    this.#process(pid).files.delete(descriptor);
  }

  /** PIDs that have a socket open, ascending. */
  holders(inode: number): number[] {
    return [...this.#processes]
      .filter(([, { files }]) => [...files.values()].includes(inode))
      .map(([pid]) => pid)
      .sort((a, b) => a - b);
  }

  listProcesses(): void {
    this.#write([...this.#processes.keys()]);
  }

  select(pid: number): void {
    this.#pid = pid;
  }

  look(): boolean {
    const process = this.#processes.get(this.#pid);
    if (!process) return false;
    this.folder = process.folder;
    this.size = this.#counted ? process.files.size : 0;
    return true;
  }

  list(position: bigint): bigint | undefined {
    if (!this.listable) return undefined;
    const process = this.#processes.get(this.#pid);
    const part: number[] = [];
    for (const descriptor of process?.visible ? process.files.keys() : []) {
      if (descriptor >= Number(position)) part.push(descriptor);
    }
    this.#write(part.sort((a, b) => a - b).slice(0, PART));
    this.names += this.listed;
    return this.listed === 0 ? END : BigInt((this.numbers[this.listed - 1] as number) + 1);
  }

  socketOf(descriptor: number): number {
    this.read++;
    const process = this.#processes.get(this.#pid);
    return (process?.visible ? process.files.get(descriptor) : undefined) ?? CLOSED;
  }

  #process(pid: number): MemoryProcess {
    const process = this.#processes.get(pid);
    if (!process) throw new Error(`There is no process ${pid}.`);
    return process;
  }

  #write(numbers: readonly number[]): void {
    if (numbers.length > this.numbers.length) this.numbers = new Int32Array(numbers.length);
    this.numbers.set(numbers);
    this.listed = numbers.length;
  }
}
