import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cachedReadable } from "../../src/viewer/worker/block-cache.js";
import { MemoryFile } from "../support/recordings.js";

const counted = (length: number, from = 0) => Uint8Array.from({ length }, (_, at) => (from + at * 7) & 255);

describe("the cache of blocks", () => {
  test("what is read through the cache is what the file has, also where it has grown between", async () => {
    const step = fc.oneof(
      fc.record({ at: fc.nat(4000), length: fc.nat(600) }),
      fc.record({ grow: fc.integer({ min: 1, max: 200 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const file = new MemoryFile(counted(500));
        const cached = cachedReadable(file, 64, 4);
        for (const step of steps) {
          if ("grow" in step) {
            file.append(counted(step.grow, file.bytes.length));
            continue;
          }
          const { at, length } = step;
          const read = cached.read(BigInt(at), BigInt(length));
          if (at + length > file.bytes.length) await expect(read).rejects.toThrow();
          else expect(await read).toEqual(file.bytes.slice(at, at + length));
        }
      }),
      { numRuns: 200, interruptAfterTimeLimit: 10_000, endOnFailure: true },
    );
  });

  test("parts side by side are read from the file once", async () => {
    const file = new MemoryFile(counted(1000));
    const cached = cachedReadable(file, 256, 4);
    for (let at = 0; at < 1000; at += 10) await cached.read(BigInt(at), 10n);
    expect(file.reads).toBe(4);
  });

  test("a block that could not be read is tried again", async () => {
    const file = new MemoryFile(counted(100));
    let fails = true;
    const cached = cachedReadable({
      size: () => file.size(),
      read: (offset, length) => (fails ? Promise.reject(new Error("the network is down")) : file.read(offset, length)),
    });
    await expect(cached.read(0n, 10n)).rejects.toThrow("the network is down");
    fails = false;
    expect(await cached.read(0n, 10n)).toEqual(counted(10));
  });
});
