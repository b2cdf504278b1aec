import * as fc from "fast-check";
import { expect, test } from "vitest";
import { endpointFilter } from "../../src/filter/endpoint-filter.js";
import type { Expression } from "../../src/filter/expression.js";
import { compileFilter } from "../../src/filter/filter.js";
import { expression, rawRow } from "../support/arbitraries.js";
import { matches } from "../support/oracle.js";
import type { RawRow } from "../support/tables.js";

const endpoints = (text: string) => endpointFilter(compileFilter(text)).expression;

test.each([
  ["", ""],
  ["dport = :443", "dport = :443"],
  ["not dport = :443", "not dport = :443"],
  ["state established dport = :443 pid = 7 user = 0", "dport = :443"],
  ["(state established) or dport = :443", ""],
  ["state established and (not (state established) or dport = :443)", "dport = :443"],
  ["not ((state established) or dport = :443)", "not dport = :443"],
  ["(state established sport = :80) or (state listening sport = :443)", "sport = :80 or sport = :443"],
  ["pid = 1 and pid = 2 and sport = :80", "sport = :80"],
  ["user in { 1 2 } and (user = 3 or sport = :80)", "sport = :80"],
  ["not pid < 5 and (pid in { 1-3 4 } or sport = :80)", "sport = :80"],
])("filter %j says of ends what %j says", (text, expected) => {
  expect(endpoints(text)).toEqual(compileFilter(expected).expression);
});

test.each([
  "state established and state listening",
  "user = 1 and user = 2",
  "pid < 5 and not pid <= 4",
  "pid = 7 and not pid = 7",
  "exclude all",
])("nothing can match %j", (text) => {
  expect(endpoints(text)).toEqual({ kind: "or", operands: [] });
});

test("a long list of PIDs beside a long list of users is looked at once each", () => {
  const numbers = Array.from({ length: 2000 }, (_, n) => n * 2);
  const text = `pid in { ${numbers.join(" ")} } user in { ${numbers.join(" ")} } not pid in { 1 3 5 } sport = :80`;
  expect(endpoints(text)).toEqual(compileFilter("sport = :80").expression);
});

test("a filter with too many ways to combine its alternatives keeps more rows, and never one less", () => {
  // 2 to the 16th: only those with port 99 can match, by a user above 14.
  const choices = Array.from({ length: 14 }, (_, n) => `(user >= ${n} or sport = :${n + 1})`);
  const { expression } = endpointFilter(
    compileFilter(`${choices.join(" ")} (user = 0 or sport = :99) (user > 5 or sport = :98)`),
  );
  const row = (localPort: number): RawRow => ({
    state: 5,
    localAddress: 1,
    localPort,
    remoteAddress: 2,
    remotePort: 3,
  });
  expect(matches(row(99), expression)).toBe(true);
  expect(matches(row(1), expression)).toBe(true);
});

/** What may change of a row while its connection lives, chosen so that every range and set of states is hit and missed. */
function* possibleFutures(expression: Expression) {
  const [states, pids, users] = [new Map([["", 0]]), new Set([0]), new Set([0])];
  const sets: Uint8Array[] = [];
  const visit = (part: Expression): void => {
    if (part.kind === "state") sets.push(part.states);
    if (part.kind === "not") visit(part.operand);
    if (part.kind === "and" || part.kind === "or") part.operands.forEach(visit);
    if (part.kind !== "range" || part.column.endsWith("Port")) return;
    for (const number of [part.from, part.to + 1]) (part.column === "user" ? users : pids).add(number);
  };
  visit(expression);
  states.clear();
  for (let state = 0; state < 256; state++) states.set(sets.map((set) => set[state]).join(""), state);
  const numbers = [...pids];
  for (const state of states.values())
    for (const user of users)
      for (let chosen = 1; chosen < 2 ** numbers.length; chosen++)
        yield { state, user, owners: numbers.filter((_, bit) => chosen & (1 << bit)) };
}

/** The same as `matches`, of a row with such a future; its ends are read as they are read now. */
function wouldMatch(part: Expression, row: RawRow, future: { state: number; user: number; owners: number[] }): boolean {
  switch (part.kind) {
    case "state":
      return part.states[future.state] === 1;
    case "not":
      return !wouldMatch(part.operand, row, future);
    case "and":
      return part.operands.every((operand) => wouldMatch(operand, row, future));
    case "or":
      return part.operands.some((operand) => wouldMatch(operand, row, future));
    case "range": {
      const isIn = (number: number) => number >= part.from && number <= part.to;
      if (part.column === "user") return isIn(future.user);
      if (part.column === "owningPid") return future.owners.some(isIn);
      return matches(row, part);
    }
    default:
      return matches(row, part);
  }
}

test.each(["LINUX_TCPTABLE", "LINUX_TCP6TABLE"] as const)(
  "of any filter and row of %s, a row is kept if and only if some state, PIDs and user make it match",
  (layout) => {
    let [kept, left] = [0, 0];
    fc.assert(
      fc.property(expression(layout), fc.array(rawRow(layout), { minLength: 3, maxLength: 6 }), (filter, rows) => {
        const { expression: weakest } = endpointFilter({ text: "", expression: filter });
        const futures = [...possibleFutures(filter)];
        fc.pre(futures.length < 20_000);
        for (const row of rows) {
          const isKept = matches(row, weakest);
          expect(futures.some((future) => wouldMatch(filter, row, future))).toBe(isKept);
          if (isKept) kept++;
          else left++;
        }
      }),
      { numRuns: 500, interruptAfterTimeLimit: 20_000 },
    );
    expect(kept).toBeGreaterThan(100);
    expect(left).toBeGreaterThan(100);
  },
);
