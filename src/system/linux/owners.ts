import { Views } from "../../format/views.js";
import { createStopwatch, type Stopwatch } from "../stopwatch.js";
import { Budget } from "./owners/budget.js";
import type { Proc } from "./owners/proc.js";
import { openLibcProc } from "./owners/proc-libc.js";
import { NodeProc } from "./owners/proc-node.js";
import { ProcessSearch } from "./owners/process-search.js";
import { SocketHolders } from "./owners/socket-holders.js";

/** A table that was not resolved for so many samples of others won't be any more. */
const SAMPLES_REMEMBERED = 256;

export interface SocketOwnersOptions {
  /** Where the process file system is mounted. */
  readonly root?: string | undefined;
  /** Milliseconds that a sample after the first may take; no limit unless said otherwise. */
  readonly budget?: number | undefined;
  /** How the process file system is read. */
  readonly proc?: Proc | undefined;
  /** What measures the budget. */
  readonly stopwatch?: Stopwatch | undefined;
}

/** One of the tables that owners are told for. */
interface Table {
  readonly key: object;
  /** Its last sample. */
  sample: number;
  /** The last look around at all processes that it had the use of. */
  look: number;
  readonly shared: SharedPairs;
}

/** Pairs of a row and a PID. Each table has its own: the readings of several are looked at together. */
class SharedPairs {
  #numbers = new Uint32Array(64);
  #length = 0;
  readonly #views = new Views((length) => this.#numbers.subarray(0, length));

  /** The same view as long as there are as many pairs, so that a sample makes no garbage. */
  get view(): Uint32Array {
    return this.#views.of(this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  add(row: number, pid: number): void {
    if (this.#length === this.#numbers.length) {
      const before = this.#numbers;
      this.#numbers = new Uint32Array(before.length * 2);
      this.#numbers.set(before);
      this.#views.clear();
    }
    this.#numbers[this.#length++] = row;
    this.#numbers[this.#length++] = pid;
  }
}

/**
 * Which processes hold a socket, on Linux: /proc/PID/fd of all processes tells the inodes of their sockets.
 *
 * The first sample reads all of them. What it learns is kept, and a later sample reads what has changed, as far as that can
 * be seen, and a small part of the rest in turn:
 *
 * 1. All processes are looked at: new ones are read, and of those whose number of files has changed the descriptors that are
 *    most likely to be new or closed. Where this does not explain the number, all of its descriptors are listed.
 * 2. Where a table has a socket that nobody is known to hold, the same descriptors of the other processes are read; where it
 *    is still there at the third sample, all files are, but the sockets in the tables. Most are gone by then.
 * 3. A 64th of all files is read again, the next part at each sample: whoever hands a socket over while the number of files
 *    stays the same is found out within 64 samples.
 *
 * So a PID that is told had the socket when the file was last read, and what has changed since is told within a bounded
 * number of samples. Files of other users' processes can be seen by root only.
 *
 * The tables of several families may share one: what was learned for one of them is known for the others.
 */
export class SocketOwners {
  /** Rows of the last table whose socket is held by nobody who may be seen: other users' processes, most often. */
  hidden = 0;
  /**
   * Rows of the last table whose owner is not known yet: not all files that may be it have been read since it came, or it was
   * closed while they were read.
   */
  unknown = 0;
  /**
   * Sockets of the last table that several processes hold: pairs of a row and a PID, ascending by both, all PIDs of each such
   * row. A view that is valid until the same table's next `resolve`.
   */
  shared: Uint32Array = new Uint32Array(0);

  readonly #holders = new SocketHolders();
  readonly #search: ProcessSearch;
  readonly #budget: Budget;
  readonly #tables: Table[] = [];

  constructor({ root = "/proc", budget, proc, stopwatch }: SocketOwnersOptions = {}) {
    this.#budget = new Budget(budget, budget === undefined ? undefined : (stopwatch ?? createStopwatch()));
    this.#search = new ProcessSearch(proc ?? openProc(root), this.#holders, this.#budget);
  }

  /**
   * Writes who holds the sockets of a table: the lowest PID, 0 where a socket has no process (TIME-WAIT, connections that were
   * closed or not accepted yet) or one that is hidden or unknown. `hidden`, `unknown` and `shared` then tell of this table.
   *
   * @param table stands for the table: the same one at each of its samples
   * @param words the table
   * @param inodeAt where the first row has its socket's inode, in words; 0 is none
   * @param pidAt where the first row gets its PID, in words; may be the same place
   * @param step from one row to the next, in words
   */
  resolve(table: object, words: Int32Array, inodeAt: number, pidAt: number, step: number, rows: number): void {
    const search = this.#search;
    const known = this.#begin(table);
    this.#mark(words, inodeAt, step, rows);
    // Another table's sample may just have looked around: unless there is something to look for, that will do.
    if (search.looks === 0 || known.look === search.looks || this.#holders.wanted > 0) search.run();
    known.look = search.looks;
    this.#write(known.shared, words, inodeAt, pidAt, step, rows);
  }

  /** The next sample. */
  #begin(key: object): Table {
    const sample = this.#holders.sample + 1;
    const tables = this.#tables;
    let known: Table | undefined;
    let oldest = sample;
    for (let at = tables.length - 1; at >= 0; at--) {
      const table = tables[at] as Table;
      if (table.key === key) known = table;
      else if (table.sample < sample - SAMPLES_REMEMBERED) tables.splice(at, 1);
      else oldest = Math.min(oldest, table.sample);
    }
    if (!known) {
      known = { key, sample, look: -1, shared: new SharedPairs() };
      tables.push(known);
    }
    known.sample = sample;
    this.#holders.begin(sample, oldest);
    this.#budget.begin(this.#search.looks > 0);
    return known;
  }

  #mark(words: Int32Array, inodeAt: number, step: number, rows: number): void {
    const holders = this.#holders;
    for (let row = 0, at = inodeAt; row < rows; row++, at += step) {
      const inode = (words[at] as number) >>> 0;
      if (inode !== 0) holders.mark(inode);
    }
  }

  #write(shared: SharedPairs, words: Int32Array, inodeAt: number, pidAt: number, step: number, rows: number): void {
    const holders = this.#holders;
    let hidden = 0;
    let unknown = 0;
    shared.clear();
    for (let row = 0; row < rows; row++) {
      const inode = (words[inodeAt + row * step] as number) >>> 0;
      const link = inode === 0 ? 0 : holders.firstHolder(inode);
      words[pidAt + row * step] = link === 0 ? 0 : holders.pidOf(link);
      if (link === 0) {
        if (inode === 0) continue;
        if (holders.isSearched(inode)) hidden++;
        else unknown++;
      } else if (holders.nextHolder(link) !== 0) {
        for (let each = link; each !== 0; each = holders.nextHolder(each)) shared.add(row, holders.pidOf(each));
      }
    }
    this.hidden = hidden;
    this.unknown = unknown;
    this.shared = shared.view;
  }
}

/** Opens a process file system: by the C library's functions, and where koffi or one of them is missing by Node's. */
function openProc(root: string): Proc {
  try {
    return openLibcProc(root);
  } catch {
    return new NodeProc(root);
  }
}
