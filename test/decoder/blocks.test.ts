import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { Expression } from "../../src/filter/expression.js";
import { compileFilter } from "../../src/filter/filter.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { familyRows } from "../support/family-rows.js";
import { selectRows } from "../support/oracle.js";
import { encodeTable } from "../support/tables.js";

const ENGINES: EngineName[] = ["wasm", "plain"];

// The kernel runs a filter over 2,048 rows at a time, and writes row numbers from 64 bits at a time.
const COUNTS = [0, 1, 15, 16, 17, 63, 64, 65, 2047, 2048, 2049, 2063, 4095, 4096, 4097, 6200];

const WHERE = [
  "( state established ) or state listening",
  "sport >= 1100 and sport <= 4100",
  "not (sport = 3047 or sport = 3048)",
  "dst 192.168.0.0/21 or dst [fe80:0:0:3::/64]",
  "pid >= 6047 and pid <= 6050",
  "state unknown(99) or not state closed",
  "",
];

describe.each(ENGINES)("filters of the %s engine find the rows on both sides of a block's end", (engine) => {
  test.each<LayoutName>(["MIB_TCPTABLE_OWNER_PID", "MIB_TCP6TABLE_OWNER_PID"])("%s", async (layout) => {
    const decoder = await createDecoder({ engine });
    for (const count of COUNTS) {
      const rows = familyRows(layout.includes("6") ? 6 : 4, count);
      const table = decoder.decode(encodeTable(rows, layout), layout);
      for (const where of WHERE) {
        const { expression } = compileFilter(where);
        const indices = Array.from(table.select({ where }).indices);
        expect(indices, `${count} rows: ${where}`).toEqual(selectRows(rows, expression, []));
      }
    }
  });
});

describe.each(ENGINES)("the %s engine works expressions out that need many parts at a time", (engine) => {
  /** A tree of "and" and "or" in turn, whose leaves are ranges of ports: each level needs one bitmap more. */
  function tree(levels: number, from: number, to: number): Expression {
    if (levels === 0) return { kind: "range", column: "localPort", from, to };
    const middle = Math.floor((from + to) / 2);
    return {
      kind: "or",
      operands: [
        { kind: "and", operands: [tree(levels - 1, from, middle), { kind: "all" }] },
        { kind: "not", operand: { kind: "not", operand: tree(levels - 1, middle + 1, to) } },
      ],
    };
  }

  test.each([1, 5, 8, 12])("a full tree of 2^%i ranges", async (levels) => {
    const rows = familyRows(4, 3000);
    const decoder = await createDecoder({ engine });
    const where = { text: "", expression: tree(levels, 1500, 2499) };
    for (let round = 0; round < 2; round++) {
      const { indices } = decoder.decode(encodeTable(rows)).select({ where });
      expect([indices.length, indices[0], indices[999]]).toEqual([1000, 500, 1499]);
    }
  });

  test.each(["first", "last"])("a chain of 400 levels whose deep operand stands %s", async (place) => {
    let expression: Expression = { kind: "range", column: "localPort", from: 1007, to: 1007 };
    for (let level = 0; level < 400; level++) {
      const other: Expression = {
        kind: "range",
        column: "localPort",
        from: level % 2 ? 5 : 0,
        to: level % 2 ? 4 : 65535,
      };
      const operands: Expression[] = place === "first" ? [expression, other] : [other, expression];
      expression = { kind: level % 2 ? "or" : "and", operands };
    }
    const table = (await createDecoder({ engine })).decode(encodeTable(familyRows(4, 20)));
    expect(Array.from(table.select({ where: { text: "", expression } }).indices)).toEqual([7]);
  });
});
