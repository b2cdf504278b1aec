import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { merge, queryFor, rowsAt } from "../../src/cli/connections.js";
import { createDecoder } from "../../src/decoder/decoder.js";
import { compileQuery, type QueryOptions } from "../../src/decoder/query.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { encodeTable, type RawRow } from "../support/tables.js";

/** What tells our rows apart: the local port and the PID; the address is the same in a family. */
type Short = readonly [port: number, pid: number];

const rowsOf = (shorts: readonly Short[], family: 4 | 6): RawRow[] =>
  shorts.map(([localPort, owningPid]) => ({
    ...{ state: 5, localPort, owningPid, remotePort: 443, localScopeId: 3, remoteScopeId: 0 },
    localAddress: family === 4 ? 0xffffffff : [0, 0, 0, 1],
    remoteAddress: family === 4 ? 1 : [0, 0, 0, 2],
  }));

const table = async (rows: readonly RawRow[], layout: LayoutName) =>
  (await createDecoder({ engine: "plain" })).decode(encodeTable(rows, layout), layout);

/** The merged rows as `4:80/1`: family, port, PID. */
async function merged(ipv4: readonly Short[], ipv6: readonly Short[], options: QueryOptions): Promise<string[]> {
  const query = compileQuery(options);
  const tables = [
    await table(rowsOf(ipv4, 4), "MIB_TCPTABLE_OWNER_PID"),
    await table(rowsOf(ipv6, 6), "MIB_TCP6TABLE_OWNER_PID"),
  ];
  const selections = tables.map((some) => some.select(queryFor(query, some.family)));
  return [...rowsAt(merge(selections, query))].map(
    (row) => `${row.localAddress.includes(":") ? 6 : 4}:${row.localPort}/${row.owningPid}`,
  );
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

describe("two families in one order", () => {
  test.each<[string, QueryOptions, string]>([
    ["no keys: one after the other", {}, "4:80/1 4:22/9 4:443/5 6:22/9 6:8080/2 6:80/1"],
    ["no keys, with a limit", { limit: 4 }, "4:80/1 4:22/9 4:443/5 6:22/9"],
    ["a port", { orderBy: ["localPort"] }, "4:22/9 6:22/9 4:80/1 6:80/1 4:443/5 6:8080/2"],
    ["a port, descending", { orderBy: ["-localPort"] }, "6:8080/2 4:443/5 4:80/1 6:80/1 4:22/9 6:22/9"],
    ["a limit over all", { orderBy: ["-localPort"], limit: 2 }, "6:8080/2 4:443/5"],
    ["no rows", { limit: 0 }, ""],
    ["an address: IPv4 first", { orderBy: ["localAddress"] }, "4:80/1 4:22/9 4:443/5 6:22/9 6:8080/2 6:80/1"],
    [
      "an address, descending",
      { orderBy: ["-remoteAddress", "localPort"] },
      "6:22/9 6:80/1 6:8080/2 4:22/9 4:80/1 4:443/5",
    ],
    ["two keys", { orderBy: ["owningPid", "-localAddress"] }, "6:80/1 4:80/1 6:8080/2 4:443/5 6:22/9 4:22/9"],
    [
      "scopes: IPv4 has none",
      { orderBy: ["-localScopeId", "localPort"] },
      "6:22/9 6:80/1 6:8080/2 4:22/9 4:80/1 4:443/5",
    ],
    ["a filter", { where: "pid = 1", orderBy: ["localPort"] }, "4:80/1 6:80/1"],
  ])("two families in one order, asked for %s: %j gives %j", async (_, options, expected) => {
    expect((await merged(IPV4, IPV6, options)).join(" ")).toBe(expected);
  });

  test("two families in one order are what a stable sort of all rows gives", async () => {
    const short = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.array(short), fc.array(short), fc.nat({ max: 20 }), async (ipv4, ipv6, limit) => {
        const all = [...ipv4.map((row) => [4, ...row] as const), ...ipv6.map((row) => [6, ...row] as const)];
        const expected = all.toSorted((a, b) => b[2] - a[2] || a[1] - b[1]).slice(0, limit);
        const found = await merged(ipv4, ipv6, { orderBy: ["-owningPid", "localPort"], limit });
        expect(found).toEqual(expected.map(([family, port, pid]) => `${family}:${port}/${pid}`));
      }),
    );
  });
});
