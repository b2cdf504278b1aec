import { readdir, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type FileWritable, openFileReadable, openFileWritable } from "../capture/node-file.js";
import { isRecording } from "../capture/recording-start.js";

/** What stands for a part of the time in a file's name, and what it looks like there. */
const PARTS: Readonly<Record<string, { readonly of: (time: Date) => number; readonly digits: number }>> = {
  Y: { of: (time) => time.getFullYear(), digits: 4 },
  m: { of: (time) => time.getMonth() + 1, digits: 2 },
  d: { of: (time) => time.getDate(), digits: 2 },
  H: { of: (time) => time.getHours(), digits: 2 },
  M: { of: (time) => time.getMinutes(), digits: 2 },
  S: { of: (time) => time.getSeconds(), digits: 2 },
};

/** A path with `%Y`, `%m`, `%d`, `%H`, `%M`, `%S` in its last part, which stand for the time; `%%` is a percent sign. */
export class NamePattern {
  readonly text: string;
  readonly #folder: string;
  readonly #name: string;

  /** @throws {RangeError} something else stands behind a `%` */
  constructor(text: string) {
    this.text = text;
    this.#folder = dirname(text);
    this.#name = basename(text);
    for (const [, letter = ""] of this.#name.matchAll(/%(.?)/g))
      if (letter !== "%" && !(letter in PARTS))
        throw new RangeError(
          `"%${letter}" in a file's name means nothing: %Y %m %d %H %M %S stand for the time, %% for a percent sign.`,
        );
  }

  /** Whether each second has a name of its own. */
  get hasTime(): boolean {
    return ["Y", "m", "d", "H", "M", "S"].every((letter) => this.#letters().includes(letter));
  }

  /**
   * The path at a time, in this machine's zone.
   *
   * @param copy 2, 3, … for further files of the same second: the number stands before the name's end
   */
  at(time: Date, copy = 1): string {
    const name = this.#name.replace(/%(.)/g, (_, letter: string) => {
      const part = PARTS[letter];
      return part ? String(part.of(time)).padStart(part.digits, "0") : letter;
    });
    const end = name.lastIndexOf(".");
    const numbered =
      copy === 1 ? name : end > 0 ? `${name.slice(0, end)}-${copy}${name.slice(end)}` : `${name}-${copy}`;
    return this.#folder === "." && !this.text.startsWith("./") ? numbered : join(this.#folder, numbered);
  }

  /** The files in the folder whose names this pattern may have made, oldest first. */
  async existing(): Promise<string[]> {
    return (await this.#found()).map(({ name }) => join(this.#folder, name));
  }

  /** The highest number of a file of this second that is in the folder: 1 for the one without a number, 0 where there is none. */
  async lastCopy(time: Date): Promise<number> {
    const name = basename(this.at(time));
    const end = name.lastIndexOf(".");
    const stem = end > 0 ? name.slice(0, end) : name;
    return (await this.#found()).findLast((one) => one.time === stem)?.copy ?? 0;
  }

  async #found(): Promise<{ readonly name: string; readonly time: string; readonly copy: number }[]> {
    const end = this.#name.lastIndexOf(".");
    const [stem, extension] = end > 0 ? [this.#name.slice(0, end), this.#name.slice(end)] : [this.#name, ""];
    const pattern = new RegExp(`^(${expressionOf(stem)})(?:-(\\d+))?${expressionOf(extension)}$`);
    // By the time in the name; further files of a second come behind its first.
    const found = (await readdir(this.#folder)).flatMap((name) => {
      const [, time, copy = "1"] = pattern.exec(name) ?? [];
      return time === undefined ? [] : [{ name, time, copy: Number(copy) }];
    });
    return found.sort((one, other) =>
      one.time === other.time ? one.copy - other.copy : one.time < other.time ? -1 : 1,
    );
  }

  #letters(): string[] {
    return [...this.#name.matchAll(/%(.)/g)].map(([, letter = ""]) => letter);
  }
}

function expressionOf(text: string): string {
  return text.replace(/%(.)|[\\^$.*+?()[\]{}|/-]/g, (found, letter?: string) => {
    if (letter === undefined) return `\\${found}`;
    return PARTS[letter] ? `\\d{${PARTS[letter].digits}}` : "%";
  });
}

/** A file that is being written, and where it is. */
export interface OpenFile {
  readonly path: string;
  readonly to: FileWritable;
}

/**
 * Makes the first file of a recording.
 *
 * @throws what the system says: EEXIST where there is one already, and `force` does not allow to empty it
 */
export async function openFirst(pattern: NamePattern, force: boolean, now: Date): Promise<OpenFile> {
  const path = pattern.at(now);
  return { path, to: await openFileWritable(path, { force }) };
}

/**
 * Makes one more file. Never one that is there, nor one before those that are: a second may have several, of which the first may
 * have been deleted, and names tell which one is older.
 *
 * @throws what the system says
 */
export async function openNext(pattern: NamePattern, now: Date): Promise<OpenFile> {
  for (let copy = (await pattern.lastCopy(now)) + 1; ; copy++) {
    const path = pattern.at(now, copy);
    try {
      return { path, to: await openFileWritable(path) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/**
 * Deletes the oldest recordings with such names, so that so many are left. What is no recording of tcptable stays.
 *
 * @param current the one that is being written: it counts. What comes behind it does not: that waits for its first sample
 * @returns the paths of those that are gone
 * @throws what the system says
 */
export async function deleteOldest(pattern: NamePattern, keep: number, current: string): Promise<string[]> {
  const recordings: string[] = [];
  const paths = await pattern.existing();
  const end = paths.findIndex((path) => resolve(path) === resolve(current)) + 1;
  for (const path of paths.slice(0, end)) if (await holdsRecording(path)) recordings.push(path);
  const oldest = recordings.slice(0, Math.max(0, recordings.length - keep));
  for (const path of oldest) await unlink(path);
  return oldest;
}

async function holdsRecording(path: string): Promise<boolean> {
  const from = await openFileReadable(path);
  try {
    return await isRecording(from);
  } finally {
    await from.close();
  }
}
