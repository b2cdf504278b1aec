import * as fc from "fast-check";
import { expect, test } from "vitest";
import { columnsUsed } from "../../src/filter/columns.js";
import { compileFilter } from "../../src/filter/filter.js";
import { expression, rawRow } from "../support/arbitraries.js";
import { matches } from "../support/oracle.js";

test.each<[text: string, columns: string[]]>([
  ["", []],
  ["src *:*", []],
  ["state established", ["state"]],
  ["sport = 80", ["localPort"]],
  ["dport in {80 443}", ["remotePort"]],
  ["pid = 1", ["owningPid"]],
  ["user = 0", ["user"]],
  ["src 10.0.0.1:80", ["localAddress", "localPort"]],
  ["dst [::1]:80", ["remoteAddress", "remotePort"]],
  ["not not dst 10.0.0.0/8", ["remoteAddress"]],
  ["state established (not pid = 1 or user != 0) or pid = 2", ["state", "owningPid", "user"]],
])("%j looks at the columns %j, each once", (text, columns) => {
  expect(columnsUsed(compileFilter(text).expression)).toEqual(columns);
});

test("for any filter, rows that agree in the columns that it looks at, and in their state, match alike", () => {
  const layout = "LINUX_TCPTABLE";
  fc.assert(
    fc.property(
      expression(layout),
      rawRow(layout),
      fc.array(rawRow(layout), { minLength: 20 }),
      (filter, row, others) => {
        const used = columnsUsed(filter);
        const seen = Object.fromEntries(used.map((column) => [column, row[column]]));
        const expected = others.map(() => matches(row, filter));
        expect(others.map((other) => matches({ ...other, state: row.state, ...seen }, filter))).toEqual(expected);
      },
    ),
    { numRuns: 500, interruptAfterTimeLimit: 40_000 },
  );
});
