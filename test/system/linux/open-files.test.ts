import * as fc from "fast-check";
import { expect, test } from "vitest";
import { OpenFiles } from "../../../src/system/linux/owners/open-files.js";

interface File {
  readonly socket: number;
  readonly seen: number;
}

function contents({ length, descriptors, sockets, seen }: OpenFiles): [number, File][] {
  return Array.from({ length }, (_, at) => [
    descriptors[at] as number,
    { socket: sockets[at] as number, seen: seen[at] as number },
  ]);
}

test("a process's open files are those that were put in and not taken out, ascending, whatever happens to them", () => {
  const act = fc.record({
    descriptor: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 30 })),
    socket: fc.nat({ max: 2 ** 32 - 1 }),
    what: fc.constantFrom("insert", "insert", "insert", "remove", "removeUnseen"),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
      const files = new OpenFiles();
      const expected = new Map<number, File>();
      acts.forEach(({ descriptor, socket, what }, sample) => {
        const at = files.search(descriptor);
        expect(files.descriptors.subarray(0, files.length).findIndex((other) => other >= descriptor)).toBe(
          at === files.length ? -1 : at,
        );
        if (what === "insert" && !expected.has(descriptor)) {
          files.insert(at, descriptor, socket, sample);
          expected.set(descriptor, { socket, seen: sample });
        } else if (what === "remove" && expected.delete(descriptor)) {
          files.remove(at);
        } else if (what === "removeUnseen") {
          const removed: number[] = [];
          files.removeUnseen(sample >>> 1, (inode) => removed.push(inode));
          const unseen = [...expected].filter(([, { seen }]) => seen < sample >>> 1).sort(([a], [b]) => a - b);
          for (const [old] of unseen) expected.delete(old);
          expect(removed).toEqual(unseen.map(([, { socket }]) => socket).filter((inode) => inode !== 0));
        }
        expect(contents(files)).toEqual([...expected].sort(([a], [b]) => a - b));
        let free = 0;
        while (expected.has(free)) free++;
        expect(files.lowestFree()).toBe(free);
      });
    }),
    { numRuns: 200, interruptAfterTimeLimit: 20_000 },
  );
});
