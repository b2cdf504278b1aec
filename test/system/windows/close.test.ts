import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDecoder } from "../../../src/decoder/decoder.js";
import type { EngineName } from "../../../src/decoder/table/engine.js";
import type { LayoutName } from "../../../src/format/layouts.js";
import type { RawRow } from "../../../src/system/contract.js";
import { UnsupportedSystemError } from "../../../src/system/errors.js";
import { closeWindowsConnection } from "../../../src/system/windows/close.js";
import { familyRows } from "../../support/family-rows.js";
import { describeWith } from "../../support/needs.js";
import { C_COMPILER } from "../../support/scripted-library.js";
import { ScriptedSystem } from "../../support/scripted-system.js";
import { encodeTable } from "../../support/tables.js";

async function rawRow(layout: LayoutName, index: number, engine: EngineName = "plain"): Promise<RawRow> {
  const rows = familyRows(layout.startsWith("MIB_TCP6") ? 6 : 4, 5);
  const table = (await createDecoder({ engine })).decode(encodeTable(rows, layout), layout);
  return { layout, bytes: table.rawRow(index) };
}

describeWith([C_COMPILER], "SetTcpEntry, scripted", () => {
  let system: ScriptedSystem;

  beforeAll(() => {
    system = new ScriptedSystem();
  });
  afterAll(() => system?.remove());

  describe.each(["plain", "wasm"] as const)("with a row of the %s engine", (engine) => {
    test.each(["MIB_TCPTABLE", "MIB_TCPTABLE2", "MIB_TCPTABLE_OWNER_PID", "MIB_TCPTABLE_OWNER_MODULE"] as const)(
      "of %s gets its MIB_TCPROW with the state DELETE_TCB, and no garbage",
      async (layout) => {
        system.answer(0);
        expect(closeWindowsConnection(await rawRow(layout, 3, engine), { library: system.path })).toEqual({
          closed: true,
        });
        expect(system.seen).toMatchObject({ calls: 1, function: "SetTcpEntry" });
        // By hand: state 12; 10.0.0.3; port 1003 = 0x03eb; 192.168.0.3; port 20,003 = 0x4e23.
        const row = [12, 0, 0, 0, 10, 0, 0, 3, 0x03, 0xeb, 0, 0, 192, 168, 0, 3, 0x4e, 0x23, 0, 0];
        expect([...system.row(20)]).toEqual(row);
      },
    );
  });

  test.each([
    [5, "ERROR_ACCESS_DENIED", "started as administrator"],
    [65, "ERROR_NETWORK_ACCESS_DENIED", "on this machine itself"],
    [87, "ERROR_INVALID_PARAMETER", "a listener's"],
    [317, "ERROR_MR_MID_NOT_FOUND", "has ended meanwhile, or this is no administrator's"],
    [1234567, undefined, "Read the table again"],
  ])("code %i is a refusal: %s, with its own advice", async (number, name, advice) => {
    system.answer(number);
    const result = closeWindowsConnection(await rawRow("MIB_TCPTABLE", 0), { library: system.path });
    expect(result).toMatchObject({ closed: false, code: { number, name }, advice: expect.stringContaining(advice) });
    expect(system.seen.calls).toBe(1);
  });

  test.each(["MIB_TCP6TABLE", "MIB_TCP6TABLE2", "MIB_TCP6TABLE_OWNER_PID", "MIB_TCP6TABLE_OWNER_MODULE"] as const)(
    "a row of %s is refused without a call: Windows closes IPv4 only",
    async (layout) => {
      system.answer(0);
      expect(closeWindowsConnection(await rawRow(layout, 0), { library: system.path })).toMatchObject({
        closed: false,
        code: { number: 50, name: "ERROR_NOT_SUPPORTED" },
        advice: expect.stringContaining("IPv4 connections only"),
      });
      expect(system.seen.calls).toBe(0);
    },
  );

  test("a library without SetTcpEntry is an error", async () => {
    const raw = await rawRow("MIB_TCPTABLE", 0);
    const old = new ScriptedSystem("SetTcpEntry");
    try {
      expect(() => closeWindowsConnection(raw, { library: old.path })).toThrow(UnsupportedSystemError);
    } finally {
      old.remove();
    }
  });
});
