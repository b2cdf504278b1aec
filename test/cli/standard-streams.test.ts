import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StandardStream } from "../../src/cli/standard-streams.js";
import { describeWith, operatingSystem } from "../support/needs.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-streams-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Gives no stream of Node's: whoever asks for it fails. */
const noStream = (): never => {
  throw new Error("Node's stream was opened");
};

/** What a pipe holds. */
function readAll(pipe: number): Buffer {
  const bytes = Buffer.alloc(1 << 20);
  return bytes.subarray(0, readSync(pipe, bytes));
}

describeWith([operatingSystem("linux")], "a standard stream", () => {
  test("writes to a file without Node's stream, all of the text, and knows that it is no terminal", () => {
    const path = join(folder, "file");
    const file = openSync(path, "w");
    try {
      const stream = new StandardStream(file, noStream);
      expect(stream.writeDirectly("a → b\n")).toHaveLength(0);
      expect(stream.writeDirectly("c\n")).toHaveLength(0);
      expect([stream.isTTY, stream.hasColors({ FORCE_COLOR: "1" })]).toEqual([false, false]);
      expect(readFileSync(path, "utf8")).toBe("a → b\nc\n");
    } finally {
      closeSync(file);
    }
  });

  test("leaves a text for a device to Node's stream, whole: it may be a terminal", () => {
    const device = openSync("/dev/null", "w");
    try {
      expect(new StandardStream(device, noStream).writeDirectly("text")).toBe("text");
    } finally {
      closeSync(device);
    }
  });

  test("gives back what a full pipe that nobody waits for has not taken, and leaves all that follows to Node's stream", () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    // Open at both ends, so that neither waits for the other.
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      const stream = new StandardStream(pipe, noStream);
      const text = "0123456789→\n".repeat(20_000);
      const rest = stream.writeDirectly(text) as Uint8Array;
      expect(rest.length).toBeGreaterThan(0);
      const taken = readAll(pipe);
      expect(taken.length).toBeGreaterThan(0);
      expect(Buffer.concat([taken, rest]).toString()).toBe(text);
      // There is room again, but Node's stream may still hold what came before.
      expect(stream.writeDirectly("more")).toBe("more");
    } finally {
      closeSync(pipe);
    }
  });

  test("throws what the system says when it can not write", () => {
    const path = join(folder, "file-to-read");
    closeSync(openSync(path, "w"));
    const file = openSync(path, "r");
    try {
      expect(() => new StandardStream(file, noStream).writeDirectly("text")).toThrow("EBADF");
    } finally {
      closeSync(file);
    }
  });
});
