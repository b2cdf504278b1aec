import { describe, expect, test } from "vitest";
import type { Decoder } from "../../src/decoder/contract.js";
import { createDecoder } from "../../src/decoder/decoder.js";
import { QueryError, StaleTableError } from "../../src/decoder/errors.js";
import { compileQuery, DEFAULT_ORDER, type SortKey } from "../../src/decoder/query.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const ENGINES: EngineName[] = ["wasm", "plain"];

function rows(count: number, port = 1): RawRow[] {
  return Array.from({ length: count }, (_, row) => ({
    state: (row % 12) + 1,
    localAddress: 0x7f000001,
    localPort: port + row,
    remoteAddress: count - row,
    remotePort: 9,
  }));
}

/** Writes a table where the decoder wants it, as a collector does. */
function fill(decoder: Decoder, table: Uint8Array): Uint8Array {
  const buffer = decoder.reserve(table.length);
  buffer.set(table);
  return buffer.subarray(0, table.length);
}

describe.each(ENGINES)("tables and selections of the %s engine", (engine) => {
  test("go stale at the next decode, and say so", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encodeTable(rows(3)));
    const selection = table.select();
    const { columns } = table;
    decoder.decode(encodeTable(rows(2)));
    for (const use of [
      () => table.length,
      () => table.columns,
      () => columns.state,
      () => table.stateCounts,
      () => table.bytes,
      () => table.row(0),
      () => table.select(),
      () => table.copy(),
      () => [...table],
      () => selection.length,
      () => selection.indices,
      () => selection.columns,
      () => selection.toArray(),
    ])
      expect(use).toThrow(StaleTableError);
    expect(() => table.length).toThrow(/This table is stale.*table\.copy\(\)/);
  });

  test("go stale at reserve", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encodeTable(rows(3)));
    decoder.reserve(10);
    expect(() => table.length).toThrow(StaleTableError);
  });

  test("stay valid when a decode is refused", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encodeTable(rows(3)));
    expect(() => decoder.decode(Uint8Array.of(1, 0, 0, 0))).toThrow();
    expect(table.select().toArray().length).toBe(3);
  });

  test("a copy stays", async () => {
    const decoder = await createDecoder({ engine });
    const copy = decoder.decode(encodeTable(rows(40))).copy();
    decoder.decode(encodeTable(rows(50, 1000)));
    expect(copy.length).toBe(40);
    expect(copy.select({ where: "sport = :7" }).toArray()).toMatchObject([{ localPort: 7 }]);
  });

  test("several selections of a table live side by side", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encodeTable(rows(30)));
    const low = table.select({ where: "sport <= 3" });
    const high = table.select({ where: "sport >= 29" });
    const all = table.select({ orderBy: ["-localPort"] });
    expect(Array.from(low.indices)).toEqual([0, 1, 2]);
    expect(Array.from(high.indices)).toEqual([28, 29]);
    expect(all.indices[0]).toBe(29);
    expect(all.columns.localPort[0]).toBe(30);
  });

  test("refreshed in place, table and selection are the same objects with the new rows", async () => {
    const decoder = await createDecoder({ engine });
    const query = compileQuery({ where: "sport > 2", orderBy: ["-localPort"] });
    const table = decoder.decode(encodeTable(rows(5)));
    const selection = table.select(query);
    expect(Array.from(selection.indices)).toEqual([4, 3, 2]);
    const again = decoder.decode(encodeTable(rows(3, 10)), "MIB_TCPTABLE", table);
    expect(again).toBe(table);
    expect(() => selection.length).toThrow(StaleTableError);
    expect(table.select(query, selection)).toBe(selection);
    expect(Array.from(selection.indices)).toEqual([2, 1, 0]);
    const other = table.select({ where: "sport = 10" });
    expect(Array.from(selection.indices)).toEqual([2, 1, 0]);
    expect(Array.from(other.indices)).toEqual([0]);
  });

  // The kernel keeps the filter and the keys of the last query: they must not outlive what they were made for.
  test("a query runs again on tables of other sizes and layouts, with other queries in between", async () => {
    const decoder = await createDecoder({ engine });
    const where = `sport > 2 and (${Array.from({ length: 40 }, (_, port) => `sport != ${1000 + port}`).join(" and ")})`;
    const descending = compileQuery({ where, orderBy: ["-localPort"] });
    const ascending = compileQuery({ where: "src 127.0.0.1 sport <= 4", orderBy: ["localAddress", "localPort"] });
    const limited = compileQuery({ where: "sport > 2", orderBy: ["remoteAddress"], limit: 1 });
    const layouts = ["MIB_TCPTABLE", "MIB_TCPTABLE2", "MIB_TCPTABLE_OWNER_PID", "MIB_TCPTABLE"] as const;
    for (const [round, count] of [5, 6, 700, 5, 40, 900, 60_000, 8].entries()) {
      const layout = layouts[round % layouts.length] ?? "MIB_TCPTABLE";
      const table = decoder.decode(encodeTable(rows(count), layout), layout);
      // Row n has the port n + 1.
      const wanted = [...Array(count).keys()].filter((row) => row >= 2 && !(row >= 999 && row < 1039));
      // The last query of each round is the first of the next.
      const queries = round % 2 ? [descending, ascending, limited] : [limited, ascending, descending];
      for (const query of queries) {
        const indices = Array.from(table.select(query).indices);
        if (query === descending) expect(indices).toEqual(wanted.toReversed());
        else if (query === limited) expect(indices).toEqual([count - 1]);
        else expect(indices).toEqual([0, 1, 2, 3]);
        expect(Array.from(table.select(query).indices)).toEqual(indices);
      }
    }
  });

  test("are refreshed by their own decoder and table only", async () => {
    const [one, two] = [await createDecoder({ engine }), await createDecoder({ engine })];
    const table = one.decode(encodeTable(rows(2)));
    expect(() => two.decode(encodeTable(rows(2)), "MIB_TCPTABLE", table)).toThrow(QueryError);
    const selection = two.decode(encodeTable(rows(2))).select();
    expect(() => table.select({}, selection)).toThrow(QueryError);
  });

  test("decode what was written into reserve's memory, without a copy and while it grows", async () => {
    const decoder = await createDecoder({ engine });
    for (const count of [1, 10, 5000, 20, 40_000, 0, 3]) {
      const table = decoder.decode(fill(decoder, encodeTable(rows(count))));
      expect(table.length).toBe(count);
      expect(table.select({ orderBy: ["remoteAddress"] }).indices[0]).toBe(count === 0 ? undefined : count - 1);
    }
    expect(decoder.reserve(100)).toBe(decoder.reserve(200));
  });

  test("keep right views when the columns move within memory that does not grow", async () => {
    const decoder = await createDecoder({ engine });
    decoder.reserve(1_000_000);
    for (const count of [5, 50, 500, 1000, 2000, 3000]) {
      const table = decoder.decode(fill(decoder, encodeTable(rows(count))));
      expect(table.columns.remotePort[count - 1]).toBe(9);
      expect(Array.from(table.columns.localPort)).toEqual(rows(count).map((row) => row.localPort));
      expect(table.select({ orderBy: ["-localPort"] }).indices[0]).toBe(count - 1);
    }
  });

  test("take bytes from anywhere in the decoder's own memory", async () => {
    const decoder = await createDecoder({ engine });
    const table = encodeTable(rows(6));
    const buffer = decoder.reserve(1000);
    buffer.set(table, 333);
    expect(
      decoder
        .decode(buffer.subarray(333, 333 + table.length))
        .select()
        .toArray().length,
    ).toBe(6);
    const large = encodeTable(rows(2000));
    const tail = decoder.reserve(large.length + 8);
    tail.set(large, 8);
    expect(decoder.decode(tail.subarray(8)).row(1999).localPort).toBe(2000);
  });

  test("do not depend on the bytes' owner leaving them alone", async () => {
    const decoder = await createDecoder({ engine });
    const bytes = encodeTable([{ ...(rows(1)[0] as RawRow), state: 777 }]);
    const table = decoder.decode(bytes);
    bytes.fill(0);
    expect(table.row(0).state).toBe("UNKNOWN(777)");
    expect(table.copy().row(0).state).toBe("UNKNOWN(777)");
  });

  test("there is no row outside the table", async () => {
    const table = (await createDecoder({ engine })).decode(encodeTable(rows(3)));
    for (const index of [-1, 3, 0.5, Number.NaN]) expect(() => table.row(index)).toThrow(/the table has 3/);
  });

  test("a million selections of one table take no more memory", async () => {
    const table = (await createDecoder({ engine })).decode(encodeTable(rows(3)));
    const query = compileQuery({ where: "sport = :2 or not dst 0.0.0.1", orderBy: DEFAULT_ORDER });
    const selection = table.select(query);
    const { indices } = selection;
    const memory = table.columns.state.buffer.byteLength;
    for (let run = 0; run < 1_000_000; run++) table.select(query, selection);
    expect(table.columns.state.buffer.byteLength).toBe(memory);
    expect(selection.indices).toBe(indices);
    expect(Array.from(selection.indices)).toEqual([0, 1]);
  });
});

describe("queries", () => {
  test("refuse a key that is no column", () => {
    expect(() => compileQuery({ orderBy: ["port" as SortKey] })).toThrow(/no column "port".*localPort/);
  });
  test.each([-1, 1.5, Number.NaN])("refuse %d as a limit", (limit) => {
    expect(() => compileQuery({ limit })).toThrow(QueryError);
  });
});

describe("where WebAssembly is missing or forbidden", () => {
  test("the plain engine takes over, and says so; asked for by name, the kernel is an error", async () => {
    const original = globalThis.WebAssembly;
    Reflect.deleteProperty(globalThis, "WebAssembly");
    try {
      const { createDecoder } = await import("../../src/decoder/decoder.js?without-webassembly" as string);
      expect((await createDecoder()).engine).toBe("plain");
      await expect(createDecoder({ engine: "wasm" })).rejects.toThrow(ReferenceError);
    } finally {
      globalThis.WebAssembly = original;
    }
    expect((await createDecoder()).engine).toBe("wasm");
  });
});
