import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import { familyRows } from "../support/family-rows.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const row = (state: number, localPort: number): RawRow => ({
  ...{ state, localPort, remotePort: 443, localAddress: 0x7f000001, remoteAddress: 0x0a000001 },
});

const WORDS = /can't be posted or cloned. Post table\.bytes and table\.layout/;

describe.each(["wasm", "plain"] as const)("what others see of a table of the %s engine", (engine) => {
  test("console.log shows a table's layout, its length and how many rows are in each state", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encodeTable([row(2, 80), row(5, 81), row(5, 82), row(300, 83), row(77, 84)]));
    expect(inspect(table)).toBe(
      "TcpTable MIB_TCPTABLE { 5 rows: LISTEN 1, ESTABLISHED 2, UNKNOWN(77) 1, UNKNOWN(255)+ 1 }",
    );
    expect(inspect({ tables: [table] })).toMatch(/tables: \[\s+TcpTable MIB_TCPTABLE \{ 5 rows: /);
    expect(inspect(decoder.decode(encodeTable([])))).toBe("TcpTable MIB_TCPTABLE { 0 rows }");
    expect(inspect(decoder.decode(encodeTable([row(2, 80)])))).toBe("TcpTable MIB_TCPTABLE { 1 row: LISTEN 1 }");
  });

  test("console.log shows a selection's length and states, which are not its table's", async () => {
    const table = (await createDecoder({ engine })).decode(
      encodeTable(familyRows(6, 24), "MIB_TCP6TABLE"),
      "MIB_TCP6TABLE",
    );
    const selection = table.select({ where: "state close-wait", limit: 1 });
    const other = table.select({ where: "state listening" });
    expect(inspect(selection)).toBe("Selection of MIB_TCP6TABLE { 1 row: CLOSE-WAIT 1 }");
    expect(inspect(other)).toBe("Selection of MIB_TCP6TABLE { 2 rows: LISTEN 2 }");
    expect(selection.toArray().map(({ state }) => state)).toEqual(["CLOSE-WAIT"]);
  });

  test("console.log of a stale table or selection says so, and does not throw", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encodeTable([row(2, 80)]));
    const selection = table.select();
    decoder.reserve(4);
    expect(inspect([table, selection])).toBe("[ TcpTable { stale }, Selection { stale } ]");
  });

  test("JSON.stringify of a table and of a selection gives the rows, in their order", async () => {
    const table = (await createDecoder({ engine })).decode(encodeTable([row(2, 80), row(5, 81), row(5, 82)]));
    const selection = table.select({ where: "state established", orderBy: ["-localPort"] });
    expect(JSON.parse(JSON.stringify(table))).toEqual([...table]);
    expect(
      JSON.parse(JSON.stringify({ selection })).selection.map((one: { localPort: number }) => one.localPort),
    ).toEqual([82, 81]);
  });

  test("JSON.stringify of a table with 64-bit columns gives them as text", async () => {
    const layout = "LINUX_TCPTABLE";
    const table = (await createDecoder({ engine })).decode(
      encodeTable([{ ...row(5, 80), socketCookie: 0xffff_ffff_ffff_fffen }], layout),
      layout,
    );
    expect(JSON.parse(JSON.stringify(table))).toMatchObject([{ socketCookie: "fffffffffffffffe" }]);
  });

  test("a table and a selection can't be cloned or posted: a DataCloneError says what can", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encodeTable([row(2, 80)]));
    const { port1, port2 } = new MessageChannel();
    for (const value of [table, table.select(), table.copy(), { deep: [table] }]) {
      expect(() => structuredClone(value)).toThrow(WORDS);
      expect(() => port1.postMessage(value)).toThrow(expect.objectContaining({ name: "DataCloneError" }));
    }
    port1.close();
    port2.close();
  });

  test("a table's bytes and layout can be cloned, and decode to the same rows", async () => {
    const layout = "MIB_TCP6TABLE_OWNER_PID";
    const table = (await createDecoder({ engine })).decode(encodeTable(familyRows(6, 20), layout), layout);
    const posted = structuredClone({ bytes: table.bytes.slice(), layout: table.layout });
    const there = (await createDecoder({ engine })).decode(posted.bytes, posted.layout);
    expect([...there]).toEqual([...table]);
  });
});
