import { inflateRawSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import { KERNEL, type KernelExports } from "../../src/frames/kernel.js";
import { PlainComparison } from "../../src/frames/plain-comparison.js";
import { encodeTable, type RawRow } from "../support/tables.js";
import { compareRows } from "./oracle.js";
import { pairOfTables } from "./tables.js";

interface Outcome {
  runs: number[];
  opened: number[];
  closed: number[];
  changed: number[];
}

function plain(layout: LayoutName, before: readonly RawRow[], after: readonly RawRow[]): Outcome {
  const comparison = new PlainComparison(
    layout,
    encodeTable(before, layout),
    before.length,
    encodeTable(after, layout),
    after.length,
    7,
  );
  comparison.findCopies();
  comparison.compareLeftovers();
  const { runs, opened, closed, changed } = comparison;
  return { runs, opened, closed, changed };
}

const module = new WebAssembly.Module(inflateRawSync(Buffer.from(KERNEL, "base64")));
const kernel = new WebAssembly.Instance(module).exports as unknown as KernelExports;
kernel.memory.grow(100);

function wasm(layout: LayoutName, before: readonly RawRow[], after: readonly RawRow[]): Outcome {
  const { firstRow, rowSize } = LAYOUTS[layout];
  const at = 1 << 20;
  const memory = new Uint8Array(kernel.memory.buffer);
  memory.fill(0xee, at);
  memory.set(encodeTable(before, layout), at);
  memory.set(encodeTable(after, layout), 2 * at);
  kernel.seedHashes(99);
  kernel.beginComparison(
    LAYOUT_NAMES.indexOf(layout),
    at + firstRow,
    before.length,
    2 * at + firstRow,
    after.length,
    rowSize,
    3 * at,
  );
  const list = (from: number, length: number) => [...new Uint32Array(kernel.memory.buffer, from, length)];
  const runs = list(kernel.runsAt(), kernel.findCopies() * 3);
  const results = list(kernel.compareLeftovers(), 6) as [number, number, number, number, number, number];
  return {
    runs: list(kernel.runsAt(), runs.length),
    opened: list(results[0], results[1]),
    closed: list(results[2], results[3]),
    changed: list(results[4], results[5] * 2),
  };
}

describe.each([
  ["plain", plain],
  ["wasm", wasm],
] as const)("the %s engine", (_, compare) => {
  test.each(LAYOUT_NAMES)("finds in two tables of %s what the rules say, and runs that are copies", (layout) => {
    fc.assert(
      fc.property(pairOfTables(layout), ([before, after]) => {
        const { runs, opened, closed, changed } = compare(layout, before, after);
        const pairs: [number, number][] = [];
        for (let at = 0; at < changed.length; at += 2) pairs.push([changed[at] as number, changed[at + 1] as number]);
        expect({ opened, closed, changed: pairs }).toEqual(compareRows(before, after, layout, runs));
        let row = 0;
        const used = new Set<number>();
        for (let at = 0; at < runs.length; at += 3) {
          row += runs[at] as number;
          for (let n = 0; n < (runs[at + 2] as number); n++, row++) {
            const from = (runs[at + 1] as number) + n;
            expect(used.has(from)).toBe(false);
            used.add(from);
            expect(encodeTable([after[row] as RawRow], layout)).toEqual(encodeTable([before[from] as RawRow], layout));
          }
        }
        expect(row).toBeLessThanOrEqual(after.length);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });
});

test.each([
  ["plain", plain],
  ["wasm", wasm],
] as const)("of rows with the same ends the first 256 are looked at for a partner, %s engine", (_, compare) => {
  const ends = { localAddress: 1, localPort: 2, remoteAddress: 3, remotePort: 4 };
  const after = [{ ...ends, state: 5 }];
  // TIME-WAIT does not become ESTABLISHED, SYN-SENT does.
  const before = (others: number) => [
    ...Array.from({ length: others }, () => ({ ...ends, state: 11 })),
    { ...ends, state: 3 },
  ];
  expect(compare("MIB_TCPTABLE", before(255), after)).toMatchObject({ opened: [], changed: [0, 255] });
  expect(compare("MIB_TCPTABLE", before(256), after)).toMatchObject({ opened: [0], changed: [] });
});

test.each(LAYOUT_NAMES)("both engines find the same runs in two tables of %s", (layout) => {
  fc.assert(
    fc.property(pairOfTables(layout), ([before, after]) => {
      expect(wasm(layout, before, after)).toEqual(plain(layout, before, after));
    }),
    { numRuns: 100, endOnFailure: true },
  );
});
