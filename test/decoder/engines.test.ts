import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Decoder } from "../../src/decoder/contract.js";
import { createDecoder } from "../../src/decoder/decoder.js";
import { QueryError } from "../../src/decoder/errors.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { COLUMN_NAMES } from "../../src/format/columns.js";
import { TruncatedTableError } from "../../src/format/errors.js";
import { columnsOf, LAYOUT_NAMES } from "../../src/format/layouts.js";
import { expression, rawRow, sortKeys } from "../support/arbitraries.js";
import { selectRows } from "../support/oracle.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const ENGINES: EngineName[] = ["wasm", "plain"];

/** Rows whose every value tells where it comes from. */
function distinctRows(count: number): RawRow[] {
  return Array.from({ length: count }, (_, row) => ({
    state: (row % 12) + 1,
    localAddress: (0x0a000000 + row) >>> 0,
    localPort: (row * 7) & 0xffff,
    remoteAddress: (0xf0000000 - row) >>> 0,
    remotePort: 65535 - (row & 0xffff),
    garbage: row & 1 ? 0xffff : 0,
  }));
}

describe.each(ENGINES)("the %s engine", (engine) => {
  let decoder: Decoder;
  beforeAll(async () => {
    decoder = await createDecoder({ engine });
  });

  test("is the engine that was asked for", () => {
    expect(decoder.engine).toBe(engine);
  });

  test.each([...Array(201).keys(), 1023, 1024, 1025, 70_000])("decodes %i rows", (count) => {
    const rows = distinctRows(count);
    const { columns, length } = decoder.decode(encodeTable(rows));
    expect(length).toBe(count);
    expect(Array.from(columns.state)).toEqual(rows.map((row) => row.state));
    expect(Array.from(columns.localAddress)).toEqual(rows.map((row) => row.localAddress));
    expect(Array.from(columns.localPort)).toEqual(rows.map((row) => row.localPort));
    expect(Array.from(columns.remoteAddress)).toEqual(rows.map((row) => row.remoteAddress));
    expect(Array.from(columns.remotePort)).toEqual(rows.map((row) => row.remotePort));
  });

  test("decodes a million rows", () => {
    const count = 1_000_000;
    const bytes = new Uint8Array(4 + 20 * count);
    new DataView(bytes.buffer).setUint32(0, count, true);
    bytes[4 + 20 * (count - 1)] = 11;
    const table = decoder.decode(bytes);
    expect(table.length).toBe(count);
    expect(table.stateCounts[0]).toBe(count - 1);
    expect(Array.from(table.select({ where: "state time-wait" }).indices)).toEqual([count - 1]);
    expect(table.select({ orderBy: ["-state"], limit: 2 }).columns.state).toEqual(Uint8Array.of(11, 0));
  });

  test.each(LAYOUT_NAMES)("%s: decodes, selects, sorts and counts what the oracle does", (layout) => {
    fc.assert(
      fc.property(
        fc.array(rawRow(layout), { maxLength: 200, size: "max" }),
        expression(layout),
        sortKeys(layout),
        fc.option(fc.nat({ max: 250 }), { nil: undefined }),
        (rows, where, orderBy, limit) => {
          const table = decoder.decode(encodeTable(rows, layout), layout);
          for (const column of columnsOf(layout)) {
            const values = rows.map((row) => (column === "state" ? Math.min(row.state, 255) : row[column]));
            expect(Array.from(table.columns[column] as Iterable<number | bigint>)).toEqual(values.flat());
          }
          const selection = table.select({ where: { text: "", expression: where }, orderBy, limit });
          expect(Array.from(selection.indices)).toEqual(selectRows(rows, where, orderBy, limit));
          for (let state = 0; state < 256; state++)
            expect(table.stateCounts[state]).toBe(rows.filter((row) => Math.min(row.state, 255) === state).length);
        },
      ),
      // Shrinking a whole table could go on for minutes, which would look like a hang.
      { numRuns: 120, interruptAfterTimeLimit: 40_000, markInterruptAsFailure: true },
    );
  });

  test.each(LAYOUT_NAMES)("%s: has the columns of its layout and no others", (layout) => {
    const table = decoder.decode(encodeTable([], layout), layout);
    for (const column of COLUMN_NAMES) {
      if (columnsOf(layout).includes(column)) expect(table.columns[column]?.length).toBe(0);
      else {
        expect(table.columns[column]).toBe(undefined);
        expect(() => table.select({ orderBy: [column] })).toThrow(QueryError);
      }
    }
    expect(table.layout).toBe(layout);
  });

  test.each([
    "server",
    "client",
    "proxy",
    "random",
    "many locals",
    "like prefixes",
    "few values",
    "sorted",
    "reversed",
    "equal",
  ])("sorts 65 to 20,000 rows: %s", (kind) => {
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const makers: Record<string, (row: number) => RawRow> = {
      server: () => ({
        state: random(12) + 1,
        localAddress: 0x0a000001,
        localPort: 443,
        remoteAddress: random(2 ** 32),
        remotePort: random(65536),
      }),
      client: () => ({
        state: 5,
        localAddress: 0x0a000001,
        localPort: random(65536),
        remoteAddress: 0xc0a80000 + random(8),
        remotePort: 443,
      }),
      // Half of the rows are equal in the highest bits of their records, and far down.
      proxy: () => ({
        state: 5,
        localAddress: 0x0a000000 + random(3) * 0x01000000,
        localPort: random(2) ? 443 : 32768 + random(28232),
        remoteAddress: random(3) ? 0xcb007100 + random(64) : random(2 ** 32),
        remotePort: random(65536),
      }),
      random: () => ({
        state: random(256),
        localAddress: random(2 ** 32),
        localPort: random(65536),
        remoteAddress: random(2 ** 32),
        remotePort: random(65536),
      }),
      "many locals": () => ({
        state: 5,
        localAddress: 0x0a000000 + random(40) * 0x0501,
        localPort: random(2) ? 443 : 8443,
        remoteAddress: random(2 ** 32),
        remotePort: random(65536),
      }),
      // Equal in more bits than a record holds, and different below.
      "like prefixes": () => ({
        state: 5,
        localAddress: random(20) === 0 ? random(2 ** 32) : 0x7f000000,
        localPort: random(20) === 0 ? random(65536) : 9,
        remoteAddress: random(20) === 0 ? random(2 ** 32) : 0xc0a80000 + random(3),
        remotePort: random(300),
      }),
      "few values": () => ({
        state: random(3),
        localAddress: random(2),
        localPort: random(2),
        remoteAddress: random(3),
        remotePort: random(3),
      }),
      sorted: (row) => ({ state: 5, localAddress: row, localPort: 1, remoteAddress: row, remotePort: 2 }),
      reversed: (row) => ({
        state: 5,
        localAddress: 0xffffffff - row,
        localPort: 1,
        remoteAddress: row,
        remotePort: 2,
      }),
      equal: () => ({ state: 5, localAddress: 1, localPort: 2, remoteAddress: 3, remotePort: 4 }),
    };
    // Up to 64 rows are sorted by comparing each with each, up to 2,047 by shorter digits.
    for (const length of [65, 300, 1000, 2047, 2048, 20_000]) {
      const rows = Array.from({ length }, (_, row) => (makers[kind] as (row: number) => RawRow)(row));
      const table = decoder.decode(encodeTable(rows));
      for (const orderBy of [
        ["localAddress", "localPort", "remoteAddress", "remotePort"],
        ["-localAddress", "-localPort", "-remoteAddress", "-remotePort"],
        ["-remotePort", "state", "-localAddress", "remoteAddress"],
        ["-state"],
      ] as const)
        for (const limit of [undefined, 0, 1, 100, 6000])
          expect(Array.from(table.select({ orderBy, limit }).indices)).toEqual(
            selectRows(rows, { kind: "all" }, orderBy, limit),
          );
    }
  });

  test("never traps on random bytes, and never gives a row that was not there", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300, size: "max" }),
      fc.tuple(fc.nat({ max: 20 }), fc.uint8Array({ maxLength: 300, size: "max" })).map(([count, tail]) => {
        const table = new Uint8Array(4 + tail.length);
        table[0] = count;
        table.set(tail, 4);
        return table;
      }),
    );
    fc.assert(
      fc.property(bytes, (bytes) => {
        const needed = bytes.length < 4 ? 4 : 4 + 20 * new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
        if (needed > bytes.length) {
          expect(() => decoder.decode(bytes)).toThrow(TruncatedTableError);
        } else {
          const rows = decoder.decode(bytes).select().toArray();
          expect(rows.length).toBe((needed - 4) / 20);
        }
      }),
      { numRuns: 500 },
    );
  });
});
