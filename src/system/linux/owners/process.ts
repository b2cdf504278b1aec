import { OpenFiles } from "./open-files.js";

/** A process, and what is known of its open files. */
export interface Process {
  readonly pid: number;
  readonly files: OpenFiles;
  /** Its folder's inode. */
  folder: number;
  /** Its folder's size when it was last looked at: the number of its open files since Linux 6.2, 0 before. */
  size: number;
  /** Which descriptors are open is not known: it is a new process, or the number of its files is another one than thought. */
  unlisted: boolean;
  /** The sample at which the listing of its descriptors began that is not at its end yet; 0 where there is none. */
  listing: number;
  /** Where that listing goes on. */
  position: bigint;
  /** Where the check goes on, and the sample at which it began; a descriptor. */
  checking: number;
  checkBegan: number;
  /** All its files have been read at this sample or later. */
  checkedSince: number;
  /** The sample at which it last had a socket that was wanted: who opens sockets opens more. */
  found: number;
  /** The last look around at which it was there. */
  present: number;
}

export function newProcess(pid: number): Process {
  return {
    pid,
    files: new OpenFiles(),
    folder: 0,
    size: 0,
    unlisted: true,
    listing: 0,
    position: 0n,
    checking: 0,
    checkBegan: 0,
    checkedSince: 0,
    found: 0,
    present: 0,
  };
}
