import { filetimeToDate } from "../../format/times.js";
import type { ProcessNames } from "../contract.js";
import { loadFunction, type NativeFunction } from "../koffi.js";
import { KERNEL32 } from "./system-library.js";

export interface WindowsProcessesOptions {
  /** The library that has the functions; `kernel32.dll` unless said otherwise. */
  readonly library?: string | undefined;
}

/** `winnt.h`. The least that tells a process's times and path: it works for most processes of other users too. */
const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
/** UTF-16 code units: the longest path that Windows has. */
const LONGEST_PATH = 32_768;

/** Two that are no programs: the kernel owns them, and nobody may open them. */
const KERNEL_PROCESSES: Readonly<Record<number, string>> = { 0: "System Idle Process", 4: "System" };

/** What is known of a PID. Two processes that had it one after the other differ in `created`. */
interface Known {
  /** FILETIME at which the process began, its low and high half. */
  createdLow: number;
  createdHigh: number;
  path: string | undefined;
  /** The sample at which it was last checked. */
  sample: number;
}

/**
 * Names of Windows' processes, by OpenProcess, GetProcessTimes and QueryFullProcessImageNameW of kernel32.dll.
 *
 * @throws {UnsupportedSystemError} koffi, the library or a function can't be loaded
 */
export function openWindowsProcessNames(options: WindowsProcessesOptions = {}): ProcessNames {
  return new WindowsProcessNames(options.library ?? KERNEL32);
}

class WindowsProcessNames implements ProcessNames {
  readonly #openProcess: NativeFunction;
  readonly #getProcessTimes: NativeFunction;
  readonly #queryFullProcessImageName: NativeFunction;
  readonly #closeHandle: NativeFunction;
  readonly #known = new Map<number, Known>();
  readonly #created = new Uint32Array(2);
  /** GetProcessTimes tells three times more, which nobody asks for. */
  readonly #unused = new Uint32Array(2);
  readonly #path = new Uint16Array(LONGEST_PATH);
  readonly #length = new Uint32Array(1);
  readonly #decoder = new TextDecoder("utf-16le");
  #sample = 0;

  constructor(library: string) {
    const load = (name: string, types: string[], result: string) => loadFunction(library, name, types, result);
    this.#openProcess = load("OpenProcess", ["uint32_t", "int32_t", "uint32_t"], "uintptr_t");
    const times = ["uintptr_t", "void *", "void *", "void *", "void *"];
    this.#getProcessTimes = load("GetProcessTimes", times, "int32_t");
    const image = ["uintptr_t", "uint32_t", "void *", "void *"];
    this.#queryFullProcessImageName = load("QueryFullProcessImageNameW", image, "int32_t");
    this.#closeHandle = load("CloseHandle", ["uintptr_t"], "int32_t");
  }

  nameOf(pid: number): string | undefined {
    const path = this.pathOf(pid);
    return path === undefined ? KERNEL_PROCESSES[pid] : path.slice(path.lastIndexOf("\\") + 1);
  }

  startOf(pid: number): number | undefined {
    if (this.pathOf(pid) === undefined) return undefined;
    const { createdLow = 0, createdHigh = 0 } = this.#known.get(pid) ?? {};
    return filetimeToDate((BigInt(createdHigh) << 32n) | BigInt(createdLow))?.getTime();
  }

  pathOf(pid: number): string | undefined {
    if (pid in KERNEL_PROCESSES) return undefined;
    const known = this.#known.get(pid);
    if (known?.sample === this.#sample) return known.path;
    return this.#look(pid, known);
  }

  /** What was not asked for since the last call is forgotten: most of it will never be again. */
  refresh(): void {
    for (const [pid, { sample }] of this.#known) if (sample !== this.#sample) this.#known.delete(pid);
    this.#sample++;
  }

  /** Asks the system, for the path only where the process is not the one that is known. */
  #look(pid: number, known: Known | undefined): string | undefined {
    const process = this.#openProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid);
    // It has ended, or this user may not see it. A name from before could be another process's.
    let [low, high, path]: [number, number, string | undefined] = [0, 0, undefined];
    if (process) {
      try {
        if (this.#getProcessTimes(process, this.#created, this.#unused, this.#unused, this.#unused)) {
          [low = 0, high = 0] = this.#created;
          const same = known !== undefined && known.createdLow === low && known.createdHigh === high;
          path = same && known.path !== undefined ? known.path : this.#imagePath(process);
        }
      } finally {
        this.#closeHandle(process);
      }
    }
    this.#known.set(pid, { createdLow: low, createdHigh: high, path, sample: this.#sample });
    return path;
  }

  #imagePath(process: number): string | undefined {
    this.#length[0] = LONGEST_PATH;
    if (!this.#queryFullProcessImageName(process, 0, this.#path, this.#length)) return undefined;
    return this.#decoder.decode(this.#path.subarray(0, this.#length[0])) || undefined;
  }
}
