import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TruncatedTableError, WrongLayoutError } from "../../src/format/errors.js";
import { type Bytes, bytesOf, detectLayout, readRowCount } from "../../src/format/header.js";
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import { rawRow } from "../support/arbitraries.js";
import { familyRows } from "../support/family-rows.js";
import { hex } from "../support/hex.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const LIMITS = { numRuns: 60, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true };

/** Rows of a layout whose states are all of tcpmib.h. */
function knownRows(layout: LayoutName, minLength: number): fc.Arbitrary<RawRow[]> {
  const state = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 100);
  const row = fc.tuple(rawRow(layout), state).map(([one, state]) => ({ ...one, state }));
  return fc.array(row, { minLength, maxLength: 20 });
}

function withSlack(table: Uint8Array, slack: Uint8Array): Uint8Array {
  return Uint8Array.of(...table, ...slack);
}

const slack = fc.uint8Array({ minLength: 0, maxLength: 8 });

describe("detectLayout", () => {
  // Written by hand from tcpmib.h: a listener on 0.0.0.0:135 of process 912, and a connection of process 4660.
  const OWNER_PID = `
    02 00 00 00
    02 00 00 00  00 00 00 00  00 87 00 00  00 00 00 00  00 00 00 00  90 03 00 00
    05 00 00 00  0a 00 00 07  c3 cb 00 00  5d b8 d8 22  01 bb 00 00  34 12 00 00`;
  const PLAIN = `
    02 00 00 00
    02 00 00 00  00 00 00 00  00 87 00 00  00 00 00 00  00 00 00 00
    05 00 00 00  0a 00 00 07  c3 cb 00 00  5d b8 d8 22  01 bb 00 00`;

  test.each<[what: string, bytes: string, layout: LayoutName | undefined]>([
    ["a table with owners", OWNER_PID, "MIB_TCPTABLE_OWNER_PID"],
    ["a table without", PLAIN, "MIB_TCPTABLE"],
    ["a table with eight bytes to spare", `${PLAIN} ff ff ff ff ff ff ff ff`, "MIB_TCPTABLE"],
    ["nine bytes to spare are too many", `${PLAIN} 00 00 00 00 00 00 00 00 00`, undefined],
    ["a byte too few", PLAIN.slice(0, -2), undefined],
    ["a state that tcpmib.h does not know", PLAIN.replace("05 00 00 00", "0d 00 00 00"), undefined],
    ["state 0", PLAIN.replace("05 00 00 00", "00 00 00 00"), undefined],
    ["RESERVED is a state", PLAIN.replace("05 00 00 00", "64 00 00 00"), "MIB_TCPTABLE"],
    ["an empty table", "00 00 00 00", undefined],
    ["an empty table with its padding", "00 00 00 00 00 00 00 00", undefined],
    ["no bytes", "", undefined],
    ["three bytes", "01 00 00", undefined],
    ["a count near 2^32", `ff ff ff ff ${"05 00 00 00".repeat(10)}`, undefined],
  ])("%s", (_, bytes, layout) => {
    expect(detectLayout(hex(bytes))).toBe(layout);
    expect(detectLayout(hex(bytes).buffer)).toBe(layout);
  });

  test("refuses what holds no bytes", () => {
    for (const bytes of [null, undefined, [2, 0, 0, 0], "abc"])
      expect(() => detectLayout(bytes as unknown as Bytes)).toThrow(TypeError);
  });

  test.each(LAYOUT_NAMES)("tells a %s of known states, unless another one fits as well", (layout) => {
    fc.assert(
      fc.property(knownRows(layout, 1), (rows) => {
        const detected = detectLayout(encodeTable(rows, layout));
        expect([layout, undefined]).toContain(detected);
        if (rows.length > 1) expect(detected).toBe(layout);
      }),
      LIMITS,
    );
  });

  test.each(LAYOUT_NAMES)("tells a %s of three rows or more with up to eight bytes to spare", (layout) => {
    fc.assert(
      fc.property(knownRows(layout, 3), slack, (rows, slack) => {
        expect(detectLayout(withSlack(encodeTable(rows, layout), slack))).toBe(layout);
      }),
      LIMITS,
    );
  });

  test.each(LAYOUT_NAMES)("an empty %s is no layout's alone", (layout) => {
    expect(detectLayout(encodeTable([], layout))).toBe(undefined);
  });

  test("never reads behind the end, whatever the bytes are", () => {
    const bytes = fc.tuple(fc.nat({ max: 12 }), fc.uint8Array({ maxLength: 400, size: "max" }));
    fc.assert(
      fc.property(bytes, ([count, tail]) => {
        const table = Uint8Array.of(count, 0, 0, 0, ...tail);
        const layout = detectLayout(table);
        if (layout)
          expect(LAYOUTS[layout].firstRow + count * LAYOUTS[layout].rowSize).toBeLessThanOrEqual(table.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a table that is read as another layout", () => {
  const pairs = LAYOUT_NAMES.flatMap((said) =>
    LAYOUT_NAMES.filter((real) => LAYOUTS[real].rowSize > LAYOUTS[said].rowSize).map((real) => [real, said] as const),
  );

  // The states are at other places then, and hold what is no state: an address, a port.
  test.each(pairs)("a %s of 30 rows as a %s is a WrongLayoutError, with both names", (real, said) => {
    const bytes = encodeTable(familyRows(LAYOUTS[real].family, 30), real);
    expect(() => readRowCount(bytes, said)).toThrow(
      expect.objectContaining({ constructor: WrongLayoutError, layout: said, detected: real }),
    );
    expect(() => readRowCount(withSlack(bytes, new Uint8Array(8)), said)).toThrow(WrongLayoutError);
    expect(readRowCount(bytes, real)).toBe(30);
  });

  test.each(pairs)(
    "bytes that are said to be a %s, but are a %s of 30 rows, are too few, and told for what they are",
    (said, real) => {
      const bytes = encodeTable(familyRows(LAYOUTS[real].family, 30), real);
      expect(() => readRowCount(bytes, said)).toThrow(TruncatedTableError);
      expect(() => readRowCount(bytes, said)).toThrow(`They fit ${real}: pass "${real}" as the layout.`);
    },
  );
});

describe("a table that is read as what it is", () => {
  test.each(LAYOUT_NAMES)(
    "%s: is never refused, whatever its states are, for up to eight bytes behind its rows",
    (layout) => {
      fc.assert(
        fc.property(fc.array(rawRow(layout), { minLength: 3, maxLength: 20 }), slack, (rows, slack) => {
          expect(readRowCount(withSlack(encodeTable(rows, layout), slack), layout)).toBe(rows.length);
        }),
        LIMITS,
      );
    },
  );

  test.each(LAYOUT_NAMES)("%s: is never refused for any bytes behind its rows where its states are known", (layout) => {
    fc.assert(
      fc.property(knownRows(layout, 0), fc.uint8Array({ maxLength: 600, size: "max" }), (rows, tail) => {
        expect(readRowCount(withSlack(encodeTable(rows, layout), tail), layout)).toBe(rows.length);
      }),
      LIMITS,
    );
  });

  test.each(LAYOUT_NAMES)("%s: empty, is four bytes, and its padding may be missing or there", (layout) => {
    for (const bytes of ["00 00 00 00", "00 00 00 00 ff ff ff ff", `00 00 00 00 ${"ff".repeat(300)}`])
      expect(readRowCount(hex(bytes), layout)).toBe(0);
    expect(() => readRowCount(hex("00 00 00"), layout)).toThrow(TruncatedTableError);
  });
});

test("bytesOf gives a Uint8Array back as it is, and views without a copy", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  expect(bytesOf(bytes)).toBe(bytes);
  const view = bytesOf(new DataView(bytes.buffer, 2, 3));
  expect([view.buffer, view.byteOffset, view.length]).toEqual([bytes.buffer, 2, 3]);
});
