import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Problem } from "../../src/viewer/protocol.js";
import { BUSY_TICKS } from "../support/busy-ticks.js";
import { record } from "../support/recordings.js";
import { Asker, Unanswered } from "./asking.js";

test("whatever is in a recording, its questions are answered or refused in words, and none is a defect", async () => {
  const bytes = (await record(BUSY_TICKS)).bytes.slice();
  const change = fc.record({
    at: fc.nat(bytes.length - 8),
    // Lengths and counts are little-endian: these make some of them huge.
    value: fc.constantFrom(
      [0xff, 0xff, 0xff, 0xff],
      [0, 0, 0, 0x7f],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
      [0],
    ),
  });
  const part = fc.record({
    changes: fc.array(change, { maxLength: 4 }),
    length: fc.double({ min: 0.05, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(part, async ({ changes, length }) => {
      const broken = bytes.slice(0, Math.floor(bytes.length * length));
      for (const { at, value } of changes) if (at + value.length <= broken.length) broken.set(value, at);
      const asker = new Asker();
      const problems: Problem[] = [];
      const answer = async <Answer>(asked: Promise<Answer>): Promise<Answer | undefined> => {
        try {
          return await asked;
        } catch (error) {
          if (!(error instanceof Unanswered)) throw error;
          problems.push(error.problem);
          return undefined;
        }
      };
      const file = new Blob([broken]);
      const info = await answer(asker.ask("open", { kind: "file", file, name: "x.mcap" }));
      if (info) {
        const { start, end } = info;
        const at = (start + end) / 2;
        await answer(asker.ask("view", { at, where: "", sort: ["-remotePort"], since: { kind: "sample" } }));
        const rows = (await answer(asker.ask("rows", { from: 0, to: 20 })))?.rows ?? [];
        await answer(asker.ask("groups", { by: "remoteAddress" }));
        await answer(asker.ask("timeline", { from: start, to: end, columns: 50 }));
        await answer(asker.ask("scan", { where: "state close-wait" }));
        await answer(asker.ask("lane", { from: start, to: end, columns: 50 }));
        await answer(asker.ask("lives", { from: 0, to: 20 }));
        await answer(asker.ask("firstSeen", { at, rows }));
        await answer(asker.ask("change", { at, where: "", direction: -1 }));
        if (rows[0]) await answer(asker.ask("life", { at, row: rows[0] }));
        await answer(asker.ask("export", { what: { kind: "window", from: at, to: end }, format: "csv" }));
        await answer(asker.ask("recover", undefined));
      }
      asker.close();
      expect(problems.filter(({ kind }) => kind === "other")).toEqual([]);
    }),
    { numRuns: 60, interruptAfterTimeLimit: 30_000, endOnFailure: true },
  );
});
