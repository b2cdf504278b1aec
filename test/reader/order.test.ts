import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileQuery, type Query, type QueryOptions } from "../../src/decoder/query.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { Connections } from "../../src/reader/connections.js";
import { TcpTablesReader } from "../../src/reader/tables.js";
import { readerOf, TableCollector } from "../support/table-collector.js";
import type { RawRow } from "../support/tables.js";

/** What tells our rows apart: the local port and the PID; the address is the same in a family. */
type Short = readonly [port: number, pid: number];

const rowsOf = (shorts: readonly Short[], family: 4 | 6): RawRow[] =>
  shorts.map(([localPort, owningPid]) => ({
    ...{ state: 5, localPort, owningPid, remotePort: 443, localScopeId: 0, remoteScopeId: 3 },
    createTimestamp: 0x1_0000_0000n * BigInt(owningPid) + 5n,
    localAddress: family === 4 ? 0xffffffff : [0, 0, 0, 1],
    remoteAddress: family === 4 ? 1 : [0, 0, 0, 2],
  }));

/** The rows as `4:80/1`: family, port, PID. */
function shown(connections: Connections): string[] {
  return [...connections].map((row) => `${row.localAddress.includes(":") ? 6 : 4}:${row.localPort}/${row.owningPid}`);
}

async function selected(
  ipv4: readonly Short[],
  ipv6: readonly Short[],
  query: QueryOptions | Query,
  engine: EngineName,
) {
  const four = new TableCollector("MIB_TCPTABLE_OWNER_MODULE", rowsOf(ipv4, 4));
  const six = new TableCollector("MIB_TCP6TABLE_OWNER_MODULE", rowsOf(ipv6, 6));
  const reader = new TcpTablesReader([await readerOf(four, 4, engine), await readerOf(six, 6, engine)]);
  return reader.read().select(query);
}

const IPV4: Short[] = [
  [80, 1],
  [22, 9],
  [443, 5],
];
const IPV6: Short[] = [
  [22, 9],
  [8080, 2],
  [80, 1],
];

describe.each(["plain", "wasm"] as const)("two families in one order, %s engine:", (engine) => {
  test.each<[string, QueryOptions, string]>([
    ["without keys one after the other", {}, "4:80/1 4:22/9 4:443/5 6:22/9 6:8080/2 6:80/1"],
    ["without keys and with a limit", { limit: 4 }, "4:80/1 4:22/9 4:443/5 6:22/9"],
    ["by port", { orderBy: ["localPort"] }, "4:22/9 6:22/9 4:80/1 6:80/1 4:443/5 6:8080/2"],
    ["by port, descending", { orderBy: ["-localPort"] }, "6:8080/2 4:443/5 4:80/1 6:80/1 4:22/9 6:22/9"],
    ["with a limit over both", { orderBy: ["-localPort"], limit: 2 }, "6:8080/2 4:443/5"],
    ["with a limit of no rows", { limit: 0 }, ""],
    ["by address, IPv4 first", { orderBy: ["localAddress"] }, "4:80/1 4:22/9 4:443/5 6:22/9 6:8080/2 6:80/1"],
    [
      "by address, descending",
      { orderBy: ["-remoteAddress", "localPort"] },
      "6:22/9 6:80/1 6:8080/2 4:22/9 4:80/1 4:443/5",
    ],
    ["by two keys", { orderBy: ["owningPid", "-localAddress"] }, "6:80/1 4:80/1 6:8080/2 4:443/5 6:22/9 4:22/9"],
    ["by a number of 64 bits", { orderBy: ["-createTimestamp"] }, "4:22/9 6:22/9 4:443/5 6:8080/2 4:80/1 6:80/1"],
    [
      "by scopes, which IPv4 has not: before those of IPv6",
      { orderBy: ["remoteScopeId", "localPort"] },
      "4:22/9 4:80/1 4:443/5 6:22/9 6:80/1 6:8080/2",
    ],
    [
      "by a scope of 0: a missing one comes before it",
      { orderBy: ["-localScopeId", "localPort"] },
      "6:22/9 6:80/1 6:8080/2 4:22/9 4:80/1 4:443/5",
    ],
    ["with a filter", { where: "pid = 1", orderBy: ["localPort"] }, "4:80/1 6:80/1"],
  ])("two families in one order, %s: %j gives %j", async (_, options, expected) => {
    const connections = await selected(IPV4, IPV6, options, engine);
    expect(shown(connections).join(" ")).toBe(expected);
    expect(connections.length).toBe(expected === "" ? 0 : expected.split(" ").length);
  });
});

test("two families in one order: IPv6 is sorted by its scopes, which IPv4 has not", async () => {
  const six = rowsOf(IPV6, 6).map((row, at) => ({ ...row, remoteScopeId: 9 - at }));
  const readers = [
    await readerOf(new TableCollector("MIB_TCPTABLE_OWNER_PID", rowsOf(IPV4, 4)), 4),
    await readerOf(new TableCollector("MIB_TCP6TABLE_OWNER_PID", six), 6),
  ];
  const query = compileQuery({ orderBy: ["remoteScopeId"] });
  expect(shown(new TcpTablesReader(readers).read().select(query)).join(" ")).toBe(
    "4:80/1 4:22/9 4:443/5 6:80/1 6:8080/2 6:22/9",
  );
});

test("two families in one order are what a stable sort of all rows gives", async () => {
  const short = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }));
  await fc.assert(
    fc.asyncProperty(fc.array(short), fc.array(short), fc.nat({ max: 20 }), async (ipv4, ipv6, limit) => {
      const all = [...ipv4.map((row) => [4, ...row] as const), ...ipv6.map((row) => [6, ...row] as const)];
      const expected = all.toSorted((a, b) => b[2] - a[2] || a[1] - b[1]).slice(0, limit);
      const query = compileQuery({ orderBy: ["-owningPid", "localPort"], limit });
      const found = shown(await selected(ipv4, ipv6, query, "plain"));
      expect(found).toEqual(expected.map(([family, port, pid]) => `${family}:${port}/${pid}`));
    }),
    { interruptAfterTimeLimit: 20_000 },
  );
});
