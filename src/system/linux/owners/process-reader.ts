import type { Budget } from "./budget.js";
import { CLOSED, END, type Proc } from "./proc.js";
import type { Process } from "./process.js";
import type { SocketHolders } from "./socket-holders.js";

/** Free descriptors that are tried at least, where the number of files tells that there are new ones. */
const FREE_TRIED = 16;
/** And at most, where it does not, in search of sockets that are wanted. */
const FREE_TRIED_FOR_WANTED = 4;
/** To list a file's descriptor takes a quarter of the time that it takes to read what the file is. */
const NAMES_PER_READ = 4;
/** Sockets that came to be held by one more process at one sample: what is more is left to the rolling check. */
const SUSPECTS = 512;
/** Numbers of each of them. */
const SUSPECT = 3;

/**
 * Reads the open files of one process at a time, and keeps what is known of them and of the sockets' holders in step.
 *
 * A file is read by following the link /proc/PID/fd/N: some three microseconds. All that is here goes about reading few.
 */
export class ProcessReader {
  /** Files that this sample may read yet for what is not urgent. */
  allowance = 0;
  /** Whether folders tell the number of open files. */
  #counted = false;
  /** Sockets that one more process holds now, by which descriptor, and its PID. The others may hold them no more. */
  readonly #suspects = new Uint32Array(SUSPECT * SUSPECTS);
  #suspectCount = 0;

  readonly #proc: Proc;
  readonly #holders: SocketHolders;
  readonly #budget: Budget;

  constructor(proc: Proc, holders: SocketHolders, budget: Budget) {
    this.#proc = proc;
    this.#holders = holders;
    this.#budget = budget;
  }

  /** Whether the size of a process's folder tells how many files it has open: before Linux 6.2 a change is not seen. */
  get counted(): boolean {
    return this.#counted;
  }

  /**
   * Looks whether a process's files have changed, without reading them.
   *
   * @returns `undefined` where it has ended
   */
  look(process: Process): "changed" | "unchanged" | undefined {
    const proc = this.#proc;
    proc.select(process.pid);
    if (!proc.look()) return undefined;
    if (proc.folder !== process.folder) {
      this.dropFiles(process);
      process.folder = proc.folder;
    }
    if (proc.size > 0) this.#counted = true;
    const changed = process.unlisted || proc.size !== process.size;
    process.size = proc.size;
    return changed ? "changed" : "unchanged";
  }

  /** Takes a process for one that nothing is known of. Its sockets are held by the others that hold them, or by nobody. */
  dropFiles(process: Process): void {
    const { files, pid } = process;
    for (let at = 0; at < files.length; at++) {
      const socket = files.sockets[at] as number;
      if (socket !== 0) this.#holders.remove(socket, pid);
    }
    files.length = 0;
    process.unlisted = true;
    process.listing = 0;
    process.checking = 0;
    process.checkedSince = 0;
  }

  /**
   * Reads the descriptors that are most likely to have changed: those whose socket has left the tables, and then those that
   * were free, from the lowest on, because this is the order in which the kernel gives them away.
   */
  readLikely(process: Process): void {
    const { files } = process;
    const holders = this.#holders;
    this.#proc.select(process.pid);
    for (let at = files.length - 1; at >= 0; at--) {
      const socket = files.sockets[at] as number;
      if (socket === 0 || !holders.hasLeft(socket)) continue;
      if (this.#readAgain(process, at) === socket) holders.markOpen(socket);
      if (this.#budget.step()) break;
    }
    this.#readFree(process);
    this.#compareCount(process);
  }

  /** Where as many files are known as the process has, they are taken for the same ones. */
  #compareCount(process: Process): void {
    if (!this.#counted) return;
    process.unlisted = process.size !== process.files.length;
    if (!process.unlisted) process.listing = 0;
  }

  /**
   * Reads descriptors that were free, until as many files are known as the process has, and none of its sockets is wanted. The
   * number alone is not enough: files that were closed after the table was read are still counted as known.
   */
  #readFree(process: Process): void {
    const { files, size } = process;
    let at = files.lowestFree();
    let missed = 0;
    for (let descriptor = at; ; descriptor++) {
      const more = files.length < size;
      if (!more && this.#holders.wanted === 0) return;
      if (missed >= (more ? FREE_TRIED + (files.length >>> 3) : FREE_TRIED_FOR_WANTED)) return;
      if (at < files.length && files.descriptors[at] === descriptor) {
        at++;
        continue;
      }
      if (this.#readNew(process, at, descriptor)) at++;
      else missed++;
      if (this.#budget.step()) return;
    }
  }

  /**
   * Lists the descriptors of a process, and reads those that are new. May stop where the budget or the allowance ends; then the
   * next call goes on there.
   *
   * @param urgent whether it may use more than the allowance
   */
  list(process: Process, urgent: boolean): void {
    const { files } = process;
    const { sample } = this.#holders;
    if (process.folder === 0 && this.look(process) === undefined) return;
    if (process.listing === 0) {
      process.listing = sample;
      process.position = 0n;
    }
    for (;;) {
      this.#proc.select(process.pid);
      const next = this.#proc.list(process.position, process.size);
      if (next === undefined) return;
      const { numbers, listed } = this.#proc;
      this.allowance -= listed / NAMES_PER_READ;
      for (let index = 0; index < listed; index++) {
        const descriptor = numbers[index] as number;
        const at = files.search(descriptor);
        if (at < files.length && files.descriptors[at] === descriptor) {
          files.seen[at] = sample;
          continue;
        }
        this.#readNew(process, at, descriptor);
        if (this.#budget.step()) return;
        if (this.allowance <= 0 && !urgent) return;
      }
      if (next === END) break;
      process.position = next;
      if (this.allowance <= 0 && !urgent) return;
    }
    files.removeUnseen(process.listing, (socket) => this.#holders.remove(socket, process.pid));
    if (process.checkedSince === 0) process.checkedSince = process.listing;
    process.unlisted = false;
    process.listing = 0;
  }

  /**
   * Reads a process's files again, but those that are sockets in the tables: nothing hints that they have changed. May stop where
   * the budget or the allowance ends; then the next call goes on there.
   *
   * @param since a check that began before this sample begins anew
   * @param urgent whether it may use more than the allowance
   * @returns whether it came to the end; `checkedSince` tells whether nothing was missed
   */
  checkOthers(process: Process, since: number, urgent: boolean): boolean {
    const { files } = process;
    const holders = this.#holders;
    this.#proc.select(process.pid);
    if (process.checkBegan < since) process.checking = 0;
    if (process.checking === 0) process.checkBegan = holders.sample;
    for (let at = files.search(process.checking); at < files.length; ) {
      if (this.allowance <= 0 && !urgent) return false;
      const descriptor = files.descriptors[at] as number;
      process.checking = descriptor + 1;
      const socket = files.sockets[at] as number;
      if (socket === 0 || !holders.isInTable(socket)) {
        if (this.#readAgain(process, at) === CLOSED) at--;
        if (holders.wanted === 0 || this.#budget.step()) return false;
      }
      at++;
    }
    process.checking = 0;
    if (!process.unlisted) process.checkedSince = process.checkBegan;
    return true;
  }

  /** Reads one file again, the first one from a descriptor on. @returns the descriptor behind it, 0 at the end */
  checkOne(process: Process, descriptor: number): number {
    const { files } = process;
    const at = files.search(descriptor);
    if (at >= files.length) return 0;
    const checked = files.descriptors[at] as number;
    this.#proc.select(process.pid);
    this.#readAgain(process, at);
    return checked + 1;
  }

  /** Starts a sample. */
  begin(allowance: number): void {
    this.allowance = allowance;
    this.#suspectCount = 0;
  }

  /**
   * Where one more process holds a socket, it may have been handed over: reads the descriptor by which the one that was told
   * before held it.
   *
   * @param processOf the process that has a PID
   */
  checkSuspects(processOf: (pid: number) => Process | undefined): void {
    const suspects = this.#suspects;
    const holders = this.#holders;
    for (let at = 0; at < this.#suspectCount * SUSPECT; at += SUSPECT) {
      const socket = suspects[at] as number;
      let link = holders.firstHolder(socket);
      if (link !== 0 && holders.pidOf(link) === suspects[at + 2]) link = holders.nextHolder(link);
      const process = link === 0 ? undefined : processOf(holders.pidOf(link));
      if (process) this.#checkSocket(process, socket, suspects[at + 1] as number);
      if (this.#budget.step()) return;
    }
  }

  /** Reads the descriptor by which a process holds a socket; after a fork it is the same one as in the other process. */
  #checkSocket(process: Process, socket: number, descriptor: number): void {
    const { files } = process;
    let at = files.search(descriptor);
    if (at >= files.length || files.sockets[at] !== socket)
      at = files.sockets.subarray(0, files.length).indexOf(socket);
    if (at < 0) return;
    this.#proc.select(process.pid);
    this.#readAgain(process, at);
  }

  /** @returns what the file is now */
  #readAgain(process: Process, at: number): number {
    const { files, pid } = process;
    const before = files.sockets[at] as number;
    const descriptor = files.descriptors[at] as number;
    this.allowance--;
    const socket = this.#proc.socketOf(descriptor);
    files.seen[at] = this.#holders.sample;
    if (socket === before) return socket;
    if (before !== 0) this.#holders.remove(before, pid);
    if (socket === CLOSED) {
      files.remove(at);
      // Where the number of files is the same all the same, another one was opened.
      process.unlisted = true;
      return CLOSED;
    }
    files.sockets[at] = socket;
    if (socket !== 0) this.#add(process, socket, descriptor);
    return socket;
  }

  /** Reads a descriptor that was not known. @returns whether it is open */
  #readNew(process: Process, at: number, descriptor: number): boolean {
    this.allowance--;
    const socket = this.#proc.socketOf(descriptor);
    if (socket === CLOSED) return false;
    process.files.insert(at, descriptor, socket, this.#holders.sample);
    if (socket !== 0) this.#add(process, socket, descriptor);
    return true;
  }

  #add(process: Process, socket: number, descriptor: number): void {
    const holders = this.#holders;
    const other = holders.firstHolder(socket);
    if (holders.add(socket, process.pid)) process.found = holders.sample;
    if (other === 0 || this.#suspectCount === SUSPECTS) return;
    const at = this.#suspectCount++ * SUSPECT;
    this.#suspects[at] = socket;
    this.#suspects[at + 1] = descriptor;
    this.#suspects[at + 2] = process.pid;
  }
}
