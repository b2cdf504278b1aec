import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDecoder } from "../../../src/decoder/decoder.js";
import type { Family, LayoutName } from "../../../src/format/layouts.js";
import type { Owner } from "../../../src/system/contract.js";
import { UnsupportedSystemError } from "../../../src/system/errors.js";
import { type IphlpapiOptions, openIphlpapi } from "../../../src/system/windows/iphlpapi.js";
import type { TableClass, TableFunctionName } from "../../../src/system/windows/table-functions.js";
import { failureOf } from "../../support/failure.js";
import { expectedColumns, familyRows } from "../../support/family-rows.js";
import { describeWith } from "../../support/needs.js";
import { MeanBuffer } from "../../support/raw-buffer.js";
import { ScriptedIphlpapi } from "../../support/scripted-iphlpapi.js";
import { C_COMPILER } from "../../support/scripted-library.js";
import { encodeTable } from "../../support/tables.js";

const [INET, INET6] = [2, 23];

describeWith([C_COMPILER], "the functions that write tables, scripted", () => {
  let iphlpapi: ScriptedIphlpapi;

  beforeAll(() => {
    iphlpapi = new ScriptedIphlpapi();
  });
  afterAll(() => iphlpapi?.remove());

  /** Reads a table of a layout, and checks the bytes and what both engines make of them. Returns the collector's source. */
  async function read(library: ScriptedIphlpapi, options: IphlpapiOptions, layout: LayoutName): Promise<string> {
    const family = layout.startsWith("MIB_TCP6") ? 6 : 4;
    const rows = familyRows(family, 1500);
    const bytes = encodeTable(rows, layout);
    library.play(bytes);
    const collector = openIphlpapi({ library: library.path, ...options });
    for (const engine of ["plain", "wasm"] as const) {
      const decoder = await createDecoder({ engine });
      const collection = collector.collect(decoder);
      expect(collection.layout).toBe(layout);
      expect(Buffer.compare(collection.bytes, bytes)).toBe(0);
      const { columns } = decoder.decode(collection.bytes, collection.layout);
      for (const [name, values] of Object.entries(expectedColumns(rows, layout)))
        expect([...(columns[name as keyof typeof columns] ?? [])], `${name} by ${engine}`).toEqual(values);
    }
    // The table outgrows the first buffer, once.
    expect(library.seen).toMatchObject({ calls: 3, nullTables: 0, zeroSizes: 0 });
    return collector.source;
  }

  test.each<[Family | undefined, Owner | undefined, TableFunctionName, LayoutName, number, number]>([
    [undefined, undefined, "GetTcpTable", "MIB_TCPTABLE", 0, 0],
    [4, undefined, "GetTcpTable", "MIB_TCPTABLE", 0, 0],
    [undefined, "pid", "GetExtendedTcpTable", "MIB_TCPTABLE_OWNER_PID", INET, 5],
    [4, "pid", "GetExtendedTcpTable", "MIB_TCPTABLE_OWNER_PID", INET, 5],
    [4, "module", "GetExtendedTcpTable", "MIB_TCPTABLE_OWNER_MODULE", INET, 8],
    [4, "offload", "GetTcpTable2", "MIB_TCPTABLE2", 0, 0],
    [6, undefined, "GetTcp6Table", "MIB_TCP6TABLE", 0, 0],
    [6, "offload", "GetTcp6Table2", "MIB_TCP6TABLE2", 0, 0],
    [6, "pid", "GetExtendedTcpTable", "MIB_TCP6TABLE_OWNER_PID", INET6, 5],
    [6, "module", "GetExtendedTcpTable", "MIB_TCP6TABLE_OWNER_MODULE", INET6, 8],
  ])("family %s, owner %s: %s, %s", async (family, owner, name, layout, addressFamily, tableClass) => {
    expect(await read(iphlpapi, { family, owner }, layout)).toBe(`${iphlpapi.path} ${name}`);
    expect(iphlpapi.seen).toMatchObject({ function: name, family: addressFamily, tableClass, order: 0 });
  });

  test.each<[TableFunctionName, LayoutName]>([
    ["GetTcpTable", "MIB_TCPTABLE"],
    ["GetTcpTable2", "MIB_TCPTABLE2"],
    ["GetTcp6Table", "MIB_TCP6TABLE"],
    ["GetTcp6Table2", "MIB_TCP6TABLE2"],
    ["GetExtendedTcpTable", "MIB_TCPTABLE"],
  ])("%s by name: %s", async (name, layout) => {
    expect(await read(iphlpapi, { function: name, order: true }, layout)).toBe(`${iphlpapi.path} ${name}`);
    expect(iphlpapi.seen).toMatchObject({ function: name, order: 1 });
  });

  describe.each<[TableClass, number, LayoutName, LayoutName | undefined]>([
    ["TCP_TABLE_BASIC_LISTENER", 0, "MIB_TCPTABLE", undefined],
    ["TCP_TABLE_BASIC_CONNECTIONS", 1, "MIB_TCPTABLE", undefined],
    ["TCP_TABLE_BASIC_ALL", 2, "MIB_TCPTABLE", undefined],
    ["TCP_TABLE_OWNER_PID_LISTENER", 3, "MIB_TCPTABLE_OWNER_PID", "MIB_TCP6TABLE_OWNER_PID"],
    ["TCP_TABLE_OWNER_PID_CONNECTIONS", 4, "MIB_TCPTABLE_OWNER_PID", "MIB_TCP6TABLE_OWNER_PID"],
    ["TCP_TABLE_OWNER_PID_ALL", 5, "MIB_TCPTABLE_OWNER_PID", "MIB_TCP6TABLE_OWNER_PID"],
    ["TCP_TABLE_OWNER_MODULE_LISTENER", 6, "MIB_TCPTABLE_OWNER_MODULE", "MIB_TCP6TABLE_OWNER_MODULE"],
    ["TCP_TABLE_OWNER_MODULE_CONNECTIONS", 7, "MIB_TCPTABLE_OWNER_MODULE", "MIB_TCP6TABLE_OWNER_MODULE"],
    ["TCP_TABLE_OWNER_MODULE_ALL", 8, "MIB_TCPTABLE_OWNER_MODULE", "MIB_TCP6TABLE_OWNER_MODULE"],
  ])("%s", (tableClass, number, layout, layout6) => {
    test(`is ${number} with AF_INET: ${layout}`, async () => {
      await read(iphlpapi, { tableClass, order: true }, layout);
      expect(iphlpapi.seen).toMatchObject({
        function: "GetExtendedTcpTable",
        family: INET,
        tableClass: number,
        order: 1,
      });
    });

    test(`is ${number} with AF_INET6: ${layout6 ?? "ERROR_NOT_SUPPORTED, which is told"}`, async () => {
      if (layout6) {
        await read(iphlpapi, { family: 6, tableClass }, layout6);
      } else {
        iphlpapi.play(encodeTable([]));
        const collector = openIphlpapi({ library: iphlpapi.path, family: 6, tableClass });
        const error = failureOf(() => collector.collect(new MeanBuffer()));
        expect(error).toMatchObject({ source: "GetExtendedTcpTable", codes: [50] });
        expect(error.code.name).toBe("ERROR_NOT_SUPPORTED");
        expect(error.message).toContain("a BASIC class is for IPv4 only");
      }
      expect(iphlpapi.seen).toMatchObject({ function: "GetExtendedTcpTable", family: INET6, tableClass: number });
    });
  });

  test.each<[IphlpapiOptions, number, LayoutName]>([
    [{}, 2, "MIB_TCPTABLE"],
    [{ owner: "pid" }, 5, "MIB_TCPTABLE_OWNER_PID"],
    [{ owner: "module" }, 8, "MIB_TCPTABLE_OWNER_MODULE"],
    [{ family: 6 }, 5, "MIB_TCP6TABLE_OWNER_PID"],
    [{ family: 6, owner: "module" }, 8, "MIB_TCP6TABLE_OWNER_MODULE"],
  ])("GetExtendedTcpTable by name takes its class from %o: %i", async (options, tableClass, layout) => {
    await read(iphlpapi, { function: "GetExtendedTcpTable", ...options }, layout);
    expect(iphlpapi.seen.tableClass).toBe(tableClass);
  });

  describe.each<[string, TableFunctionName[], Record<Family, [TableFunctionName, LayoutName]>]>([
    [
      "GetExtendedTcpTable",
      ["GetExtendedTcpTable"],
      { 4: ["GetTcpTable2", "MIB_TCPTABLE2"], 6: ["GetTcp6Table2", "MIB_TCP6TABLE2"] },
    ],
    [
      "GetTcpTable2 and GetTcp6Table2 as well",
      ["GetExtendedTcpTable", "GetTcpTable2", "GetTcp6Table2"],
      { 4: ["GetTcpTable", "MIB_TCPTABLE"], 6: ["GetTcp6Table", "MIB_TCP6TABLE"] },
    ],
  ])("a library without %s", (_, without, best) => {
    let old: ScriptedIphlpapi;
    beforeAll(() => {
      old = new ScriptedIphlpapi(...without);
    });
    afterAll(() => old?.remove());

    test.each<[Family, Owner]>([
      [4, "pid"],
      [4, "module"],
      [6, "pid"],
      [6, "module"],
      [4, "offload"],
      [6, "offload"],
    ])("gives family %i with owner %s by the best that it has, and says so", async (family, owner) => {
      const [name, layout] = best[family];
      expect(await read(old, { family, owner }, layout)).toBe(`${old.path} ${name}`);
      expect(old.seen.function).toBe(name);
    });

    test.each(without)("refuses %s by name", (name) => {
      const open = () => openIphlpapi({ library: old.path, function: name });
      expect(open).toThrow(UnsupportedSystemError);
      expect(open).toThrow(`${name} of ${old.path} can't be called`);
    });
  });

  test("a library without any of them is refused, with the last resort's name", () => {
    const bare = new ScriptedIphlpapi(
      "GetTcpTable",
      "GetTcpTable2",
      "GetTcp6Table",
      "GetTcp6Table2",
      "GetExtendedTcpTable",
    );
    try {
      const open = (family: Family) => () => openIphlpapi({ library: bare.path, family, owner: "pid" });
      expect(open(4)).toThrow(UnsupportedSystemError);
      expect(open(4)).toThrow("GetTcpTable of");
      expect(open(6)).toThrow("GetTcp6Table of");
    } finally {
      bare.remove();
    }
  });

  test.each<[object, string]>([
    [{ function: "GetTcpTable", family: 6 }, "GetTcpTable reads IPv4 connections, not IPv6"],
    [{ function: "GetTcp6Table2", family: 4 }, "GetTcp6Table2 reads IPv6 connections, not IPv4"],
    [{ function: "GetTcpTable2", tableClass: "TCP_TABLE_OWNER_PID_ALL" }, "GetTcpTable2 has no classes"],
    [{ function: "GetUdpTable" }, 'function is "GetTcpTable" or "GetTcpTable2" or "GetTcp6Table"'],
    [{ function: "toString" }, 'or "GetExtendedTcpTable", not "toString"'],
    [{ tableClass: "UDP_TABLE_BASIC" }, 'tableClass is "TCP_TABLE_BASIC_LISTENER" or'],
    [{ family: 5 }, "family is 4 or 6, not 5"],
    [{ owner: "user" }, 'owner is "pid" or "module" or "offload", not "user"'],
    [{ owner: true }, 'owner is "pid" or "module" or "offload", not true'],
    [{ columns: ["pid"] }, 'columns is an array of "state", "localAddress"'],
    [{ columns: "owningPid" }, 'each once, not "owningPid"'],
    [{ where: "state listening" }, 'where is what compileFilter gives, not "state listening"'],
    [{ order: 1 }, "order is true or false, not 1"],
    [{ attempts: 0 }, "attempts is a whole number from 1 up, not 0"],
    [{ library: 5 }, "library is the path of a library, not 5"],
    [{ famly: 6 }, 'openIphlpapi has no option "famly". The options are: family, columns, owner'],
  ])("%o do not go together, or there is no such thing", (options, message) => {
    const open = () => openIphlpapi({ library: iphlpapi.path, ...options });
    expect(open).toThrow(TypeError);
    expect(open).toThrow(message);
  });
});

test("a library that is not there is refused with the function that was wanted first", () => {
  const open = () => openIphlpapi({ library: "no-such-iphlpapi", owner: "pid" });
  expect(open).toThrow(UnsupportedSystemError);
  expect(open).toThrow(/GetExtendedTcpTable of no-such-iphlpapi can't be called: .+ It needs Windows and koffi\./);
});
