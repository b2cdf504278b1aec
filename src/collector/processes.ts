import { UnsupportedSystemError } from "./errors.js";
import { LinuxProcessNames } from "./processes-linux.js";
import { openWindowsProcessNames } from "./processes-windows.js";

/** What processes are called. Answers are kept by PID and start time, so that a PID that is used again never lies. */
export interface ProcessNames {
  /** A process's name; `undefined` where there is no such process, or where this user may not know. */
  nameOf(pid: number): string | undefined;
  /** The path of a process's program; `undefined` where it has none, or where this user may not know. */
  pathOf(pid: number): string | undefined;
  /** Call it once a sample. What is known is checked again when it is next asked for. */
  refresh(): void;
}

/**
 * Opens the names of this machine's processes.
 *
 * @throws {UnsupportedSystemError} there is no way to them on this operating system
 */
export function openProcessNames(): ProcessNames {
  switch (process.platform) {
    case "win32":
      return openWindowsProcessNames();
    case "linux":
      return new LinuxProcessNames();
    default:
      throw new UnsupportedSystemError(
        `There is no way to the names of processes on ${process.platform} yet: tcptable reads them on Windows and Linux.`,
      );
  }
}
