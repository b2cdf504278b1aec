import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFileReadable, openFileWritable } from "../../src/capture/node-file.js";

describe("files of recordings", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tcptable-"));
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  test("a file for writing grows by what is written, and goes on at the end that it was cut to", async () => {
    const path = join(folder, "cut");
    const file = await openFileWritable(path);
    await file.write(Buffer.from("abcdef"));
    await file.truncate(2);
    await file.write(Buffer.from("xy"));
    await file.sync();
    expect(file.size).toBe(4);
    await file.close();
    expect(await readFile(path, "utf8")).toBe("abxy");
  });

  test("a file that is there is not overwritten unless that is asked for", async () => {
    const path = join(folder, "there");
    await writeFile(path, "old");
    await expect(openFileWritable(path)).rejects.toMatchObject({ code: "EEXIST" });
    expect(await readFile(path, "utf8")).toBe("old");
    const file = await openFileWritable(path, { force: true });
    await file.close();
    expect(await readFile(path, "utf8")).toBe("");
  });

  test.runIf(existsSync("/dev/full"))(
    "a full disk is the system's own error, and nothing counts as written",
    async () => {
      const file = await openFileWritable("/dev/full", { force: true });
      await expect(file.write(Buffer.from("abc"))).rejects.toMatchObject({ code: "ENOSPC" });
      expect(file.size).toBe(0);
      await file.close();
    },
  );

  test("what is read past a file's end is an error that says where it ends, and a file that grows is read on", async () => {
    const path = join(folder, "grows");
    const writing = await openFileWritable(path);
    await writing.write(Buffer.from("abc"));
    const reading = await openFileReadable(path);
    await expect(reading.read(1n, 5n)).rejects.toThrow("The file ends at byte 3: 5 bytes from 1 on were asked for.");
    await writing.write(Buffer.from("def"));
    expect(await reading.size()).toBe(6n);
    expect(Buffer.from(await reading.read(1n, 5n)).toString()).toBe("bcdef");
    await Promise.all([writing.close(), reading.close()]);
  });
});
