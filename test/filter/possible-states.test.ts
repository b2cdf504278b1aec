import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Expression } from "../../src/filter/expression.js";
import { compileFilter } from "../../src/filter/filter.js";
import { lower } from "../../src/filter/lower.js";
import { statesOf } from "../../src/filter/possible-states.js";
import { expression, rawRow } from "../support/arbitraries.js";
import { matches } from "../support/oracle.js";

const EVERY = [...Array(256).keys()];
const but = (...without: number[]) => EVERY.filter((state) => !without.includes(state));

function numbersOf(states: Uint8Array): number[] {
  return EVERY.filter((state) => states[state] === 1);
}

test.each<[text: string, states: number[]]>([
  ["", EVERY],
  ["state established", [5]],
  ["state listening dport = 0", [2]],
  ["exclude listening sport = 80 or dport = 80", but(2)],
  ["state established sport = 80 or dport = 80", [5]],
  ["(state established) or dport = 80", EVERY],
  ["(state established dport = 80) or (state time-wait sport = 80)", [5, 11]],
  ["state established time-wait and not state established", [11]],
  ["not state established", but(5)],
  ["not (state established time-wait or state listening)", but(2, 5, 11)],
  ["not (state established or dport = 80)", but(5)],
  ["not (state established dport = 80)", EVERY],
  ["not dport = 80", EVERY],
  ["not not (state established dport = 80)", [5]],
  ["state UNKNOWN(42) sport = 80", [42]],
  ["exclude all", []],
  ["state established and state listening", []],
])("rows that match %j are in these states only: %j", (text, states) => {
  expect(numbersOf(statesOf(compileFilter(text).expression))).toEqual(states);
});

const layouts = fc.constantFrom("LINUX_TCPTABLE" as const, "LINUX_TCP6TABLE" as const);

test("for any filter, a row that matches has one of the states, also of the filter in a family's terms", () => {
  let matching = 0;
  fc.assert(
    fc.property(
      layouts.chain((layout) =>
        fc.tuple(fc.constant(layout), expression(layout), fc.array(rawRow(layout), { minLength: 20 })),
      ),
      ([layout, filter, rows]) => {
        const states = statesOf(filter);
        const lowered = statesOf(lower(filter, layout === "LINUX_TCPTABLE" ? 4 : 6));
        for (const row of rows.filter((row) => matches(row, filter))) {
          matching++;
          expect(states[Math.min(row.state, 255)]).toBe(1);
          expect(lowered[Math.min(row.state, 255)]).toBe(1);
        }
      },
    ),
    { numRuns: 1000, interruptAfterTimeLimit: 40_000 },
  );
  expect(matching).toBeGreaterThan(1000);
});

test("for any filter of states alone, they are exactly those that match", () => {
  const state = fc.subarray(EVERY).map((numbers): Expression => {
    const states = new Uint8Array(256);
    for (const number of numbers) states[number] = 1;
    return { kind: "state", states };
  });
  const { node } = fc.letrec<{ node: Expression }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      state,
      fc.constant<Expression>({ kind: "all" }),
      tie("node").map((operand) => ({ kind: "not", operand }) as const),
      fc.record({
        kind: fc.constantFrom("and" as const, "or" as const),
        operands: fc.array(tie("node"), { maxLength: 3 }),
      }),
    ),
  }));
  const row = { localAddress: 1, localPort: 1, remoteAddress: 1, remotePort: 1 };
  fc.assert(
    fc.property(node, (filter) => {
      const before = JSON.stringify(filter);
      expect(numbersOf(statesOf(filter))).toEqual(EVERY.filter((state) => matches({ ...row, state }, filter)));
      expect(JSON.stringify(filter)).toBe(before);
    }),
    { numRuns: 300, interruptAfterTimeLimit: 40_000 },
  );
});
