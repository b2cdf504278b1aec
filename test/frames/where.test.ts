import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endpointFilter } from "../../src/filter/endpoint-filter.js";
import type { Expression } from "../../src/filter/expression.js";
import { columnsOf, LAYOUT_NAMES, type LayoutName } from "../../src/format/layouts.js";
import { createFrameReader, createFrameWriter } from "../../src/frames/index.js";
import { expression, rawRow } from "../support/arbitraries.js";
import { matches } from "../support/oracle.js";
import { encodeTable, type RawRow } from "../support/tables.js";
import { mendChecksum } from "./mutate.js";
import { told } from "./told.js";

const clock = { tick: 0, time: 0 };
const input = (rows: readonly RawRow[], layout: LayoutName) => ({
  bytes: encodeTable(rows, layout),
  layout,
  ...clock,
  attempts: 1,
  complete: true,
});

describe.each(["wasm", "plain"] as const)("frames with a filter, %s engine", (engine) => {
  test.each(LAYOUT_NAMES)(
    "have of any table of %s the rows whose ends may match, in order, and their shared owners",
    async (layout) => {
      const reader = await createFrameReader({ engine });
      const hasOwners = columnsOf(layout).includes("owningPid");
      let left = 0;
      await fc.assert(
        fc.asyncProperty(
          expression(layout),
          fc.array(fc.array(rawRow(layout), { maxLength: 20 }), { minLength: 2, maxLength: 3 }),
          async (filter, tables) => {
            const where = { text: "", expression: filter };
            const writer = await createFrameWriter({ engine, where });
            const { expression: endpoints } = endpointFilter(where);
            for (const table of tables) {
              const numbers = [...table.keys()].filter((row) => matches(table[row] as RawRow, endpoints));
              left += table.length - numbers.length;
              const pairs = [...table.keys()].filter((row) => row % 3 === 0).flatMap((row) => [row, 4, row, 9]);
              const sharedOwners = hasOwners ? Uint32Array.from(pairs) : undefined;
              const change = told(reader.read(writer.write({ ...input(table, layout), sharedOwners })));
              const bytes = encodeTable(
                numbers.map((row) => table[row] as RawRow),
                layout,
              );
              expect(change.bytes.slice()).toEqual(numbers.length === 0 ? bytes.slice(0, 4) : bytes);
              const kept = numbers.flatMap((row, index) => (row % 3 === 0 ? [index, 4, index, 9] : []));
              expect([...change.sharedOwners]).toEqual(hasOwners ? kept : []);
            }
          },
        ),
        { numRuns: 25, endOnFailure: true },
      );
      expect(left).toBeGreaterThan(10);
    },
  );

  test("tell the ends of connections that may match, and count all that were lost", async () => {
    const layout = "LINUX_TCPTABLE";
    const [writer, reader] = [
      await createFrameWriter({ engine, where: "state established sport = :80" }),
      await createFrameReader({ engine }),
    ];
    const row = (localPort: number): RawRow => ({
      state: 1,
      localAddress: 1,
      localPort,
      remoteAddress: 2,
      remotePort: 3,
    });
    const records = new Uint8Array(3 * 40);
    for (let end = 0; end < 3; end++) new DataView(records.buffer).setUint32(end * 40 + 28, end, true);
    const ends = { layout, length: 3, rows: encodeTable([row(80), row(81), row(80)], layout), records } as const;
    reader.read(writer.writeEnds({ ends, lost: 4, neverConnected: 5, ...clock }));
    const change = told(reader.read(writer.write(input([row(81), row(80)], layout))));
    expect([...change.table].map(({ localPort }) => localPort)).toEqual([80]);
    expect([...change.ends.table].map(({ localPort }) => localPort)).toEqual([80, 80]);
    expect([...change.ends.rtt]).toEqual([0, 2]);
    expect([change.ends.lost, change.ends.neverConnected]).toEqual([4, 5]);
  });

  test("follow a connection whatever its state: words of states, PIDs and users leave nothing out", async () => {
    const layout = "LINUX_TCPTABLE";
    const writer = await createFrameWriter({ engine, where: "state close-wait pid = 7 user = 0" });
    const reader = await createFrameReader({ engine });
    const rows = [1, 2, 5, 11].map(
      (state, n): RawRow => ({ state, localAddress: n, localPort: 1, remoteAddress: 2, remotePort: 3 }),
    );
    expect(told(reader.read(writer.write(input(rows, layout)))).bytes).toEqual(encodeTable(rows, layout));
  });
});

test.each(LAYOUT_NAMES)("both engines write the same frames of any tables of %s with any filter", async (layout) => {
  await fc.assert(
    fc.asyncProperty(
      expression(layout),
      fc.array(fc.array(rawRow(layout), { maxLength: 12 }), { minLength: 2, maxLength: 3 }),
      async (filter, tables) => {
        const [one, other] = await Promise.all(
          (["wasm", "plain"] as const).map(async (engine) => {
            const writer = await createFrameWriter({ engine, where: { text: "", expression: filter } });
            return tables.map((table) => {
              const frame = writer.write(input([...table, ...table], layout)).slice();
              frame.fill(0, 16, 24); // the stream, which is random
              return mendChecksum(frame);
            });
          }),
        );
        expect(one).toEqual(other);
      },
    ),
    { numRuns: 15, endOnFailure: true },
  );
});

test("a filter that is none is refused", async () => {
  await expect(createFrameWriter({ where: "sport = : :" })).rejects.toThrow(/Expected a port/);
  await expect(createFrameWriter({ where: { text: "" } as { text: string; expression: Expression } })).rejects.toThrow(
    /compileFilter/,
  );
});
