import { readdirSync, readlinkSync, statSync } from "node:fs";
import { InodeTable, RELEASED, UNSEEN } from "./inode-table.js";

/** What /proc/PID/fd/N of a socket begins with; then come its inode and a bracket. */
const SOCKET = "socket:[";

/** A process with fewer files than this is read anew each time: what is known of its files could save little. */
const MANY_FILES = 256;

/** What tells whether a process's files have changed. */
interface Folder {
  readonly ino: number;
  readonly size: number;
}

/** A process, and the sockets that it had when it was last read. */
interface Process {
  readonly pid: number;
  /** /proc/PID/fd */
  readonly folder: string;
  /** The folder's inode: another one is another process under the same PID, or the kernel has forgotten the folder. */
  folderInode: number;
  /** The folder's size: the number of open files since Linux 6.2; 0 before, where a change is seen at the next search. */
  files: number;
  /** Inodes of sockets by file descriptor, 0 where there is none. */
  inodes: Uint32Array;
  /** The sample at which it was last read. */
  read: number;
  /** The sample at which it last had a socket that was searched for: who opens sockets opens more. */
  found: number;
  /** Whether its last reading took something for unchanged. */
  assumed: boolean;
}

/** One of the tables that owners are told for. */
interface Table {
  /** Its last sample. */
  sample: number;
  /** Processes that owned connections then. */
  readonly owners: Set<number>;
}

interface SocketOwnersOptions {
  readonly root?: string | undefined;
  readonly look?: ((folder: string) => Folder | undefined) | undefined;
  readonly budget?: number | undefined;
}

/**
 * Which process has a socket, on Linux: /proc/PID/fd of all processes tells the inodes of their sockets.
 *
 * The first sample reads /proc once. What it learns is kept: later samples look at the folders of those processes that
 * own connections, and read again the ones that changed. Only where a table has a socket that nobody is known to own,
 * new processes are read, then the others, until all are found. A socket that can't be found is not searched for again:
 * a sample takes one such pass at the most.
 *
 * Where several processes share a socket, one is told: the lowest PID of those that were read. Files of other users'
 * processes can be seen by root only.
 *
 * The tables of several families may share one: what was learned of a process for one of them is known for the others.
 */
export class SocketOwners {
  readonly #root: string;
  readonly #table = new InodeTable();
  readonly #processes = new Map<number, Process>();
  /** Inodes in the table whose process is searched for. */
  readonly #wanted = new Set<number>();
  readonly #tables = new Map<object, Table>();
  /** Of the tables' last samples, the one that is the longest ago. */
  #oldestSample = 0;
  /** Whether a socket in the table is wanted because a process has it no more. */
  #released = false;
  #sample = 0;
  readonly #look: (folder: string) => Folder | undefined;
  hidden = 0;
  unknown = 0;
  shared: Uint32Array = new Uint32Array(0);

  /** Stands in for the branch owners. */
  constructor({ root = "/proc", look = stat }: SocketOwnersOptions = {}) {
    this.#root = root;
    this.#look = look;
  }

  /**
   * Puts PIDs where a table has the inodes of sockets; 0 where a socket has no process (TIME-WAIT, connections that
   * were closed or not accepted yet), or one that can't be seen.
   *
   * @param key stands for the table: the same one at each of its samples
   * @param words the table
   * @param first where the first row has its inode
   * @param step from one row to the next, in words
   */
  resolve(key: object, words: Int32Array, first: number, pidAt: number, step: number, rows: number): void {
    const { owners } = this.#begin(key);
    this.#wanted.clear();
    this.#released = false;
    this.#mark(words, first, step, rows);
    for (const pid of owners) this.#check(pid);
    if (this.#wanted.size > 0) this.#search();
    this.hidden = this.#write(owners, words, first, pidAt - first, step, rows);
  }

  /** The next sample. */
  #begin(key: object): Table {
    const table = this.#tables.get(key) ?? { sample: 0, owners: new Set() };
    this.#tables.set(key, table);
    this.#sample++;
    table.sample = this.#sample;
    this.#oldestSample = this.#sample;
    for (const { sample } of this.#tables.values()) this.#oldestSample = Math.min(this.#oldestSample, sample);
    return table;
  }

  /** Notes which sockets are in the table, and which of them nobody is known to own. */
  #mark(words: Int32Array, first: number, step: number, rows: number): void {
    const table = this.#table;
    const { pids, samples } = table;
    const sample = this.#sample;
    const end = first + rows * step;
    for (let at = first; at < end; at += step) {
      const inode = (words[at] as number) >>> 0;
      if (inode === 0) continue;
      const slot = table.find(inode);
      if (slot >= 0) samples[slot] = sample;
      if (slot < 0 || pids[slot] === RELEASED) this.#wanted.add(inode);
    }
  }

  #write(owners: Set<number>, words: Int32Array, first: number, to: number, step: number, rows: number): number {
    const table = this.#table;
    const { pids } = table;
    const end = first + rows * step;
    let hidden = 0;
    let last = 0;
    owners.clear();
    for (let at = first; at < end; at += step) {
      const inode = (words[at] as number) >>> 0;
      if (inode === 0) continue;
      const pid = pids[table.find(inode)] as number;
      words[at + to] = pid;
      if (pid === UNSEEN) hidden++;
      else if (pid !== last) {
        owners.add(pid);
        last = pid;
      }
    }
    return hidden;
  }

  /** Reads an owner again, where something has changed. */
  #check(pid: number): void {
    const process = this.#processes.get(pid);
    if (!process) return;
    const stats = this.#look(process.folder);
    if (stats?.ino !== process.folderInode) this.#forget(process);
    if (stats && (stats.ino !== process.folderInode || stats.size !== process.files)) this.#read(process, true);
  }

  /** Looks for the sockets that are wanted, first where they are most likely. */
  #search(): void {
    this.#askAmongKnown();
    if (this.#wanted.size === 0) return;
    const old = [...this.#processes.values()];
    this.#readNewProcesses();
    old.sort((a, b) => b.found - a.found);
    for (const assume of [true, false]) {
      for (const process of old) {
        if (this.#wanted.size === 0) return;
        const again = assume ? process.read !== this.#sample : process.assumed;
        if (again && this.#processes.get(process.pid) === process) this.#read(process, assume);
      }
    }
    this.#askAmongKnown();
    for (const inode of this.#wanted) {
      const slot = this.#slotOf(inode);
      this.#table.pids[slot] = UNSEEN;
      this.#table.samples[slot] = this.#sample;
    }
  }

  /** Where a process has given sockets up: who else had them when it was last read? */
  #askAmongKnown(): void {
    if (!this.#released) return;
    this.#released = false;
    for (const process of [...this.#processes.values()].sort((a, b) => a.pid - b.pid)) {
      for (const inode of process.inodes) if (this.#wanted.has(inode)) this.#claim(inode, process);
    }
  }

  #readNewProcesses(): void {
    const present = new Set<number>();
    for (const name of list(this.#root)) {
      const pid = Number(name);
      if (!(pid > 0)) continue;
      present.add(pid);
      if (this.#processes.has(pid)) continue;
      const process: Process = {
        pid,
        folder: `${this.#root}/${name}/fd`,
        folderInode: 0,
        files: 0,
        inodes: new Uint32Array(0),
        read: 0,
        found: 0,
        assumed: false,
      };
      this.#processes.set(pid, process);
      this.#read(process, false);
    }
    for (const process of this.#processes.values()) {
      if (present.has(process.pid)) continue;
      this.#forget(process);
      this.#processes.delete(process.pid);
    }
  }

  /** @param assume that a file descriptor that was a socket still is the same one, as long as that socket is in use */
  #read(process: Process, assume: boolean): void {
    const stats = this.#look(process.folder);
    if (stats && stats.ino !== process.folderInode) this.#forget(process);
    const before = process.inodes;
    const names = list(process.folder);
    const assumes = assume && names.length >= MANY_FILES;
    // The kernel lists them in ascending order; where one does not, the array is as long as it has to be all the same.
    const inodes = new Uint32Array(names.reduce((longest, name) => Math.max(longest, Number(name) + 1), 0));
    process.assumed = false;
    for (const name of names) {
      const file = Number(name);
      const known = assumes ? (before[file] ?? 0) : 0;
      if (known !== 0 && this.#isInUse(known)) {
        inodes[file] = known;
        process.assumed = true;
      } else {
        inodes[file] = socketOf(`${process.folder}/${name}`);
      }
    }
    process.inodes = inodes;
    process.folderInode = stats?.ino ?? 0;
    process.files = stats?.size ?? 0;
    process.read = this.#sample;
    before.forEach((inode, file) => {
      if (inode !== 0 && inodes[file] !== inode) this.#release(inode, process.pid);
    });
    for (const inode of inodes) if (inode !== 0) this.#claim(inode, process);
  }

  /** A socket that was in its table at the last sample, or never in one: then it is in use as far as anyone knows. */
  #isInUse(inode: number): boolean {
    const sample = this.#table.samples[this.#table.find(inode)] as number;
    return sample >= this.#oldestSample || sample === 0;
  }

  #claim(inode: number, process: Process): void {
    const slot = this.#slotOf(inode);
    const { pids, samples } = this.#table;
    const owner = pids[slot] as number;
    if (owner <= 0 || process.pid < owner) pids[slot] = process.pid;
    if (!this.#wanted.delete(inode)) return;
    samples[slot] = this.#sample;
    process.found = this.#sample;
  }

  #release(inode: number, pid: number): void {
    const { pids, samples } = this.#table;
    const slot = this.#table.find(inode);
    if (pids[slot] !== pid) return;
    pids[slot] = RELEASED;
    if (samples[slot] !== this.#sample) return;
    this.#wanted.add(inode);
    this.#released = true;
  }

  #forget(process: Process): void {
    for (const inode of process.inodes) if (inode !== 0) this.#release(inode, process.pid);
    process.inodes = new Uint32Array(0);
    process.folderInode = 0;
  }

  #slotOf(inode: number): number {
    const slot = this.#table.find(inode);
    return slot < 0 ? this.#table.add(inode) : slot;
  }
}

/** `undefined` where the process has ended, or may not be seen at all. */
function stat(path: string): Folder | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The names in a folder; none where the process has ended or is another user's. */
function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The inode of the socket that a link leads to, 0 where it leads elsewhere. */
function socketOf(path: string): number {
  try {
    const link = readlinkSync(path);
    return link.startsWith(SOCKET) ? Number.parseInt(link.slice(SOCKET.length), 10) >>> 0 : 0;
  } catch {
    return 0; // closed meanwhile
  }
}
