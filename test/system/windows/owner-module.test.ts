import { afterAll, beforeAll, expect, test } from "vitest";
import { createDecoder } from "../../../src/decoder/decoder.js";
import type { LayoutName } from "../../../src/format/layouts.js";
import { ownerModuleOf } from "../../../src/system/windows/owner-module.js";
import { familyRows } from "../../support/family-rows.js";
import { describeWith } from "../../support/needs.js";
import { C_COMPILER } from "../../support/scripted-library.js";
import { ScriptedSystem } from "../../support/scripted-system.js";
import { encodeTable } from "../../support/tables.js";

const NAME = "Dnscache";
const PATH = "C:\\Windows\\System32\\Größe 🚀\\svchost.exe";

/** A row in the kernel's memory, where a real one lies. */
async function rowOf(layout: LayoutName): Promise<Uint8Array> {
  const bytes = encodeTable(familyRows(layout.startsWith("MIB_TCP6") ? 6 : 4, 3), layout);
  // The opaque part, which the system wants back as it gave it.
  bytes.set([0xaa, 0xbb, 0xcc], bytes.length - 3);
  return (await createDecoder({ engine: "wasm" })).decode(bytes, layout).rawRow(2);
}

describeWith([C_COMPILER], "owner modules, scripted", () => {
  let system: ScriptedSystem;
  let row: Uint8Array;

  beforeAll(async () => {
    system = new ScriptedSystem();
    row = await rowOf("MIB_TCPTABLE_OWNER_MODULE");
  });
  afterAll(() => system?.remove());

  const ask = () => ownerModuleOf(row, { library: system.path });

  test.each([
    ["MIB_TCPTABLE_OWNER_MODULE", "GetOwnerModuleFromTcpEntry", 160],
    ["MIB_TCP6TABLE_OWNER_MODULE", "GetOwnerModuleFromTcp6Entry", 192],
  ] as const)("of %s are %s's, which gets the whole row", async (layout, name, rowSize) => {
    const raw = await rowOf(layout);
    system.module({ name: NAME, path: PATH });
    expect(ownerModuleOf(raw, { library: system.path })).toEqual({ found: true, name: NAME, path: PATH });
    expect(system.seen).toEqual({ calls: 1, function: name, argument: 0 });
    expect(system.row(rowSize)).toEqual(raw.slice());
    expect([...system.row(rowSize).slice(-3)]).toEqual([0xaa, 0xbb, 0xcc]);
  });

  test("texts that are longer than the first buffer take a second call", () => {
    const long = { name: "n".repeat(700), path: "p".repeat(3000) };
    system.module(long);
    expect(ask()).toEqual({ found: true, ...long });
    expect(system.seen.calls).toBe(2);
  });

  test("texts that grow at every call are refused after a bounded number of calls", () => {
    system.module({ name: NAME, path: PATH, excess: 2 });
    expect(ask()).toMatchObject({ found: false, code: { number: 122, name: "ERROR_INSUFFICIENT_BUFFER" } });
    expect(system.seen.calls).toBe(5);
  });

  test.each([
    ["a name that is missing", { name: "", path: PATH }, { name: undefined, path: PATH }],
    ["a path that is missing", { name: NAME, path: "" }, { name: NAME, path: undefined }],
    ["pointers that point elsewhere", { name: NAME, path: PATH, wild: true }, { name: undefined, path: undefined }],
  ])("%s is undefined, and nothing outside of the buffer is read", (_, scripted, told) => {
    system.module(scripted);
    expect(ask()).toEqual({ found: true, ...told });
  });

  test.each([
    [5, "ERROR_ACCESS_DENIED", "run it as administrator"],
    [50, "ERROR_NOT_SUPPORTED", "take the process's name"],
    [1168, "ERROR_NOT_FOUND", "read the table again"],
  ])("code %i is a refusal: %s, with its own advice", (number, name, advice) => {
    system.answer(number);
    expect(ask()).toMatchObject({ found: false, code: { number, name }, advice: expect.stringContaining(advice) });
  });

  test("a library that lacks the function, as Wine's, is the refusal ERROR_NOT_SUPPORTED", () => {
    const old = new ScriptedSystem("GetOwnerModuleFromTcpEntry");
    try {
      const refused = { found: false, code: { number: 50, name: "ERROR_NOT_SUPPORTED" } };
      expect(ownerModuleOf(row, { library: old.path })).toMatchObject(refused);
    } finally {
      old.remove();
    }
  });

  test.each<[string, unknown, object, string]>([
    ["no bytes", undefined, {}, "ownerModuleOf takes a row's bytes, table.rawRow(index), not undefined"],
    ["a row object", { state: "LISTEN" }, {}, "not an object"],
    [
      "an option that there is not",
      new Uint8Array(160),
      { libary: "x" },
      'no option "libary". The options are: library.',
    ],
    ["a library that is no text", new Uint8Array(160), { library: true }, "library is the path of a library, not true"],
  ])("%s is a TypeError that says what there is", (_, bytes, options, message) => {
    const call = () => ownerModuleOf(bytes as Uint8Array, { library: system.path, ...options });
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });

  test("a row of another layout is a TypeError that tells its size", async () => {
    const other = await rowOf("MIB_TCPTABLE_OWNER_PID");
    expect(() => ownerModuleOf(other, { library: system.path })).toThrow(TypeError);
    expect(() => ownerModuleOf(other, { library: system.path })).toThrow("A row of 24 bytes");
  });
});
