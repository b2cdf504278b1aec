import { fstatSync, writeSync } from "node:fs";

/**
 * Standard output or standard error. To open Node's own stream takes the command 4 ms, and all that it does for a file or a
 * pipe is to write. So that is done here; Node's stream is for terminals, for Windows, and for a reader that is behind.
 */
export class StandardStream {
  readonly #descriptor: number;
  readonly #openStream: () => NodeJS.WriteStream;
  /** Whether it is written to without Node's stream; `undefined` until that was found out. */
  #isDirect: boolean | undefined;

  /** @param openStream gives Node's stream for the descriptor */
  constructor(descriptor: number, openStream: () => NodeJS.WriteStream) {
    this.#descriptor = descriptor;
    this.#openStream = openStream;
  }

  /** Node's stream. */
  get stream(): NodeJS.WriteStream {
    return this.#openStream();
  }

  /** Whether a terminal shows it. */
  get isTTY(): boolean {
    return !this.#mayWriteDirectly() && this.stream.isTTY;
  }

  /** Cells of a line of the terminal that shows it; `undefined` where none does, or where it does not tell. */
  get columns(): number | undefined {
    return this.isTTY ? this.stream.columns || undefined : undefined;
  }

  /** Whether it is a terminal that has colours. */
  hasColors(environment: object): boolean {
    return this.isTTY && this.stream.hasColors(environment);
  }

  /**
   * Writes what can be written without Node's stream, and waits for the reader as that would. Returns what is left, which is for
   * Node's stream: from then on, all is.
   *
   * @throws what the system says, when it can't write: the reader has gone, the disk is full
   */
  writeDirectly(text: string): string | Uint8Array {
    if (!this.#mayWriteDirectly()) return text;
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      // The pipe is full, and somebody who shares it has said that nobody waits for it: Node's stream knows how to.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      this.#isDirect = false;
    }
    return bytes.subarray(written);
  }

  #mayWriteDirectly(): boolean {
    this.#isDirect ??= process.platform !== "win32" && !fstatSync(this.#descriptor).isCharacterDevice();
    return this.#isDirect;
  }
}

export const STDOUT = /* @__PURE__ */ new StandardStream(1, () => process.stdout);
export const STDERR = /* @__PURE__ */ new StandardStream(2, () => process.stderr);
