import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SummaryEncoder } from "../../../src/capture/summary-encoder.js";
import { hexBlocks } from "./hex-blocks.js";

const FORMAT = readFileSync(new URL("../../../src/capture/format.md", import.meta.url), "utf8");

test("the example of format.md is what the two samples that it tells of become", () => {
  const [example] = hexBlocks(FORMAT);
  const start = 1_700_000_000_000_000_000n;
  const summaries = new SummaryEncoder(start, { ipv4: start, ipv6: 2n ** 64n - 1n });
  const states = (...rows: [number, number][]) => {
    const counts = new Uint32Array(256);
    for (const [state, count] of rows) counts[state] = count;
    return counts;
  };
  const quiet = { opened: 0, closed: 0, changed: 0, lost: 0, complete: true, gaps: [] };
  const time = 1_700_000_000_000;
  summaries.add(
    { tick: 0, time, monotonic: 0, late: 0, duration: 0.35 },
    { ...quiet, stateCounts: states([5, 3]) },
    1,
    2,
  );
  const later = { tick: 1, time: time + 101, monotonic: 100.5, late: 0.5, duration: 0.3 };
  summaries.add(later, { ...quiet, changed: 1, stateCounts: states([5, 2], [8, 1]) }, 1, 0);
  expect(Buffer.from(summaries.encode()).toString("hex")).toBe(example);
});
