import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../src/filter/expression.js";
import { compileFilter } from "../../src/filter/filter.js";
import { namedListeners } from "../../src/filter/named-listeners.js";
import { rawRow } from "../support/arbitraries.js";
import { filterTree, textOf } from "../support/filter-texts.js";
import { matches } from "../support/oracle.js";
import type { RawRow } from "../support/tables.js";

/** Rows in three states, on three ports of two addresses. */
const ROWS = [2, 5, 11].flatMap((state) =>
  [80, 443, 8080].flatMap((localPort) =>
    [0x7f000001, 0x0a000001].map(
      (localAddress): RawRow => ({ state, localAddress, localPort, remoteAddress: 1, remotePort: 1 }),
    ),
  ),
);

/** `port` of named listeners on any address, `127:port` of those named on 127.0.0.1 alone. */
function named(text: string): string[] | undefined {
  const filter = namedListeners(compileFilter(text));
  if (!filter) return undefined;
  const rows = ROWS.filter((row) => matches(row, filter.expression));
  expect(rows.filter(({ state }) => state !== 2)).toEqual([]);
  const ports = (address: number) => rows.filter((row) => row.localAddress === address).map((row) => row.localPort);
  const elsewhere = ports(0x0a000001);
  return ports(0x7f000001).map((port) => (elsewhere.includes(port) ? `${port}` : `127:${port}`));
}

const ALL = ["80", "443", "8080"];

describe("the listeners that a filter's words name", () => {
  test.each<[text: string, ports: string[]]>([
    ["state listening", ALL],
    ["state LISTEN", ALL],
    ["state MIB_TCP_STATE_LISTEN", ALL],
    ["state established listening time-wait", ALL],
    ["state established state listening", ALL],
    ["exclude established state listening", ALL],
    ["exclude listening state listening", ALL],
    ["state all state listening", ALL],
    ["state listening state all", ALL],
    ["state listening established exclude established", ALL],
    ["state all exclude all state listening", ALL],
    ["exclude all state listening established", ALL],
    ["state listening sport = 8080", ["8080"]],
    ["state listening established sport = 8080", ["8080"]],
    ["state listening sport = 8080 or src 127.0.0.1", ["127:80", "127:443", "8080"]],
    ["sport = 8080 state listening", ["8080"]],
    ["( state listening sport = 8080 ) or src 127.0.0.0/8", ["8080"]],
    ["src 127.0.0.0/8 or ( state listening sport = 8080 )", ["8080"]],
    ["( state listening sport = 8080 ) or ( state listening src 127.0.0.1 sport = 80 )", ["127:80", "8080"]],
    ["( ( state listening sport = 8080 ) or src 127.0.0.1 ) sport > 80", ["8080"]],
    ["( ( state listening sport = 8080 ) or sport = 80 ) state listening", ["80", "8080"]],
    ["state listening ( exclude established )", ALL],
    ["exclude established ( state listening sport = 80 )", ["80"]],
    ["state listening not sport = 8080", ["80", "443"]],
    ["state listening ! ( src 127.0.0.1 or sport = 80 ) or src 127.0.0.1 sport = 443", ["443"]],
    ["state listening state established and state listening time-wait", ALL],
  ])("%s", (text, ports) => {
    expect(named(text)).toEqual(ports);
  });

  test.each<[text: string]>([
    ["state listening sport = 22"],
    ["state listening state established and state established"],
  ])("none that there is: %s", (text) => {
    expect(named(text)).toEqual([]);
  });
});

describe("no word names a listener", () => {
  test.each([
    "",
    "state all",
    "exclude synchronized",
    "exclude connected",
    "exclude established",
    "state all exclude connected",
    "state big",
    "exclude all state all",
    "state listening exclude listening",
    "state listening exclude all",
    "state listening exclude all state all",
    "state listening exclude big state all",
    "exclude listening",
    "sport = 8080",
    "dport = 0",
    "not state established",
    "not state listening",
    "not ( not state listening )",
    "not exclude listening",
    "state established sport = 8080 or dport = 0",
    "exclude connected sport = 8080 or src 127.0.0.0/8",
  ])("%j", (text) => {
    expect(named(text)).toBeUndefined();
  });
});

/** What `namedListeners` means, a row at a time. */
function isNamed(row: RawRow, is: Expression): boolean {
  switch (is.kind) {
    case "state":
      return row.state === 2 && is.states[2] === 1 && is.namesListeners === true;
    case "and":
      return matches(row, is) && is.operands.some((operand) => isNamed(row, operand));
    case "or":
      return is.operands.some((operand) => isNamed(row, operand));
    default:
      return false;
  }
}

test("for any filter, a listener is named if a word names it and the conditions beside that word match it", () => {
  const row = rawRow("LINUX_TCPTABLE").chain((row) => fc.constantFrom({ ...row, state: 2 }, row));
  fc.assert(
    fc.property(filterTree, fc.array(row, { minLength: 20 }), fc.infiniteStream(fc.nat()), (tree, rows, choices) => {
      const choose = (below: number) => (choices.next().value as number) % below;
      const filter = compileFilter(textOf(tree, { blanks: "one", choose }));
      const named = namedListeners(filter);
      expect(rows.map((row) => (named ? matches(row, named.expression) : false))).toEqual(
        rows.map((row) => isNamed(row, filter.expression)),
      );
    }),
    { numRuns: 1000, interruptAfterTimeLimit: 40_000 },
  );
});

test("whether a filter's words name listeners changes nothing of what it matches", () => {
  const [plain, naming] = [compileFilter("exclude connected closed"), compileFilter("state listening")];
  expect(plain.expression).not.toHaveProperty("namesListeners");
  expect(naming.expression).toMatchObject({ namesListeners: true });
  expect(ROWS.map((row) => matches(row, plain.expression))).toEqual(ROWS.map((row) => matches(row, naming.expression)));
});
