import { beforeEach, describe, expect, test, vi } from "vitest";
import { FilterSyntaxError } from "../../src/filter/errors.js";
import { openTcpTable, type ReaderOptions } from "../../src/reader/reader.js";
import { openTcpTables, type TablesOptions } from "../../src/reader/tables.js";
import type { CollectorOptions, FamilyCollector } from "../../src/system/contract.js";
import { openCollectors } from "../../src/system/system.js";
import { TableCollector } from "../support/table-collector.js";

vi.mock("../../src/system/system.js", async (original) => ({
  ...(await original<object>()),
  openCollectors: vi.fn(),
}));

const opens = vi.mocked(openCollectors);
const four = () => new TableCollector("MIB_TCPTABLE");
const six = () => new TableCollector("MIB_TCP6TABLE");
let asked: CollectorOptions | undefined;
let opened: FamilyCollector[];

beforeEach(() => {
  opened = [
    { family: 4, collector: four() },
    { family: 6, collector: six() },
  ];
  opens.mockReset().mockImplementation((families, options) => {
    asked = options;
    return opened.filter(({ family }) => families.includes(family));
  });
});

describe("openTcpTables", () => {
  test("gives each family's table, and each reading tells a family that could not even be opened", async () => {
    const error = new Error("IPv6 is not built into this kernel");
    opened[1] = { family: 6, error };
    const reader = await openTcpTables();
    for (let read = 0; read < 2; read++) {
      const reading = reader.read();
      expect(reading).toMatchObject({ complete: false, failures: [{ family: 6, error }] });
      expect(reading.samples).toHaveLength(1);
      expect(reader.read(reading).failures).toEqual([{ family: 6, error }]);
    }
  });

  test("throws the first family's error where none can be opened", async () => {
    opened = [
      { family: 4, error: new Error("no IPv4") },
      { family: 6, error: new Error("no IPv6") },
    ];
    await expect(openTcpTables()).rejects.toThrow("no IPv4");
  });

  test("reads IPv4 first, in whatever order the families are told", async () => {
    const reader = await openTcpTables({ families: [6, 4] });
    expect(opens.mock.calls[0]?.[0]).toEqual([4, 6]);
    expect(reader.read().samples.map(({ table }) => table.family)).toEqual([4, 6]);
  });

  test("asks for the columns that the filter uses, and hands the filter to the collectors", async () => {
    await openTcpTables({ where: "pid = 1 or sport = :80", columns: ["user"], ownerBudget: 5, order: true });
    expect(asked).toMatchObject({
      columns: ["user", "owningPid", "localPort"],
      where: { text: "pid = 1 or sport = :80" },
      ownerBudget: 5,
      order: true,
    });
  });

  test("opens nothing where the filter or an option is wrong", async () => {
    await expect(openTcpTables({ where: "dprot = :80" })).rejects.toThrow(FilterSyntaxError);
    await expect(openTcpTables({ families: [] })).rejects.toThrow(TypeError);
    expect(opens).not.toHaveBeenCalled();
  });
});

describe("what is no option is refused with what there is:", () => {
  test.each<[string, unknown, RegExp]>([
    [
      "an unknown name",
      { family: 4 },
      /^openTcpTables has no option "family". The options are: families, columns, owner,/,
    ],
    ["no families", { families: [] }, /families is an array with at least one of 4, 6, each once, not \[\]/],
    ["a family 5", { families: [5] }, /of 4, 6, each once, not \[5\]/],
    ["a family twice", { families: [4, 4] }, /each once, not \[4, 4\]/],
    ["a family that is no array", { families: 4 }, /is an array .* not 4/],
    ["an owner true", { owner: true }, /owner is "pid" or "module" or "offload", not true/],
    ["an engine foo", { engine: "foo" }, /engine is "wasm" or "plain", not "foo"/],
    ["an order that is a column", { order: "localPort" }, /order is true or false, not "localPort"/],
    ["an unknown column", { columns: ["pid"] }, /columns is an array of "state", .*"owningPid".* not \["pid"\]/],
    ["a where that is an array", { where: ["sport = :80"] }, /where is a text or what compileFilter gives, not \[/],
    ["a where that is a query", { where: { keys: [] } }, /where is a text or what compileFilter gives/],
    ["a negative budget", { ownerBudget: -1 }, /ownerBudget is a number of milliseconds from 0 up, not -1/],
    ["a budget that is no number", { ownerBudget: Number.NaN }, /from 0 up/],
    ["a text", "pid", /openTcpTables takes an object with the options .*; not "pid"/],
    ["null", null, /takes an object with the options .*; not null/],
    ["an array", [4], /takes an object with the options .*; not \[4\]/],
    ["a function", { owner: () => {} }, /not a function/],
    ["a bigint", { ownerBudget: 5n }, /not 5/],
  ])("openTcpTables, %s", async (_, options, message) => {
    const opening = openTcpTables(options as TablesOptions);
    await expect(opening).rejects.toThrow(TypeError);
    await expect(opening).rejects.toThrow(message);
  });

  test.each<[string, unknown, RegExp]>([
    ["families", { families: [4] }, /openTcpTable has no option "families". The options are: family, /],
    ["a family 5", { family: 5 }, /family is 4 or 6, not 5/],
    [
      "a collector without close",
      { collector: { collect() {} } },
      /collector is an object with collect\(\) and close\(\)/,
    ],
  ])("openTcpTable, %s", async (_, options, message) => {
    await expect(openTcpTable(options as ReaderOptions)).rejects.toThrow(message);
  });

  test("an option that is undefined counts as left out", async () => {
    const reader = await openTcpTables({ families: undefined, owner: undefined, where: undefined, engine: undefined });
    expect(reader.read().complete).toBe(true);
  });
});

describe("a collector that is given to openTcpTable", () => {
  test("is read, and closed with the reader", async () => {
    const collector = four();
    const reader = await openTcpTable({ collector });
    expect(reader.read().length).toBe(0);
    expect(collector.closed).toBe(0);
    reader.close();
    expect(collector.closed).toBe(1);
  });

  test.each<[string, ReaderOptions]>([
    ["another option is wrong", { engine: "foo" as "wasm" }],
    ["the filter is wrong", { where: "dprot = :80" }],
  ])("is closed where %s", async (_, options) => {
    const collector = four();
    await expect(openTcpTable({ collector, ...options })).rejects.toThrow();
    expect(collector.closed).toBe(1);
  });

  test("is closed where the engine can't be had", async () => {
    const collector = four();
    vi.stubGlobal("WebAssembly", { ...WebAssembly, instantiate: () => Promise.reject(new Error("forbidden")) });
    try {
      await expect(openTcpTable({ collector, engine: "wasm" })).rejects.toThrow("forbidden");
      expect(collector.closed).toBe(1);
      await expect(openTcpTables({ engine: "wasm" })).rejects.toThrow("forbidden");
      expect(opens).not.toHaveBeenCalled();
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
