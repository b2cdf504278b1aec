import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { closedPipeQuestion } from "../../../src/system/system.js";
import { describeWith, operatingSystem } from "../../support/needs.js";

const questionOf = (descriptor: number) => closedPipeQuestion(descriptor) as () => boolean;

describeWith([operatingSystem("linux")], "whether the other end is closed", () => {
  test("is told of a pipe without a write to it, as soon as the last reader has gone", () => {
    const folder = mkdtempSync(join(tmpdir(), "tcptable-"));
    try {
      const path = join(folder, "pipe");
      execFileSync("mkfifo", [path]);
      const readers = [0, 1].map(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
      const writer = openSync(path, constants.O_WRONLY);
      const isClosed = questionOf(writer);
      expect(isClosed()).toBe(false);
      closeSync(readers[0] as number);
      expect(isClosed()).toBe(false);
      closeSync(readers[1] as number);
      expect([isClosed(), isClosed()]).toEqual([true, true]);
      closeSync(writer);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("is never told of a file", () => {
    const file = openSync("/dev/null", "w");
    expect(questionOf(file)()).toBe(false);
    closeSync(file);
  });
});
