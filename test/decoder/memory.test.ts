import { describe, expect, test } from "vitest";
import type { Decoder } from "../../src/decoder/contract.js";
import { createDecoder } from "../../src/decoder/decoder.js";
import { compileQuery } from "../../src/decoder/query.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { TcpTable } from "../../src/decoder/table/table.js";
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import { familyRows } from "../support/family-rows.js";
import { encodeTable } from "../support/tables.js";

const ENGINES: EngineName[] = ["wasm", "plain"];

function encoded(count: number, layout: LayoutName = "MIB_TCPTABLE"): Uint8Array {
  return encodeTable(familyRows(LAYOUTS[layout].family, count), layout);
}

/** More conditions than the kernel has room for at first. */
const LONG = ports(900);
const LONG_QUERY = compileQuery({ where: LONG, orderBy: ["remoteAddress"] });

/** So many conditions, each for another port from 1000 on. */
function ports(count: number): string {
  return Array.from({ length: count }, (_, port) => `sport = ${1000 + port}`).join(" or ");
}

/** Everything that a program may do with a table. */
function useAll(table: TcpTable): void {
  const key = "-localPort" as const;
  for (const where of [undefined, "state established dport >= :20000 and src 10.0.0.0/8"])
    expect(table.select({ where, orderBy: ["remoteAddress", key] }).indices.length).toBeLessThanOrEqual(table.length);
  expect(table.select(LONG_QUERY).length).toBe(Math.min(900, table.length));
  expect(table.stateCounts.length).toBe(256);
}

describe.each(ENGINES)("views of the %s engine, once given out,", (engine) => {
  // 410 to 415, 1472 to 1484 and 2538 rows ended so close to a page of memory that a filter made it grow.
  test.each([
    [408, 417],
    [1470, 1486],
    [2535, 2541],
  ])("stay through every select, tables of %i to %i rows", async (from, to) => {
    for (let count = from; count <= to; count++) {
      const table = (await createDecoder({ engine })).decode(encoded(count));
      const { localPort, state } = table.columns;
      const { bytes, stateCounts } = table;
      table.select({ where: "state established dport = :443" });
      table.select(LONG_QUERY);
      expect([localPort.length, state.length, stateCounts.length, bytes.length]).toEqual([
        count,
        count,
        256,
        4 + 20 * count,
      ]);
      expect(localPort[count - 1]).toBe(999 + count);
    }
  });

  test.each(LAYOUT_NAMES)("reserve's stays through decode and select of a %s that fills it", async (layout) => {
    for (const count of [0, 1, 15, 16, 17, 300, 1000, 5000]) {
      const decoder = await createDecoder({ engine });
      const bytes = encoded(count, layout);
      const reserved = decoder.reserve(bytes.length);
      reserved.set(bytes);
      const collected = reserved.subarray(0, bytes.length);
      const memory = collected.buffer.byteLength;
      useAll(decoder.decode(collected, layout));
      expect(collected.buffer.byteLength).toBe(memory);
      // toEqual would compare a megabyte number by number, in seconds.
      expect(Buffer.compare(collected, bytes)).toBe(0);
    }
  });

  test("reserve's stays whatever layouts are decoded in it, one after the other", async () => {
    const decoder = await createDecoder({ engine });
    const reserved = decoder.reserve(100_000);
    const memory = reserved.buffer.byteLength;
    for (const layout of [...LAYOUT_NAMES, ...LAYOUT_NAMES.toReversed()]) {
      const { firstRow, rowSize } = LAYOUTS[layout];
      const bytes = encoded(Math.floor((100_000 - firstRow) / rowSize), layout);
      reserved.set(bytes);
      useAll(decoder.decode(reserved.subarray(0, bytes.length), layout));
      expect(reserved.buffer.byteLength).toBe(memory);
    }
  });

  test("reserve's is another one after more is asked for, and the same as long as it is large enough", async () => {
    const decoder = await createDecoder({ engine });
    const small = decoder.reserve(1000);
    expect(decoder.reserve(500)).toBe(small);
    const large = decoder.reserve(1_000_000);
    expect(large.length).toBeGreaterThanOrEqual(1_000_000);
    expect(decoder.reserve(1_000_000)).toBe(large);
  });
});

describe.each(ENGINES)("one decoder of the %s engine", (engine) => {
  /** Every column, and the rows that a filter and an order pick, against what the rows were encoded from. */
  function expectRows(table: TcpTable, layout: LayoutName, count: number): void {
    const rows = familyRows(LAYOUTS[layout].family, count);
    expect(table.length).toBe(count);
    expect(Array.from(table.columns.localAddress)).toEqual(rows.flatMap((row) => row.localAddress));
    expect(Array.from(table.columns.remotePort)).toEqual(rows.map((row) => row.remotePort));
    expect(Array.from(table.columns.state)).toEqual(rows.map((row) => row.state));
    if (table.columns.owningPid) expect(Array.from(table.columns.owningPid)).toEqual(rows.map((row) => row.owningPid));
    // A listener, which every twelfth row is, has no remote port.
    const wanted = [...rows.keys()].filter((row) => row > 10 && row % 12 !== 1).slice(-3);
    const picked = table.select({ where: "dport > 20010", orderBy: ["-localPort"], limit: 3 });
    expect(Array.from(picked.indices)).toEqual(wanted.toReversed());
  }

  test("decodes larger and smaller tables right, one after the other", async () => {
    const decoder = await createDecoder({ engine });
    for (const count of [5000, 6200, 10, 6201, 20_000, 19_999, 0, 40])
      expectRows(decoder.decode(encoded(count)), "MIB_TCPTABLE", count);
  });

  test("decodes tables of every layout right, of sizes that grow, one after the other", async () => {
    const decoder = await createDecoder({ engine });
    for (const count of [50, 700, 3000])
      for (const layout of LAYOUT_NAMES) expectRows(decoder.decode(encoded(count, layout), layout), layout, count);
  });

  test("runs one compiled filter on layouts of both families in turn", async () => {
    const decoder = await createDecoder({ engine });
    const query = compileQuery({ where: "src 10.0.0.3 or src [2001:db8:0:1:0:2:0:5]" });
    for (let round = 0; round < 3; round++) {
      for (const [layout, row] of [
        ["MIB_TCPTABLE", 3],
        ["MIB_TCP6TABLE", 5],
        ["MIB_TCPTABLE_OWNER_PID", 3],
        ["MIB_TCP6TABLE_OWNER_MODULE", 5],
      ] as const) {
        const rows = familyRows(LAYOUTS[layout].family, 9).map((one, index) =>
          LAYOUTS[layout].family === 6 ? { ...one, localAddress: [0x20010db8, 1, 2, index] as const } : one,
        );
        const table = decoder.decode(encodeTable(rows, layout), layout);
        expect(Array.from(table.select(query).indices)).toEqual([row]);
      }
    }
  });
});

describe("a filter that is too long for the kernel's memory", () => {
  const query = compileQuery({ where: ports(10_000), orderBy: ["-localPort"] });
  const wanted = [...Array(300).keys()].toReversed();

  async function decoderOf300(): Promise<{ decoder: Decoder; bytes: Uint8Array }> {
    const decoder = await createDecoder({ engine: "wasm" });
    return { decoder, bytes: encoded(300) };
  }

  function memoryOf(table: TcpTable): number {
    return table.columns.state.buffer.byteLength;
  }

  test("gives the same rows before there is room for it, and after", async () => {
    const { decoder, bytes } = await decoderOf300();
    for (let round = 0; round < 3; round++) {
      const table = decoder.decode(bytes);
      for (let run = 0; run < 2; run++) expect(Array.from(table.select(query).indices)).toEqual(wanted);
      expect(Array.from(table.select({ where: "sport = 1007" }).indices)).toEqual([7]);
      expect(Array.from(table.columns.localPort)).toEqual(familyRows(4, 300).map(({ localPort }) => localPort));
    }
  });

  test("gets its room at the next decode of bytes from elsewhere, once", async () => {
    const { decoder, bytes } = await decoderOf300();
    const table = decoder.decode(bytes);
    const before = memoryOf(table);
    table.select(query);
    expect(memoryOf(table)).toBe(before);
    const after = memoryOf(decoder.decode(bytes));
    expect(after).toBeGreaterThan(before);
    const again = decoder.decode(bytes);
    again.select(query);
    expect(memoryOf(decoder.decode(bytes))).toBe(after);
  });

  test("gets its room at the next reserve, not while a table is decoded where it lies", async () => {
    const { decoder, bytes } = await decoderOf300();
    const reserved = decoder.reserve(bytes.length);
    reserved.set(bytes);
    const own = reserved.subarray(0, bytes.length);
    const before = own.buffer.byteLength;
    decoder.decode(own).select(query);
    decoder.decode(own).select(query);
    expect(own.length).toBe(bytes.length);
    const larger = decoder.reserve(bytes.length);
    expect(larger.buffer.byteLength).toBeGreaterThan(before);
    larger.set(bytes);
    expect(Array.from(decoder.decode(larger.subarray(0, bytes.length)).select(query).indices)).toEqual(wanted);
  });
});

describe.each(ENGINES)("reserve of the %s engine", (engine) => {
  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "100", undefined, 2 ** 60])(
    "refuses %j with a RangeError that says what it takes",
    async (byteLength) => {
      const decoder = await createDecoder({ engine });
      expect(() => decoder.reserve(byteLength as number)).toThrow(RangeError);
      expect(() => decoder.reserve(byteLength as number)).toThrow(/reserve takes a whole number of bytes from 0 up/);
    },
  );

  test.each([2 ** 32, 2 ** 33, 2 ** 50])(
    "refuses %d bytes with a TableTooLargeError that has the number",
    async (byteLength) => {
      const decoder = await createDecoder({ engine });
      expect(() => decoder.reserve(byteLength)).toThrow(
        expect.objectContaining({
          name: "TableTooLargeError",
          byteLength,
          message: expect.stringContaining(`${byteLength}`),
        }),
      );
    },
  );

  test("that was refused leaves the decoder as it was", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encoded(40));
    expect(() => decoder.reserve(-1)).toThrow(RangeError);
    expect(() => decoder.reserve(2 ** 33)).toThrow(/does not fit/);
    expect(table.columns.localPort[39]).toBe(1039);
    expect(decoder.decode(encoded(50)).length).toBe(50);
  });
});

test("a reserve that WebAssembly has no memory for is a TableTooLargeError, and the decoder goes on", async () => {
  const decoder = await createDecoder({ engine: "wasm" });
  const table = decoder.decode(encoded(40));
  // The table itself would fit into 4 GiB, but not its columns beside it.
  expect(() => decoder.reserve(2 ** 32 - 1)).toThrow(/4294967295 bytes does not fit.*engine: "plain"/);
  expect(() => table.length).toThrow(/stale/);
  const next = decoder.decode(encoded(50));
  expect(next.columns.localPort[49]).toBe(1049);
  expect(Array.from(next.select({ where: "sport >= 1048", orderBy: ["-localPort"] }).indices)).toEqual([49, 48]);
});
