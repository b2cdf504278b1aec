import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * A file that gets its name when it is whole: until then, it lies beside it under another one. So nobody takes a half for the
 * whole, and a file that is replaced is there until then.
 */
export class ExportFile {
  readonly #path: string;
  readonly #partPath: string;
  readonly #mayReplace: boolean;
  #descriptor: number | undefined;
  #size = 0;

  /**
   * @param mayReplace whether a file that is there may be replaced
   * @throws what the system says: EEXIST where there is one that may not
   */
  constructor(path: string, mayReplace: boolean) {
    this.#path = path;
    this.#partPath = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
    this.#mayReplace = mayReplace;
    if (!mayReplace && existsSync(path)) throw alreadyThere(path);
    this.#descriptor = openSync(this.#partPath, "wx");
  }

  /** Bytes that were written. */
  get size(): number {
    return this.#size;
  }

  /** Appends bytes, all of them. @throws what the system says: the disk is full */
  write(bytes: Uint8Array): void {
    // A disk that gets full takes a part of the bytes without a word, and says so with the next write.
    for (let written = 0; written < bytes.length; )
      written += writeSync(this.#descriptor as number, bytes, written, bytes.length - written);
    this.#size += bytes.length;
  }

  /** Gives the file its name, once all of it is on the disk. @throws what the system says */
  finish(): void {
    fsyncSync(this.#descriptor as number);
    this.#close();
    if (this.#mayReplace) renameSync(this.#partPath, this.#path);
    else nameAnew(this.#partPath, this.#path);
  }

  /** Removes what was written, unless it has its name already. May be called again. */
  abandon(): void {
    this.#close();
    rmSync(this.#partPath, { force: true });
  }

  #close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** A link never replaces a file that somebody has made meanwhile. Not all file systems have them. */
function nameAnew(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw alreadyThere(to);
    renameSync(from, to);
    return;
  }
  unlinkSync(from);
}

function alreadyThere(path: string): Error {
  const error = new Error(`${path} is there already. Choose another name, or add --force to replace it.`);
  return Object.assign(error, { code: "EEXIST", syscall: "open", path });
}
