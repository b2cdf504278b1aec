import type { Budget } from "./budget.js";
import type { Proc } from "./proc.js";
import { newProcess, type Process } from "./process.js";
import { ProcessReader } from "./process-reader.js";
import type { SocketHolders } from "./socket-holders.js";

/** Files that a sample may read for what is not urgent: some one and a half milliseconds. */
const ALLOWANCE = 512;
/** Of all files, one of so many is read again at each sample. */
const SAMPLES_A_ROUND = 64;
/** And so many at least. */
const CHECKED_AT_LEAST = 64;
/** For so many samples it counts that a process had a socket that was wanted. */
const FOUND_LATELY = 64;
/** A process with fewer files is searched before the larger ones, if it had sockets that were wanted lately. */
const FEW_FILES = 256;

/** Looks at all processes, and decides which of their files to read. */
export class ProcessSearch {
  /** How often it has looked around. */
  looks = 0;

  readonly #proc: Proc;
  readonly #holders: SocketHolders;
  readonly #reader: ProcessReader;
  readonly #budget: Budget;
  readonly #byPid = new Map<number, Process>();
  /** The same ones, in the order in which they were found. */
  readonly #processes: Process[] = [];
  /** Which process is looked at first: where the budget does not do for all of them, the next sample goes on there. */
  #lookAt = 0;
  /** Which file is checked next: a process and a descriptor. */
  #checkAt = 0;
  #checkDescriptor = 0;
  /** The sample at which the search of all files began that is not at its end yet; 0 where there is none. */
  #searchBegan = 0;
  readonly #processOf = (pid: number) => this.#byPid.get(pid);

  constructor(proc: Proc, holders: SocketHolders, budget: Budget) {
    this.#proc = proc;
    this.#holders = holders;
    this.#budget = budget;
    this.#reader = new ProcessReader(proc, holders, budget);
  }

  /** Brings what is known of the holders of sockets up to date, as far as one sample goes. */
  run(): void {
    const holders = this.#holders;
    this.looks++;
    this.#reader.begin(ALLOWANCE);
    this.#listProcesses();
    this.#lookAround();
    this.#listProcessesFiles(true);
    if (holders.wanted > 0) this.#searchLikely();
    this.#budget.beginPart();
    // At the first look, what several processes hold is no news.
    if (this.looks > 1) this.#reader.checkSuspects(this.#processOf);
    this.#listProcessesFiles(false);
    this.#checkNext();
    this.#searchAll();
    holders.searchedSince = Math.max(holders.searchedSince, this.#allCheckedSince());
  }

  /** Notes which processes are new, and which have ended. */
  #listProcesses(): void {
    this.#proc.listProcesses();
    const { numbers, listed } = this.#proc;
    for (let index = 0; index < listed; index++) {
      const pid = numbers[index] as number;
      let process = this.#byPid.get(pid);
      if (!process) {
        process = newProcess(pid);
        this.#byPid.set(pid, process);
        this.#processes.push(process);
      }
      process.present = this.looks;
    }
    for (let at = this.#processes.length - 1; at >= 0; at--) {
      if ((this.#processes[at] as Process).present !== this.looks) this.#remove(at);
    }
  }

  #remove(at: number): void {
    const process = this.#processes[at] as Process;
    this.#reader.dropFiles(process);
    this.#byPid.delete(process.pid);
    this.#processes.splice(at, 1);
    if (at < this.#lookAt) this.#lookAt--;
    if (at === this.#checkAt) this.#checkDescriptor = 0;
    if (at < this.#checkAt) this.#checkAt--;
  }

  /** Looks at the processes, and reads the likely descriptors of those that have changed. */
  #lookAround(): void {
    const processes = this.#processes;
    this.#budget.beginPart();
    for (let count = processes.length; count > 0; count--) {
      if (this.#lookAt >= processes.length) this.#lookAt = 0;
      const process = processes[this.#lookAt] as Process;
      const found = this.#reader.look(process);
      if (found === undefined) {
        // It has ended since the processes were listed.
        this.#remove(this.#lookAt);
      } else {
        this.#lookAt++;
        if (found === "changed" && process.checkedSince > 0) this.#reader.readLikely(process);
      }
      if (this.#budget.step()) return;
    }
  }

  /** Lists the files of processes that are new, or those of the others where it is not known which descriptors are open. */
  #listProcessesFiles(ofNew: boolean): void {
    this.#budget.beginPart();
    for (const process of this.#processes) {
      if (!process.unlisted || (process.checkedSince === 0) !== ofNew) continue;
      const urgent = ofNew || this.#holders.waiting > 0;
      if (!urgent && this.#reader.allowance <= 0) return;
      this.#reader.list(process, urgent);
      if (this.#budget.step()) return;
    }
  }

  /** Reads the likely descriptors of processes that have not changed as far as can be seen; first of those that found lately. */
  #searchLikely(): void {
    this.#budget.beginPart();
    for (let turn = 0; turn < 2; turn++) {
      for (const process of this.#processes) {
        if (this.#holders.wanted === 0) return;
        if (this.#hasFoundLately(process) !== (turn === 0) || process.checkedSince === 0) continue;
        this.#reader.readLikely(process);
        if (this.#budget.step()) return;
      }
    }
  }

  #hasFoundLately({ found }: Process): boolean {
    return found > this.#holders.sample - FOUND_LATELY && found > 0;
  }

  /** Reads the next part of all files again. */
  #checkNext(): void {
    const processes = this.#processes;
    let files = 0;
    for (const process of processes) files += process.files.length;
    let left = Math.min(files, Math.max(CHECKED_AT_LEAST, Math.ceil(files / SAMPLES_A_ROUND)));
    this.#budget.beginPart();
    while (left > 0) {
      if (this.#checkAt >= processes.length) this.#checkAt = 0;
      const process = processes[this.#checkAt];
      if (!process) return;
      this.#checkDescriptor = this.#reader.checkOne(process, this.#checkDescriptor);
      if (this.#checkDescriptor === 0) {
        this.#checkAt++;
        // Where files are not counted, only a listing shows new ones.
        if (!this.#reader.counted) process.unlisted = true;
        continue;
      }
      left--;
      if (this.#budget.step()) return;
    }
  }

  /** Reads all files that may be a socket that is wanted. */
  #searchAll(): void {
    if (this.#holders.wanted === 0) {
      this.#searchBegan = 0;
      return;
    }
    if (this.#searchBegan === 0) this.#searchBegan = this.#holders.sample;
    this.#budget.beginPart();
    let complete = true;
    for (let turn = 0; turn < 2; turn++) {
      for (const process of this.#processes) {
        if (this.#holders.wanted === 0) return;
        const first = this.#hasFoundLately(process) && process.files.length < FEW_FILES;
        if (first !== (turn === 0) || process.checkedSince >= this.#searchBegan) continue;
        const urgent = this.#holders.waiting > 0;
        if (!urgent && this.#reader.allowance <= 0) return;
        if (process.unlisted || !this.#reader.counted) this.#reader.list(process, urgent);
        // It may be that this program has too many files open itself to list another one's: there are other processes.
        if (process.listing === 0 && !this.#reader.checkOthers(process, this.#searchBegan, urgent)) return;
        if (process.checkedSince < this.#searchBegan) complete = false;
        if (this.#budget.step()) return;
      }
    }
    if (complete) this.#searchBegan = 0;
  }

  #allCheckedSince(): number {
    let oldest = this.#holders.sample;
    for (const { checkedSince } of this.#processes) oldest = Math.min(oldest, checkedSince);
    return oldest;
  }
}
