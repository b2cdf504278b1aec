import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { print, printText } from "../../src/cli/output.js";

/** A stream that holds what is written, and fails from a write on. */
class Recorder extends Writable {
  text = "";
  readonly #failure: NodeJS.ErrnoException | undefined;

  constructor(failure?: NodeJS.ErrnoException) {
    super({ decodeStrings: false });
    this.#failure = failure;
  }

  override _write(chunk: string, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.text += chunk;
    done(this.#failure);
  }
}

const failure = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });

describe("print", () => {
  test("called many times listens to a stream's errors once, so that Node warns of no leak", async () => {
    const stream = new Recorder();
    for (let line = 1; line <= 15; line++) await print([`line ${line}`], stream);
    await printText("and a text\n", stream);
    expect(stream.text.split("\n")).toHaveLength(17);
    expect(stream.listenerCount("error")).toBe(1);
  });

  test("leaves a stream alone that others listen to as well", async () => {
    const stream = new Recorder();
    const other = () => {};
    stream.on("error", other);
    await print(["line"], stream);
    await print(["line"], stream);
    expect(stream.listeners("error")[0]).toBe(other);
    expect(stream.listenerCount("error")).toBe(2);
  });

  test.each(["EPIPE", "EOF"])("ends quietly where the reader has gone: %s", async (code) => {
    await expect(print(["line"], new Recorder(failure(code)))).resolves.toBeUndefined();
  });

  test("throws what the system says for another reason, and the stream's event ends nothing", async () => {
    const stream = new Recorder(failure("ENOSPC"));
    const told = new Promise((resolve) => stream.once("close", resolve));
    await expect(print(["line"], stream)).rejects.toThrow("ENOSPC: it failed");
    await told; // the event has come by now
  });
});
