import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryFile } from "../../src/viewer/worker/memory-file.js";

describe("MemoryFile", () => {
  test("gives back what was written, wherever it is read, also after it was cut off", async () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
    const cases = fc.tuple(parts, fc.nat(), fc.nat(), fc.nat());
    await fc.assert(
      fc.asyncProperty(cases, async ([written, cut, from, length]) => {
        const file = new MemoryFile();
        let expected = new Uint8Array(0);
        for (const part of written) {
          const reused = part.slice();
          await file.writable.write(reused);
          reused.fill(0);
          expected = new Uint8Array([...expected, ...part]);
        }
        const size = cut % (expected.length + 1);
        if (cut % 2 === 0) {
          await file.writable.truncate(size);
          await file.writable.write(new Uint8Array([1, 2]));
          expected = new Uint8Array([...expected.subarray(0, size), 1, 2]);
        }
        expect([file.size, file.writable.size, await file.readable.size()]).toEqual([
          expected.length,
          expected.length,
          BigInt(expected.length),
        ]);
        const start = from % (expected.length + 1);
        const count = length % (expected.length - start + 1);
        expect(await file.readable.read(BigInt(start), BigInt(count))).toEqual(expected.slice(start, start + count));
        await expect(file.readable.read(BigInt(start), BigInt(expected.length - start + 1))).rejects.toThrow(
          RangeError,
        );
      }),
      { numRuns: 200, interruptAfterTimeLimit: 5000 },
    );
  });
});
