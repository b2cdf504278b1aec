import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../src/filter/expression.js";
import { compileFilter } from "../../src/filter/filter.js";
import { lower } from "../../src/filter/lower.js";
import { LAYOUT_NAMES, LAYOUTS } from "../../src/format/layouts.js";
import { expression, rawRow } from "../support/arbitraries.js";
import { holds, matches } from "../support/oracle.js";

const NO_LISTENERS = new Uint8Array(256).fill(1);
NO_LISTENERS[2] = 0;
const LISTENERS = new Uint8Array(256);
LISTENERS[2] = 1;

function lowered(text: string, family: 4 | 6): Expression {
  return lower(compileFilter(text).expression, family);
}

function only(text: string): Expression {
  return compileFilter(text).expression;
}

const notListening = (operand: Expression): Expression => ({
  kind: "and",
  operands: [operand, { kind: "state", states: NO_LISTENERS }],
});
const orListening = (operand: Expression): Expression => ({
  kind: "or",
  operands: [operand, { kind: "state", states: LISTENERS }],
});

test.each(LAYOUT_NAMES)(
  "%s: a lowered filter says of a row's bytes as they are what the filter says of the row",
  (layout) => {
    const { family } = LAYOUTS[layout];
    fc.assert(
      fc.property(expression(layout), fc.array(rawRow(layout), { minLength: 20 }), (filter, rows) => {
        const expected = rows.map((row) => matches(row, filter));
        expect(rows.map((row) => holds(row, lower(filter, family)))).toEqual(expected);
        // A listener's remote end in the table means nothing, whatever it is.
        const listeners = rows.map((row) => ({ ...row, state: 2 }));
        expect(listeners.map((row) => holds(row, lower(filter, family)))).toEqual(
          listeners.map((row) => matches(row, filter)),
        );
      }),
      { numRuns: 100, interruptAfterTimeLimit: 40_000 },
    );
  },
);

describe("a condition on the remote end takes listeners, whose remote end is zeros, into account", () => {
  test.each(["dport = 80", "dport != 0-65535", "dst 10.0.0.0/8", "dport > 0"])("%s: not listeners", (text) => {
    const condition = only(text);
    const expected =
      condition.kind === "not" ? { kind: "not", operand: orListening(condition.operand) } : notListening(condition);
    expect(lowered(text, 4)).toEqual(expected);
  });

  test.each(["dport = 0", "dport < 80", "dst 0.0.0.0", "dst 0.0.0.0/4"])("%s: listeners too", (text) => {
    expect(lowered(text, 4)).toEqual(orListening(only(text)));
  });

  test.each(["dst ::", "dst [::]/64"])("%s of IPv6: listeners too", (text) => {
    expect(lowered(text, 6)).toEqual(orListening(only(text)));
  });

  test("an IPv4 address is mapped in an IPv6 table, where a listener's remote end is not", () => {
    expect(lowered("dst 0.0.0.0/0", 6)).toEqual(
      notListening({
        kind: "ipv6",
        column: "remoteAddress",
        address: [0, 0, 0xffff, 0],
        mask: [0xffffffff, 0xffffffff, 0xffffffff, 0],
      }),
    );
  });
});

describe("no condition takes listeners into account where that changes nothing", () => {
  test.each([
    "sport = 80 src 10.0.0.0/8",
    "state established dport = 80 dst 10.0.0.0/8",
    "dport = 80 and (state established time-wait)",
    "exclude listening dport in {1 3 5} or not dst 10.0.0.0/8",
    "state established (sport = 1 or (dport = 2 and not dst 10.0.0.1))",
  ])("%s", (text) => {
    expect(lowered(text, 4)).toEqual(only(text));
  });

  test.each([
    "state listening dport = 80",
    "(state established or sport = 1) dport = 80",
    "not state established dport = 80",
  ])("but elsewhere each does: %s", (text) => {
    const { operands } = only(text) as Expression & { kind: "and" };
    const [first, dport] = operands as [Expression, Expression];
    expect(lowered(text, 4)).toEqual({ kind: "and", operands: [first, notListening(dport)] });
  });
});
