import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import { QueryError } from "../../src/decoder/errors.js";
import { compileQuery, type Query, type QueryOptions, type SortKey } from "../../src/decoder/query.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { Expression } from "../../src/filter/expression.js";
import { compileFilter, type Filter } from "../../src/filter/filter.js";
import { COLUMN_NAMES, type ColumnName } from "../../src/format/columns.js";
import { columnsOf, LAYOUT_NAMES, type LayoutName } from "../../src/format/layouts.js";
import { familyRows } from "../support/family-rows.js";
import { encodeTable } from "../support/tables.js";

const ENGINES: EngineName[] = ["wasm", "plain"];
const COUNT = 20;

async function tableOf(engine: EngineName, layout: LayoutName = "MIB_TCPTABLE") {
  return (await createDecoder({ engine })).decode(
    encodeTable(familyRows(layout.includes("6") ? 6 : 4, COUNT), layout),
    layout,
  );
}

const ALL = compileFilter("");
const KEY = { column: "localPort", descending: true } as const;

describe("a query is refused with a QueryError that says what there is", () => {
  test.each<[what: string, options: unknown, message: RegExp]>([
    ["an option that does not exist", { filter: "state listening" }, /no option "filter".*where, orderBy, limit/],
    ["a mistyped option", { orderby: ["state"] }, /no option "orderby".*where, orderBy, limit/],
    ["no object", "state listening", /options where, orderBy, limit; not "state listening"/],
    ["null", null, /not null/],
    ["an array", [], /not \[/],
    ["an array as where", { where: ["state listening"] }, /filter is text.*compileFilter.*not \[/],
    ["null as where", { where: null }, /filter is text.*not null/],
    ["a number as where", { where: 443 }, /filter is text.*not 443/],
    ["an object that is no filter as where", { where: { text: "state listening" } }, /filter is text.*not an object/],
    ["a word as orderBy", { orderBy: "state" }, /orderBy is an array.*not "state"/],
    ["a key that is no column", { orderBy: ["port"] }, /no column "port" to sort by.*localPort.*"-" before/],
    ["a key that is no text", { orderBy: [7] }, /no column 7 to sort by/],
    ["a key of an object's own", { orderBy: ["constructor"] }, /no column "constructor"/],
    ["a limit of NaN", { limit: Number.NaN }, /limit is a whole number of rows from 0 up, not NaN/],
    ["a limit as text", { limit: "5" }, /not "5"/],
    ["a limit of null", { limit: null }, /not null/],
    ["a negative limit", { limit: -1 }, /not -1/],
    ["a limit of minus infinity", { limit: Number.NEGATIVE_INFINITY }, /not -Infinity/],
  ])("%s", async (_, options, message) => {
    expect(() => compileQuery(options as QueryOptions)).toThrow(QueryError);
    expect(() => compileQuery(options as QueryOptions)).toThrow(message);
    for (const engine of ENGINES) {
      const table = await tableOf(engine);
      expect(() => table.select(options as QueryOptions)).toThrow(message);
    }
  });

  test.each<[what: string, query: unknown, message: RegExp]>([
    ["keys that are no array", { filter: ALL, keys: "state", limit: 1 }, /keys are an array, not "state"/],
    [
      "a key that is no column",
      { filter: ALL, keys: [{ column: "port", descending: true }], limit: 1 },
      /no column "port"/,
    ],
    ["a key that is none", { filter: ALL, keys: [null], limit: 1 }, /no column undefined/],
    ["a key without direction", { filter: ALL, keys: [{ column: "state" }], limit: 1 }, /true or false, not undefined/],
    ["no limit", { filter: ALL, keys: [] }, /not undefined/],
    ["a limit of NaN", { filter: ALL, keys: [], limit: Number.NaN }, /not NaN/],
    ["a limit of half a row", { filter: ALL, keys: [], limit: 1.5 }, /not 1\.5/],
    ["text as filter", { filter: "state listening", keys: [], limit: 1 }, /compileFilter.*not "state listening"/],
    [
      "options among its parts",
      { where: "state listening", keys: [], limit: 1 },
      /no option "where".*filter, keys, limit/,
    ],
  ])("by hand: %s", async (_, query, message) => {
    for (const engine of ENGINES) {
      const table = await tableOf(engine);
      for (let time = 0; time < 2; time++) {
        expect(() => table.select(query as Query)).toThrow(QueryError);
        expect(() => table.select(query as Query)).toThrow(message);
      }
    }
  });
});

describe.each(ENGINES)("a query by hand, %s engine,", (engine) => {
  test.each([2, 24, 25, 40, 1000])("with %i equal keys sorts by the one", async (count) => {
    const table = await tableOf(engine);
    const query: Query = { filter: undefined, keys: Array(count).fill(KEY), limit: 3 };
    for (let time = 0; time < 2; time++) expect(Array.from(table.select(query).indices)).toEqual([19, 18, 17]);
  });

  test.each([25, 40, 1000])(
    "with %i equal keys leaves rows that tie as they are, and the decoder whole",
    async (count) => {
      const decoder = await createDecoder({ engine });
      const rows = familyRows(4, 300).map((row) => ({ ...row, remoteAddress: 7 }));
      const table = decoder.decode(encodeTable(rows));
      const key = { column: "remoteAddress", descending: false } as const;
      const query: Query = { filter: undefined, keys: Array(count).fill(key), limit: Number.POSITIVE_INFINITY };
      for (let time = 0; time < 2; time++) expect(Array.from(table.select(query).indices)).toEqual([...rows.keys()]);
      expect(table.stateCounts[1]).toBe(25);
      expect(Array.from(table.select({ where: "sport > 1297", orderBy: ["-localPort"] }).indices)).toEqual([299, 298]);
    },
  );

  test.each(LAYOUT_NAMES)(
    "with every column of a %s as a key, four times over, sorts by each column's first",
    async (layout) => {
      const table = await tableOf(engine, layout);
      const keys = columnsOf(layout).flatMap((column) =>
        [true, false, true, false].map((descending) => ({ column, descending })),
      );
      expect(keys.length).toBeGreaterThanOrEqual(20);
      const once = columnsOf(layout).map((column): SortKey => `-${column}`);
      const wanted = Array.from(table.select({ orderBy: once }).indices);
      expect(wanted.length).toBe(COUNT);
      expect(Array.from(table.select({ filter: undefined, keys, limit: COUNT }).indices)).toEqual(wanted);
    },
  );

  test("means what it meant when it was first run, whatever becomes of its keys", async () => {
    const table = await tableOf(engine);
    const keys: { column: ColumnName; descending: boolean }[] = [{ ...KEY }];
    const query: Query = { filter: undefined, keys, limit: 2 };
    expect(Array.from(table.select(query).indices)).toEqual([19, 18]);
    keys.length = 0;
    for (let more = 0; more < 60; more++) keys.push({ column: "state", descending: false });
    table.select({ orderBy: ["state"] });
    expect(Array.from(table.select(query).indices)).toEqual([19, 18]);
  });
});

test("what compileQuery gives can't be changed", () => {
  const query = compileQuery({ orderBy: ["state", "-state", "-localPort"], limit: 4 });
  expect(query.keys).toEqual([
    { column: "state", descending: false },
    { column: "localPort", descending: true },
  ]);
  expect(() => (query.keys as unknown[]).push(KEY)).toThrow(TypeError);
  expect(() => Object.assign(query, { limit: Number.NaN })).toThrow(TypeError);
  expect(() => Object.assign(query.keys[0] as object, { column: "port" })).toThrow(TypeError);
});

function nested(levels: number): Expression {
  let expression: Expression = { kind: "all" };
  for (let level = 0; level < levels; level++) expression = { kind: "not", operand: expression };
  return expression;
}

/** The same part twice at each level: few objects that stand for 2^n conditions. */
function doubled(levels: number): Expression {
  let expression: Expression = { kind: "all" };
  for (let level = 0; level < levels; level++) expression = { kind: "and", operands: [expression, expression] };
  return expression;
}

function cyclic(): Expression {
  const operands: Expression[] = [];
  const expression: Expression = { kind: "or", operands };
  operands.push(expression);
  return expression;
}

describe.each(ENGINES)("a filter by hand that is none is refused with a QueryError, %s engine:", (engine) => {
  test.each<[what: string, expression: unknown, message: RegExp]>([
    ["nothing", null, /of a kind: all, state, range.*not undefined/],
    ["no kind", {}, /not undefined/],
    ["a kind that does not exist", { kind: "xor", operands: [] }, /not "xor"/],
    ["a kind of every object", { kind: "toString" }, /not "toString"/],
    ["too deep", nested(1000), /at most 1000 deep/],
    ["far too deep", nested(200_000), /at most 1000 deep/],
    ["round in a circle", cyclic(), /at most 1000 deep/],
    ["2^40 conditions in 40 objects", doubled(40), /at most 1000000 expressions/],
    [
      "a range of an address",
      { kind: "range", column: "localAddress", from: 1, to: 2 },
      /one of the columns localPort.*not of "localAddress"/,
    ],
    ["a range of no column", { kind: "range", column: "port", from: 1, to: 2 }, /not of "port"/],
    ["a range without end", { kind: "range", column: "localPort", from: 1 }, /undefined is none/],
    ["a range of halves", { kind: "range", column: "localPort", from: 0.5, to: 2 }, /0\.5 is none/],
    [
      "an address of a port",
      { kind: "ipv4", column: "localPort", address: 1, mask: 1 },
      /localAddress, remoteAddress; not of "localPort"/,
    ],
    ["an address that is no u32", { kind: "ipv4", column: "localAddress", address: -1, mask: 1 }, /-1 is none/],
    [
      "three words of IPv6",
      { kind: "ipv6", column: "localAddress", address: [1, 2, 3], mask: [1, 2, 3, 4] },
      /four u32/,
    ],
    [
      "five words of mask",
      { kind: "ipv6", column: "localAddress", address: [1, 2, 3, 4], mask: [1, 2, 3, 4, 5] },
      /four u32/,
    ],
    [
      "words that are none",
      { kind: "ipv6", column: "localAddress", address: [1, 2, 3, Number.NaN], mask: [1, 2, 3, 4] },
      /NaN is none/,
    ],
    ["few states", { kind: "state", states: new Uint8Array(16) }, /256 entries/],
    ["states as an array", { kind: "state", states: Array(256).fill(1) }, /Uint8Array of 256 entries/],
    ["states that count", { kind: "state", states: new Uint8Array(256).fill(2) }, /1 for each state/],
    ["operands that are none", { kind: "and", operands: "all" }, /list of operands/],
    ["an operand that is none", { kind: "or", operands: [{ kind: "all" }, undefined] }, /not undefined/],
    ["nothing to turn round", { kind: "not" }, /not undefined/],
  ])("%s", async (_, expression, message) => {
    const table = await tableOf(engine);
    const where = { text: "", expression } as Filter;
    expect(() => table.select({ where })).toThrow(QueryError);
    expect(() => table.select({ where })).toThrow(message);
    expect(table.select({ where: "sport = 1003" }).indices).toEqual(Uint32Array.of(3));
  });

  test("one that is as deep as is allowed is run", async () => {
    const table = await tableOf(engine);
    expect(table.select({ where: { text: "", expression: nested(999) } }).length).toBe(0);
    expect(table.select({ where: { text: "", expression: nested(998) } }).length).toBe(COUNT);
    expect(table.select({ where: { text: "", expression: doubled(10) } }).length).toBe(COUNT);
  });

  test.each<[from: number, to: number, rows: number]>([
    [-1, 1003, 4],
    [1018, 2 ** 40, 2],
    [65_536, 2 ** 40, 0],
    [-10, -1, 0],
    [1003, 66_539, 17],
    [1003, 1002, 0],
  ])("a range of ports from %d to %d has %i rows", async (from, to, rows) => {
    const table = await tableOf(engine);
    const where: Filter = { text: "", expression: { kind: "range", column: "localPort", from, to } };
    expect(table.select({ where }).length).toBe(rows);
  });
});

describe.each(ENGINES)("a column that the layout has not, %s engine:", (engine) => {
  test.each<[layout: LayoutName, query: QueryOptions, message: RegExp]>([
    [
      "MIB_TCPTABLE",
      { where: "pid = 4" },
      /MIB_TCPTABLE has no owningPid\. The layouts that have it: MIB_TCPTABLE2, .*open the reader with owner: "pid" \(or columns: \["owningPid"\]\)\.$/,
    ],
    [
      "MIB_TCP6TABLE",
      { orderBy: ["-owningPid"] },
      /open the reader with owner: "pid" \(or columns: \["owningPid"\]\)\.$/,
    ],
    [
      "MIB_TCPTABLE2",
      { orderBy: ["socketCookie"] },
      /LINUX_TCPTABLE, .*open the reader with columns: \["socketCookie"\]\.$/,
    ],
    ["MIB_TCPTABLE2", { orderBy: ["localScopeId"] }, /MIB_TCP6TABLE, .*Tables of IPv4 never have it\.$/],
  ])("%s asked by %j", async (layout, query, message) => {
    const table = await tableOf(engine, layout);
    expect(() => table.select(query)).toThrow(QueryError);
    expect(() => table.select(query)).toThrow(message);
  });
});

describe("createDecoder refuses with a TypeError that says what there is", () => {
  test.each<[what: string, options: unknown, message: RegExp]>([
    ["an engine that does not exist", { engine: "foo" }, /engine is "wasm" or "plain", not "foo"/],
    ["an engine of every object", { engine: "constructor" }, /engine is "wasm" or "plain", not "constructor"/],
    ["true", { engine: true }, /engine is "wasm" or "plain", not true/],
    ["a mistyped option", { engin: "plain" }, /no option "engin"\. The options are: engine, module, url, signal\./],
    ["an engine that is not in an object", "plain", /not "plain"/],
    ["null", null, /not null/],
  ])("%s", async (_, options, message) => {
    await expect(createDecoder(options as object)).rejects.toThrow(TypeError);
    await expect(createDecoder(options as object)).rejects.toThrow(message);
  });

  test("but takes undefined for what it is", async () => {
    expect((await createDecoder({ engine: undefined })).engine).toBe("wasm");
    expect((await createDecoder({ engine: "plain" })).engine).toBe("plain");
  });
});

test("every column is sorted by in some layout", () => {
  expect(COLUMN_NAMES.filter((column) => !LAYOUT_NAMES.some((layout) => columnsOf(layout).includes(column)))).toEqual(
    [],
  );
});
