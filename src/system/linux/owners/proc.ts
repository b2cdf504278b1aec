/** What `socketOf` says of a descriptor that is not open, or that may not be seen. */
export const CLOSED = -1;
/** The position behind a folder's last entry. */
export const END = -1n;

/**
 * What is read of the process file system: which processes there are, and /proc/PID/fd of one of them at a time. Results lie
 * in members, which the next call overwrites: a sample makes no garbage.
 */
export interface Proc {
  /** What the last list has: PIDs or descriptors, `listed` of them. */
  readonly numbers: Int32Array;
  readonly listed: number;
  /** The selected folder's inode: another one is another process under the same PID, or the kernel has dropped the folder. */
  readonly folder: number;
  /** The selected folder's size: the number of open files since Linux 6.2, 0 before. */
  readonly size: number;

  /** Lists all processes. */
  listProcesses(): void;
  /** Selects the process that the other calls are about. */
  select(pid: number): void;
  /** Sets `folder` and `size`, without reading the folder. @returns false where there is no such process */
  look(): boolean;
  /**
   * Lists a part of the descriptors.
   *
   * @param position 0 for the first part, then what the call before returned
   * @param size how many there are, as far as it is known, else 0: a first part that has them all, and room for more, is the
   *   last one, and nothing is read to see that
   * @returns where the next part begins, END where this is the last one, which is empty where the process may not be seen;
   *   `undefined` where it can't be read now, as this process has too many files open itself
   */
  list(position: bigint, size: number): bigint | undefined;
  /** @returns the inode of the socket that a descriptor is, 0 where it is another kind of file, CLOSED where it is not open */
  socketOf(descriptor: number): number;
}
