import { describe, expect, test } from "vitest";
import { parseArguments } from "../../src/cli/arguments.js";
import { wantsColour } from "../../src/cli/colours.js";
import { parseSortKeys } from "../../src/cli/sort-keys.js";

function parse(words: readonly string[], platform: NodeJS.Platform = "linux") {
  const parsed = parseArguments(words, platform);
  if (parsed.kind !== "arguments") throw new Error(parsed.text);
  return parsed.arguments;
}

describe("--order", () => {
  test("is Windows's own affair", () => {
    const { order, sortsForTheSystem, query } = parse(["--order"], "win32");
    expect({ order, sortsForTheSystem, keys: query.keys }).toEqual({ order: true, sortsForTheSystem: false, keys: [] });
  });

  test("is sorted by us where the system has no order, behind the keys of --sort", () => {
    const { order, sortsForTheSystem, query } = parse(["--order", "--sort", "-state,lport"]);
    expect({ order, sortsForTheSystem }).toEqual({ order: true, sortsForTheSystem: true });
    expect(query.keys.map(({ column, descending }) => (descending ? `-${column}` : column))).toEqual([
      "-state",
      "localPort",
      "localAddress",
      "remoteAddress",
      "remotePort",
    ]);
  });
});

describe("what is not said", () => {
  test("is the whole table, as it is, for people", () => {
    const { query, ...rest } = parse([]);
    expect(query).toEqual({ filter: undefined, keys: [], limit: Number.POSITIVE_INFINITY });
    expect(rest).toEqual({
      format: "table",
      header: true,
      summary: false,
      stats: false,
      engine: undefined,
      order: false,
      sortsForTheSystem: false,
    });
  });

  test("an empty filter is no filter", () => {
    expect(parse(["", " "]).query.filter).toBeUndefined();
  });
});

test("filter words are joined by blanks, wherever options stand between them", () => {
  expect(parse(["state", "established", "-H", "dport", "=", ":443", "--csv"]).query.filter?.text).toBe(
    "state established dport = :443",
  );
  expect(parse(["--", "sport", "=", ":22"]).query.filter?.text).toBe("sport = :22");
});

test("sort keys have short names and the columns' own", () => {
  expect(parseSortKeys("state,local,lport,remote,rport")).toEqual([
    "state",
    "localAddress",
    "localPort",
    "remoteAddress",
    "remotePort",
  ]);
  expect(parseSortKeys("-state,-src,-sport,-dst,-dport")).toEqual([
    "-state",
    "-localAddress",
    "-localPort",
    "-remoteAddress",
    "-remotePort",
  ]);
  expect(parseSortKeys("-remotePort")).toEqual(["-remotePort"]);
  for (const wrong of ["", "-", "--state", "State", "constructor", "lport, rport"])
    expect(() => parseSortKeys(wrong), wrong).toThrow(/There is no column/);
});

test.each([
  ["a terminal with colours", true, true, {}, true],
  ["a terminal without", true, false, {}, false],
  ["a pipe", false, false, {}, false],
  ["NO_COLOR on a terminal", true, true, { NO_COLOR: "1" }, false],
  ["an empty NO_COLOR", true, true, { NO_COLOR: "" }, true],
  ["FORCE_COLOR in a pipe", false, false, { FORCE_COLOR: "1" }, true],
  ["FORCE_COLOR=0 on a terminal", true, true, { FORCE_COLOR: "0" }, false],
  ["FORCE_COLOR=false on a terminal", true, true, { FORCE_COLOR: "false" }, false],
  ["an empty FORCE_COLOR in a pipe", false, false, { FORCE_COLOR: "" }, false],
  ["both", true, true, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
])("colour for %s", (_, isTTY, has, environment, expected) => {
  expect(wantsColour({ isTTY, hasColors: () => has }, environment)).toBe(expected);
});
