import { inspect } from "node:util";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import { QueryError, StaleTableError } from "../../src/decoder/errors.js";
import { compileQuery } from "../../src/decoder/query.js";
import type { TcpRow } from "../../src/decoder/table/row.js";
import { compileFilter } from "../../src/filter/filter.js";
import type { ColumnName } from "../../src/format/columns.js";
import { FamilyQueries } from "../../src/reader/order.js";
import { TcpTableReader } from "../../src/reader/reader.js";
import { TcpTablesReader } from "../../src/reader/tables.js";
import { readerOf, TableCollector } from "../support/table-collector.js";
import type { RawRow } from "../support/tables.js";

const row = (localPort: number, state = 5): RawRow => ({
  ...{ state, localPort, remotePort: 443, localAddress: 1, remoteAddress: 2, owningPid: localPort },
});
const row6 = (localPort: number, state = 5): RawRow => ({
  ...row(localPort, state),
  ...{ localAddress: [0, 0, 0, 1], remoteAddress: [0, 0, 0, 2], localScopeId: 0, remoteScopeId: 0 },
});

describe.each(["plain", "wasm"] as const)("a reading of the %s engine", (engine) => {
  let four: TableCollector;
  let six: TableCollector;
  let reader: TcpTablesReader;

  beforeEach(async () => {
    four = new TableCollector("MIB_TCPTABLE_OWNER_PID", [row(80), row(22, 2)]);
    six = new TableCollector("MIB_TCP6TABLE_OWNER_PID", [row6(8080)]);
    reader = new TcpTablesReader([await readerOf(four, 4, engine), await readerOf(six, 6, engine)]);
  });

  const ports = (connections: Iterable<{ localPort: number }>) => [...connections].map(({ localPort }) => localPort);

  test("has a sample of each family, IPv4 first, and counts the rows of both", () => {
    const reading = reader.read();
    expect(reading.samples.map(({ table }) => table.family)).toEqual([4, 6]);
    expect(reading.samples.map(({ asked }) => asked)).toEqual(["what the test has", "what the test has"]);
    expect(reading).toMatchObject({ length: 3, complete: true, failures: [] });
  });

  test("shows in console.log what it has and what failed, and its rows in JSON.stringify", () => {
    six.rows = new Error("There is no IPv6 here.");
    const reading = reader.read();
    expect(inspect(reading)).toBe(
      "Reading { TcpTable MIB_TCPTABLE_OWNER_PID { 2 rows: LISTEN 1, ESTABLISHED 1 }; IPv6 failed: There is no IPv6 here. }",
    );
    const connections = reading.select({ where: "state listening" });
    expect(inspect(connections)).toBe("Connections { 1 row: LISTEN 1 }");
    expect(JSON.parse(JSON.stringify(connections))).toEqual([...connections]);
    expect(JSON.parse(JSON.stringify(reading))).toEqual({
      complete: false,
      failures: [{ family: 6, message: "There is no IPv6 here." }],
      rows: [...reading.select()],
    });
    reader.read();
    expect(inspect(connections)).toBe("Connections { stale }");
  });

  test("can't be cloned or posted, nor can its rows or a sample: they would arrive empty", () => {
    const reading = reader.read();
    for (const value of [reading, reading.select(), reading.samples[0]])
      expect(() => structuredClone(value)).toThrow(/can't be posted or cloned/);
  });

  test("tells where each row of a selection stands", () => {
    const reading = reader.read();
    const connections = reading.select({ orderBy: ["-localPort"] });
    expect(ports(connections)).toEqual([8080, 80, 22]);
    expect(connections.at(0)).toEqual({ table: reading.samples[1]?.table, index: 0 });
    expect(connections.tableAt(2)).toBe(reading.samples[0]?.table);
    expect(connections.indexAt(2)).toBe(1);
    expect(connections.toArray()[1]).toEqual(reading.samples[0]?.table.row(0));
    expect(connections.selections.map(({ length }) => length)).toEqual([2, 1]);
    for (const place of [-1, 3, 0.5, Number.NaN]) expect(() => connections.at(place)).toThrow(RangeError);
  });

  test("gives its rows in place as it gives them one by one, in one object for each family", () => {
    const connections = reader.read().select({ orderBy: ["localPort"] });
    const seen: TcpRow[] = [];
    const copies: TcpRow[] = [];
    for (const row of connections.inPlace()) {
      seen.push(row);
      copies.push({ ...row });
    }
    expect(copies).toEqual(connections.toArray());
    expect(copies.map((row) => JSON.stringify(row))).toEqual(connections.toArray().map((row) => JSON.stringify(row)));
    expect(copies.map(({ localPort }) => localPort)).toEqual([22, 80, 8080]);
    expect(new Set(seen).size).toBe(2);
    expect([...connections.inPlace()][0]).not.toBe(seen[0]);
    expect([...reader.read().select({ limit: 0 }).inPlace()]).toEqual([]);
  });

  test("gives no rows in place of another reading, nor of another selection", () => {
    const reading = reader.read();
    const connections = reading.select();
    const rows = connections.inPlace();
    rows.next();
    reading.select({ limit: 1 }, connections);
    expect(() => rows.next()).toThrow(StaleTableError);
    const others = connections.inPlace();
    others.next();
    reader.read(reading);
    expect(() => others.next()).toThrow(StaleTableError);
    expect(() => connections.inPlace().next()).toThrow(StaleTableError);
  });

  test("and what was selected from it throw once the reader has read again", () => {
    const reading = reader.read();
    const connections = reading.select();
    const later = reader.read();
    expect(later).not.toBe(reading);
    for (const use of [
      () => reading.length,
      () => reading.select(),
      () => connections.length,
      () => connections.at(0),
      () => connections.indexAt(0),
      () => connections.selections,
      () => connections.toArray(),
      () => reading.samples[0]?.collection.bytes,
    ])
      expect(use, String(use)).toThrow(StaleTableError);
    expect(ports(later.select())).toEqual([80, 22, 8080]);
  });

  test("that is reused is the same object with new rows, and what was selected before is stale", () => {
    const query = compileQuery({ orderBy: ["localPort"] });
    const first = reader.read();
    const { samples } = first;
    const [sample] = samples;
    const connections = first.select(query);
    four.rows = [row(443), row(1), row(2)];
    const second = reader.read(first);
    expect(second).toBe(first);
    expect(second.samples).toBe(samples);
    expect(second.samples[0]).toBe(sample);
    expect(() => connections.length).toThrow(StaleTableError);
    expect(second.select(query, connections)).toBe(connections);
    expect(ports(connections)).toEqual([1, 2, 443, 8080]);
    expect(second.length).toBe(4);
  });

  test("of one reader can't be reused by another", async () => {
    const other = new TcpTablesReader([await readerOf(four, 4, engine)]);
    expect(() => other.read(reader.read())).toThrow("The reading to reuse belongs to another reader.");
  });

  test("notices that its rows were selected anew in a loop over them", () => {
    const reading = reader.read();
    const connections = reading.select();
    expect(() => {
      for (const each of connections) if (each.localPort > 0) reading.select({ where: "sport = :80" }, connections);
    }).toThrow(StaleTableError);
    expect(() => {
      for (const each of reading.select()) if (each.localPort > 0) reader.read(reading);
    }).toThrow(StaleTableError);
  });

  test("leaves connections stale where a select that was to refresh them throws", () => {
    const reading = reader.read();
    const connections = reading.select();
    expect(() => reading.select({ orderBy: ["createTimestamp"] }, connections)).toThrow(QueryError);
    expect(() => connections.length).toThrow(StaleTableError);
    expect(ports(reading.select({ where: "sport = :80" }, connections))).toEqual([80]);
  });

  test("tells a family that fails, gives the other, and both again when it can be read again", () => {
    const reading = reader.read();
    const connections = reading.select();
    const error = new Error("no IPv4 today");
    four.rows = error;
    reader.read(reading);
    expect(reading).toMatchObject({ complete: false, length: 1, failures: [{ family: 4, error }] });
    expect(ports(reading.select(undefined, connections))).toEqual([8080]);
    four.rows = [row(1)];
    reader.read(reading);
    expect(reading).toMatchObject({ complete: true, length: 2, failures: [] });
    expect(ports(reading.select(undefined, connections))).toEqual([1, 8080]);
  });

  test("is none where no family can be read: the first one's error", () => {
    four.rows = new Error("no IPv4");
    six.rows = new Error("no IPv6");
    expect(() => reader.read()).toThrow("no IPv4");
  });

  test("holds what the reader is for: a query's own filter picks among those rows", async () => {
    const where = compileFilter("state established");
    const readers = [await readerOf(four, 4, engine), await readerOf(six, 6, engine)];
    const reading = new TcpTablesReader(readers, [], new FamilyQueries(where)).read();
    expect(reading.length).toBe(3); // as read
    expect(ports(reading.select())).toEqual([80, 8080]);
    expect(ports(reading.select({ where }))).toEqual([80, 8080]);
    expect(ports(reading.select({ where: "sport = :22 or sport = :8080" }))).toEqual([8080]);
    expect(ports(reading.select({ orderBy: ["-localPort"], limit: 1 }))).toEqual([8080]);
  });

  test("keeps what the collector told at its own sample, and the bytes that were decoded", async () => {
    const single = await readerOf(four, 4, engine);
    const sample = single.sample();
    expect(sample.collection).toMatchObject({ attempts: 2, layout: "MIB_TCPTABLE_OWNER_PID" });
    expect(sample.collection.bytes).toEqual(sample.table.bytes);
    expect(sample.collection.bytes.length).toBe(4 + 2 * 24);
    const later = single.sample();
    expect(sample.collection.attempts).toBe(2);
    expect(later.collection.attempts).toBe(3);
    expect(single.sample(later)).toBe(later);
    expect(later.collection.attempts).toBe(4);
    // A table that takes more memory than there was: the raw bytes must be there after it grew.
    four.rows = Array.from({ length: 20_000 }, (_, port) => row(port));
    const { collection, table } = single.sample();
    expect(collection.bytes.length).toBe(4 + 20_000 * 24);
    expect(collection.bytes).toEqual(table.bytes);
  });

  test("lacks the columns that no family's table has", async () => {
    const missing = (...columns: ColumnName[]) => Object.assign(four, { missingColumns: columns });
    missing("user", "localScopeId");
    Object.assign(six, { missingColumns: ["user", "inode"] });
    expect(reader.missingColumns).toEqual(["user"]);
    expect(new TcpTablesReader([await readerOf(four, 4)]).missingColumns).toEqual(["user", "localScopeId"]);
  });

  test("hands the owners of shared sockets to the decoder", async () => {
    const decoder = await createDecoder({ engine });
    const decode = vi.spyOn(decoder, "decode");
    const sharedOwners = Uint32Array.of(0, 80, 0, 81);
    const collect = four.collect.bind(four);
    four.collect = (into) => Object.assign(collect(into), { sharedOwners });
    const single = new TcpTableReader(four, decoder, 4);
    const table = single.read();
    expect(decode).toHaveBeenLastCalledWith(expect.anything(), "MIB_TCPTABLE_OWNER_PID", undefined, sharedOwners);
    single.read(table);
    expect(decode).toHaveBeenLastCalledWith(expect.anything(), "MIB_TCPTABLE_OWNER_PID", table, sharedOwners);
    const sample = single.sample();
    expect(decode).toHaveBeenLastCalledWith(expect.anything(), "MIB_TCPTABLE_OWNER_PID", undefined, sharedOwners);
    expect(sample.collection.sharedOwners).toBe(sharedOwners);
  });

  test("closing the reader closes the collector of each family, once, also by using", () => {
    reader.close();
    expect([four.closed, six.closed]).toEqual([1, 1]);
    reader[Symbol.dispose]();
    expect([four.closed, six.closed]).toEqual([2, 2]);
  });
});
