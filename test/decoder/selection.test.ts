import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import { StaleTableError } from "../../src/decoder/errors.js";
import { compileQuery, type Query, type QueryOptions } from "../../src/decoder/query.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { COLUMN_NAMES } from "../../src/format/columns.js";
import { familyRows } from "../support/family-rows.js";
import { encodeTable } from "../support/tables.js";

const ENGINES: EngineName[] = ["wasm", "plain"];
const FIVE = encodeTable(familyRows(4, 5));

async function tableOfFive(engine: EngineName) {
  const decoder = await createDecoder({ engine });
  return { decoder, table: decoder.decode(FIVE) };
}

describe.each(ENGINES)("a selection of the %s engine", (engine) => {
  test("holds its row numbers whatever is selected after it, also those that were looked at before", async () => {
    const { table } = await tableOfFive(engine);
    const low = table.select({ where: "sport <= 1001" });
    const held = low.indices;
    const descending = table.select({ orderBy: ["-localPort"] });
    const none = table.select({ where: "sport = 1" });
    expect(Array.from(held)).toEqual([0, 1]);
    expect(low.indices).toBe(held);
    expect(Array.from(descending.indices)).toEqual([4, 3, 2, 1, 0]);
    expect(none.indices.length).toBe(0);
  });

  test("that is reused has the new row numbers, in the place of its old ones", async () => {
    const { table } = await tableOfFive(engine);
    const selection = table.select({ orderBy: ["-localPort"] });
    const held = selection.indices;
    expect(table.select({ where: "sport >= 1003" }, selection)).toBe(selection);
    expect(Array.from(selection.indices)).toEqual([3, 4]);
    expect(Array.from(held)).toEqual([3, 4, 2, 1, 0]);
  });

  test("that is older than another one may be reused, and both are right", async () => {
    const { table } = await tableOfFive(engine);
    const first = table.select({ where: "sport = 1000" });
    const second = table.select({ where: "sport = 1001" });
    table.select({ where: "sport = 1002" }, first);
    expect(Array.from(first.indices)).toEqual([2]);
    expect(Array.from(second.indices)).toEqual([1]);
    const third = table.select({ where: "sport = 1004" });
    table.select({ where: "sport = 1003" }, second);
    expect([first, second, third].map(({ indices }) => indices[0])).toEqual([2, 3, 4]);
    expect([first, second, third].map(({ columns }) => columns.localPort[0])).toEqual([1002, 1003, 1004]);
  });

  test.each<[what: string, query: QueryOptions | Query]>([
    ["a filter that is none", { where: "sport = " }],
    ["a filter by a column that the layout has not", { where: "sport = 1001 and pid = 7" }],
    [
      "a sort key that the layout has not, behind a filter that is right",
      { where: "sport = 1001", orderBy: ["-owningPid"] },
    ],
    ["a limit that is none", { where: "sport = 1001", limit: Number.NaN }],
    ["an option that does not exist", { filter: "sport = 1001" } as QueryOptions],
    [
      "a query by hand that is none",
      { filter: undefined, keys: [{ column: "port", descending: false }], limit: 1 } as unknown as Query,
    ],
  ])("is what it was where it was to be reused for %s", async (_, query) => {
    for (const isLookedAtBefore of [true, false]) {
      const { table } = await tableOfFive(engine);
      const selection = table.select({ where: "sport >= 1002", orderBy: ["-localPort"] });
      if (isLookedAtBefore) expect(selection.indices.length).toBe(3);
      expect(() => table.select(query, selection)).toThrow();
      expect(Array.from(selection.indices)).toEqual([4, 3, 2]);
      expect(selection.toArray().map(({ localPort }) => localPort)).toEqual([1004, 1003, 1002]);
    }
  });

  test("gives each column in the query's order, local and remote ones apart", async () => {
    const rows = familyRows(6, 6).map((row, index) => ({
      ...row,
      user: 7000 + index,
      inode: 8000 + index,
      socketCookie: 9000n + BigInt(index),
      receiveQueue: 100 + index,
      sendQueue: 200 + index,
    }));
    for (const layout of ["MIB_TCP6TABLE2", "MIB_TCP6TABLE_OWNER_MODULE", "LINUX_TCP6TABLE_EXTENDED"] as const) {
      const table = (await createDecoder({ engine })).decode(encodeTable(rows, layout), layout);
      const { columns } = table.select({ where: "sport >= 1003", orderBy: ["-localPort"] });
      for (const name of COLUMN_NAMES) {
        if (!table.columns[name]) continue;
        expect(Array.from(columns[name] as Iterable<number | bigint>), name).toEqual(
          [5, 4, 3].flatMap((row) => rows[row]?.[name] as number | bigint),
        );
      }
    }
  });
});

describe.each(ENGINES)("a loop over rows of the %s engine ends with a StaleTableError", (engine) => {
  test.each([1, 2, 5])("at the next row after a decode of another table, in a table of %i rows", async (count) => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encodeTable(familyRows(4, count)));
    const seen: number[] = [];
    expect(() => {
      for (const { localPort } of table) {
        seen.push(localPort);
        decoder.decode(FIVE);
      }
    }).toThrow(StaleTableError);
    expect(seen).toEqual([1000]);
  });

  test("also where the decode refreshed the very table", async () => {
    const { decoder, table } = await tableOfFive(engine);
    const seen: number[] = [];
    expect(() => {
      for (const { localPort } of table) {
        seen.push(localPort);
        if (seen.length === 2) decoder.decode(encodeTable(familyRows(4, 9)), "MIB_TCPTABLE", table);
      }
    }).toThrow(StaleTableError);
    expect(seen).toEqual([1000, 1001]);
    expect([...table].length).toBe(9);
  });

  test("also over a selection, whose table was refreshed and which was reused", async () => {
    const { decoder, table } = await tableOfFive(engine);
    const selection = table.select({ orderBy: ["-localPort"] });
    const seen: number[] = [];
    expect(() => {
      for (const { localPort } of selection) {
        seen.push(localPort);
        decoder.decode(FIVE, "MIB_TCPTABLE", table);
        table.select({}, selection);
      }
    }).toThrow(StaleTableError);
    expect(seen).toEqual([1004]);
  });

  test("also over a selection that was reused for another query of the same table", async () => {
    const { table } = await tableOfFive(engine);
    const selection = table.select();
    expect(() => {
      for (const _ of selection) table.select({ orderBy: ["-localPort"] }, selection);
    }).toThrow(/selection is stale.*reused for another query/);
  });

  test("but not where other selections are made in it, or it is left with a break", async () => {
    const { decoder, table } = await tableOfFive(engine);
    const selection = table.select({ where: "sport >= 1003" });
    const seen: number[] = [];
    for (const { localPort } of selection) {
      seen.push(localPort, ...table.select({ where: "sport = 1000" }).indices);
    }
    expect(seen).toEqual([1003, 0, 1004, 0]);
    for (const _ of table) {
      decoder.decode(FIVE);
      break;
    }
  });
});

describe.each(ENGINES)("a selection of the %s engine goes stale", (engine) => {
  test("with its table, refreshed or not, until it is reused", async () => {
    const { decoder, table } = await tableOfFive(engine);
    const query = compileQuery({ orderBy: ["-localPort"] });
    const selection = table.select(query);
    expect(selection.indices[0]).toBe(4);
    decoder.decode(encodeTable(familyRows(4, 3)), "MIB_TCPTABLE", table);
    for (const use of [() => selection.indices, () => selection.length, () => selection.columns, () => [...selection]])
      expect(use).toThrow(StaleTableError);
    table.select(query, selection);
    expect(Array.from(selection.indices)).toEqual([2, 1, 0]);
  });
});

describe.each(ENGINES)("counts by state of the %s engine", (engine) => {
  test("are of the table that was asked, and a copy of them stays", async () => {
    const { decoder, table } = await tableOfFive(engine);
    const copy = table.copy();
    const counts = table.stateCounts.slice();
    const next = decoder.decode(encodeTable(familyRows(4, 24)));
    expect(Array.from(next.stateCounts.subarray(0, 14))).toEqual([0, ...Array(12).fill(2), 0]);
    expect(Array.from(counts.subarray(0, 7))).toEqual([0, 1, 1, 1, 1, 1, 0]);
    expect(copy.stateCounts).toEqual(counts);
  });
});

describe.each(ENGINES)("columns of the %s engine's tables", (engine) => {
  test("are listed by a loop over their names, and are nothing else", async () => {
    const { table } = await tableOfFive(engine);
    const names: string[] = [];
    for (const name in table.columns) names.push(name);
    expect(names).toEqual(COLUMN_NAMES);
    expect(Object.keys(table.columns)).toEqual([]);
  });
});
