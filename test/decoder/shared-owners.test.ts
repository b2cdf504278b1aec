import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import { SharedOwnersError } from "../../src/decoder/errors.js";
import { compileQuery } from "../../src/decoder/query.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const ENGINES: EngineName[] = ["wasm", "plain"];

/** Rows whose PID is 100 and their number; the last one has no owner. */
function rowsWithPids(count: number): RawRow[] {
  return Array.from({ length: count }, (_, row) => ({
    state: 5,
    localAddress: 0x0a000000 + row,
    localPort: 1000 + (row & 0xff),
    remoteAddress: 0x0a000001,
    remotePort: 443,
    owningPid: row === count - 1 ? 0 : 100 + row,
  }));
}

const FIVE = encodeTable(rowsWithPids(5), "MIB_TCPTABLE_OWNER_PID");
/** Row 1 is held by 101, 900 and 901 as well; row 3 by 103 and 900. */
const PAIRS = Uint32Array.of(1, 101, 1, 900, 1, 901, 3, 103, 3, 900);

async function decoded(engine: EngineName, pairs?: Uint32Array) {
  const decoder = await createDecoder({ engine });
  return { decoder, table: decoder.decode(FIVE, "MIB_TCPTABLE_OWNER_PID", undefined, pairs) };
}

describe.each(ENGINES)("a socket that several processes hold, %s engine,", (engine) => {
  test.each<[where: string, rows: number[]]>([
    ["pid = 101", [1]],
    ["pid = 900", [1, 3]],
    ["pid = 901", [1]],
    ["pid = 102", [2]],
    ["pid = 0", [4]],
    ["pid = 902", []],
    ["pid != 900", [0, 2, 4]],
    ["not pid = 901", [0, 2, 3, 4]],
    ["pid > 900", [1]],
    ["pid in {100 901}", [0, 1]],
    ["pid >= 100 and pid < 103", [0, 1, 2]],
    ["pid = 900 and pid = 103", [3]],
    ["pid = 900 and src 10.0.0.1", [1]],
    ["", [0, 1, 2, 3, 4]],
  ])("is found by any of them: %j", async (where, rows) => {
    const { table } = await decoded(engine, PAIRS);
    expect(Array.from(table.select({ where }).indices)).toEqual(rows);
    expect(Array.from(table.copy().select({ where }).indices)).toEqual(rows);
  });

  test("has all of them in ownersOf, where others have the one or none", async () => {
    const { table } = await decoded(engine, PAIRS);
    const owners = [[100], [101, 900, 901], [102], [103, 900], []];
    expect([0, 1, 2, 3, 4].map((row) => table.ownersOf(row))).toEqual(owners);
    expect([0, 1, 2, 3, 4].map((row) => table.copy().ownersOf(row))).toEqual(owners);
    for (const row of [-1, 5, 0.5]) expect(() => table.ownersOf(row)).toThrow(RangeError);
  });

  test("has owningPids in its row, and others do not", async () => {
    const { table } = await decoded(engine, PAIRS);
    const rows = [...table];
    expect(rows.map(({ owningPid }) => owningPid)).toEqual([100, 101, 102, 103, 0]);
    expect(rows.map(({ owningPids }) => owningPids)).toEqual([
      undefined,
      [101, 900, 901],
      undefined,
      [103, 900],
      undefined,
    ]);
    expect(rows.map((row) => "owningPids" in row)).toEqual([false, true, false, true, false]);
    expect(table.select({ where: "pid = 901" }).toArray()).toEqual([rows[1]]);
  });

  test("is held by its own process and those of the pairs, whether they name it or not", async () => {
    const { table } = await decoded(engine, Uint32Array.of(0, 7, 4, 0, 4, 8));
    expect([0, 4].map((row) => table.ownersOf(row))).toEqual([[100, 7], [8]]);
    expect(Array.from(table.select({ where: "pid = 100 or pid = 8" }).indices)).toEqual([0, 4]);
  });

  test("is no more where the next table has none, or other ones", async () => {
    const { decoder, table } = await decoded(engine, PAIRS);
    const query = compileQuery({ where: "pid = 900" });
    let selection = table.select(query);
    for (const [pairs, rows] of [
      [undefined, []],
      [Uint32Array.of(2, 900), [2]],
      [Uint32Array.of(), []],
      [PAIRS, [1, 3]],
      [Uint32Array.of(0, 100, 0, 900), [0]],
    ] as const) {
      decoder.decode(FIVE, "MIB_TCPTABLE_OWNER_PID", table, pairs);
      selection = table.select(query, selection);
      expect(Array.from(selection.indices)).toEqual(rows);
      expect(Array.from(table.select(query).indices)).toEqual(rows);
    }
  });

  test("does not depend on the pairs' owner leaving them alone", async () => {
    const pairs = PAIRS.slice();
    const { table } = await decoded(engine, pairs);
    pairs.fill(0);
    expect(Array.from(table.select({ where: "pid = 900" }).indices)).toEqual([1, 3]);
    expect(table.ownersOf(1)).toEqual([101, 900, 901]);
  });

  test("is found in a table of any size, and with more pairs than the kernel has room for at first", async () => {
    const rows = rowsWithPids(5000);
    const bytes = encodeTable(rows, "MIB_TCPTABLE_OWNER_PID");
    const decoder = await createDecoder({ engine });
    for (const every of [1000, 1, 1, 3]) {
      const shared = rows.flatMap((_, row) => (row % every === 0 ? [row, 90_000 + (row % 7), row, 90_100] : []));
      const table = decoder.decode(bytes, "MIB_TCPTABLE_OWNER_PID", undefined, Uint32Array.from(shared));
      for (let run = 0; run < 2; run++) {
        const sevenths = rows.flatMap((_, row) => (row % every === 0 && row % 7 === 2 ? [row] : []));
        expect(Array.from(table.select({ where: "pid = 90002" }).indices)).toEqual(sevenths);
        expect(table.select({ where: "not pid = 90100" }).length).toBe(5000 - Math.ceil(5000 / every));
      }
    }
  });

  test("is found as the oracle finds it", async () => {
    const decoder = await createDecoder({ engine });
    const pid = fc.constantFrom(0, 1, 2, 3, 0xffffffff);
    const shared = fc.uniqueArray(fc.tuple(fc.nat({ max: 69 }), pid), { maxLength: 30, selector: String });
    fc.assert(
      fc.property(fc.array(pid, { minLength: 70, maxLength: 70 }), shared, pid, pid, (pids, pairs, from, to) => {
        const sorted = pairs.toSorted(([a, b], [c, d]) => a - c || b - d);
        const rows = rowsWithPids(70).map((row, index) => ({ ...row, owningPid: pids[index] as number }));
        const bytes = encodeTable(rows, "MIB_TCPTABLE_OWNER_PID");
        const table = decoder.decode(bytes, "MIB_TCPTABLE_OWNER_PID", undefined, Uint32Array.from(sorted.flat()));
        const isWanted = (number: number) => number >= from && number <= to;
        const wanted = rows.flatMap(({ owningPid }, row) =>
          isWanted(owningPid) || pairs.some(([of, number]) => of === row && isWanted(number)) ? [row] : [],
        );
        const where = { text: "", expression: { kind: "range", column: "owningPid", from, to } } as const;
        expect(Array.from(table.select({ where }).indices)).toEqual(wanted);
      }),
      { numRuns: 100, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true },
    );
  });
});

describe.each(ENGINES)(
  "shared owners that do not fit the table are refused with a SharedOwnersError, %s engine:",
  (engine) => {
    test.each<[what: string, pairs: unknown, message: RegExp, layout?: LayoutName]>([
      ["half a pair", Uint32Array.of(1, 101, 1), /pairs of row and PID: 3 numbers are none/],
      ["a row behind the last", Uint32Array.of(1, 101, 5, 7), /row 5 at 2, but the table has 5 rows/],
      ["rows that descend", Uint32Array.of(3, 1, 1, 2), /row 1, PID 2 at 2 comes after row 3, PID 1/],
      ["PIDs that descend", Uint32Array.of(1, 101, 1, 100), /row 1, PID 100 at 2 comes after row 1, PID 101/],
      ["a pair twice", Uint32Array.of(1, 101, 1, 101), /comes after row 1, PID 101/],
      ["an array", [1, 101], /in a Uint32Array, not an array/],
      ["bytes", Uint8Array.of(1, 101), /in a Uint32Array, not an object/],
      ["a table without owners", Uint32Array.of(1, 101), /MIB_TCPTABLE2? ?has no owningPid/, "MIB_TCPTABLE"],
    ])("%s", async (_, pairs, message, layout = "MIB_TCPTABLE_OWNER_PID") => {
      const { decoder, table } = await decoded(engine, PAIRS);
      const bytes = encodeTable(rowsWithPids(5), layout);
      const decode = () => decoder.decode(bytes, layout, undefined, pairs as Uint32Array);
      expect(decode).toThrow(SharedOwnersError);
      expect(decode).toThrow(message);
      expect(Array.from(table.select({ where: "pid = 900" }).indices)).toEqual([1, 3]);
    });

    test("but none at all are right for every table", async () => {
      const decoder = await createDecoder({ engine });
      const none = new Uint32Array(0);
      expect(decoder.decode(encodeTable(rowsWithPids(2)), "MIB_TCPTABLE", undefined, none).ownersOf(1)).toEqual([]);
      expect(decoder.decode(encodeTable([]), "MIB_TCPTABLE", undefined, none).length).toBe(0);
    });
  },
);
