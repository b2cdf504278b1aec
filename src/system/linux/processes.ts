import { readFileSync, readlinkSync } from "node:fs";
import type { ProcessNames } from "../contract.js";

/** Milliseconds of a clock tick in /proc: USER_HZ is 100 on every processor that Node runs on. */
const CLOCK_TICK = 10;

/** One process, as it was when it was last looked at. */
interface Known {
  readonly name: string;
  /** Clock ticks since the system started: with the PID, this is who it is. */
  readonly startTime: string;
  /** `undefined` where it has none that may be seen; absent until it is asked for. */
  path?: string | undefined;
  /** The refresh after which it was looked at. */
  checked: number;
}

/**
 * Names from /proc/PID/stat: the kernel's `comm`, 15 bytes at the most, as `ss -p` and `ps` show it. Paths from
 * /proc/PID/exe: the kernel adds ` (deleted)` to a program whose file was replaced while it ran.
 */
export class LinuxProcessNames implements ProcessNames {
  readonly #root: string;
  readonly #known = new Map<number, Known>();
  #refreshes = 0;
  /** When the system started, milliseconds since 1970; absent until it is asked for. */
  #bootTime?: number | undefined;

  /** @param root where the process file system is mounted */
  constructor(root = "/proc") {
    this.#root = root;
  }

  nameOf(pid: number): string | undefined {
    return this.#look(pid)?.name;
  }

  startOf(pid: number): number | undefined {
    const known = this.#look(pid);
    if (!known) return undefined;
    // Read once: the kernel tells another second when the clock is set, and a process would then seem to be another one.
    this.#bootTime ??= parseBootTime(this.#try(() => readFileSync(`${this.#root}/stat`, "latin1")) ?? "");
    return this.#bootTime === undefined ? undefined : this.#bootTime + Number(known.startTime) * CLOCK_TICK;
  }

  pathOf(pid: number): string | undefined {
    const known = this.#look(pid);
    if (known && !("path" in known)) known.path = this.#try(() => readlinkSync(`${this.#root}/${pid}/exe`));
    return known?.path;
  }

  refresh(): void {
    for (const [pid, { checked }] of this.#known) {
      // Nobody asked since the last time: the process may be long gone.
      if (checked !== this.#refreshes) this.#known.delete(pid);
    }
    this.#refreshes++;
  }

  #look(pid: number): Known | undefined {
    if (pid === 0) return undefined; // a socket without a process
    const known = this.#known.get(pid);
    if (known?.checked === this.#refreshes) return known;
    const stat = this.#try(() => readFileSync(`${this.#root}/${pid}/stat`, "utf8"));
    const { name, startTime } = parseStat(stat ?? "") ?? {};
    if (name === undefined || startTime === undefined) {
      this.#known.delete(pid);
      return undefined;
    }
    // A program that another one was put in place of by exec() keeps PID and start time: the name shows it.
    if (known?.startTime === startTime && known.name === name) {
      known.checked = this.#refreshes;
      return known;
    }
    const found: Known = { name, startTime, checked: this.#refreshes };
    this.#known.set(pid, found);
    return found;
  }

  /** What a look into the file system gives; `undefined` where the process has ended or is somebody else's. */
  #try(look: () => string): string | undefined {
    try {
      return look();
    } catch {
      return undefined;
    }
  }
}

/**
 * The name and the start time in a line of /proc/PID/stat, `42 (name) S 1 42 …`. The name may hold blanks, parentheses
 * and line ends: what counts is the last parenthesis.
 */
export function parseStat(text: string): { name: string; startTime: string } | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  // Behind the name comes field 3; the start time is field 22.
  const startTime = text.slice(close + 2).split(" ")[22 - 3];
  if (startTime === undefined || !/^\d+$/.test(startTime)) return undefined;
  return { name: text.slice(open + 1, close), startTime };
}

/** When the system started, milliseconds since 1970, in /proc/stat: its line `btime` has whole seconds. */
function parseBootTime(text: string): number | undefined {
  const seconds = /^btime (\d{1,12})$/m.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
