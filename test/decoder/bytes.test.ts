import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { WrongLayoutError } from "../../src/format/errors.js";
import type { Bytes } from "../../src/format/header.js";
import { familyRows } from "../support/family-rows.js";
import { encodeTable } from "../support/tables.js";

const ENGINES: EngineName[] = ["wasm", "plain"];
const TABLE = encodeTable(familyRows(4, 3));

/** The table at an odd place of a larger buffer. */
function within<Buffer extends ArrayBuffer | SharedArrayBuffer>(buffer: Buffer, start: number): Buffer {
  new Uint8Array(buffer).fill(0xee).set(TABLE, start);
  return buffer;
}

describe.each(ENGINES)("decode of the %s engine", (engine) => {
  test.each<[what: string, bytes: Bytes]>([
    ["a Uint8Array", TABLE],
    ["a Uint8Array in the middle of a buffer", new Uint8Array(within(new ArrayBuffer(100), 7), 7, TABLE.length)],
    ["a Buffer", Buffer.from(TABLE)],
    ["an ArrayBuffer", TABLE.slice().buffer],
    ["a SharedArrayBuffer", within(new SharedArrayBuffer(TABLE.length), 0)],
    ["a Uint8Array on shared memory", new Uint8Array(within(new SharedArrayBuffer(90), 3), 3, TABLE.length)],
    ["a DataView", new DataView(within(new ArrayBuffer(100), 5), 5, TABLE.length)],
    ["a Uint32Array", new Uint32Array(within(new ArrayBuffer(100), 8), 8, TABLE.length / 4)],
    ["a Float64Array", new Float64Array(TABLE.slice().buffer)],
  ])("takes %s", async (_, bytes) => {
    const table = (await createDecoder({ engine })).decode(bytes);
    expect(Array.from(table.columns.localPort)).toEqual([1000, 1001, 1002]);
    expect(table.bytes).toEqual(TABLE);
  });

  test.each<[what: string, bytes: unknown, given: string]>([
    ["an array", Array.from(TABLE), "an array"],
    ["text", "abc", '"abc"'],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["an object", {}, "an object"],
    ["a number", 3, "3"],
  ])("refuses %s with a TypeError that says what it takes", async (_, bytes, given) => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(TABLE);
    expect(() => decoder.decode(bytes as Bytes)).toThrow(TypeError);
    expect(() => decoder.decode(bytes as Bytes)).toThrow(
      `A table's bytes are a Uint8Array (a Buffer is one), an ArrayBuffer, a SharedArrayBuffer, a DataView or another view; not ${given}.`,
    );
    expect(table.length).toBe(3);
  });

  test("refuses a table of another layout, and leaves the table before as it was", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(TABLE);
    const owners = encodeTable(familyRows(4, 40), "MIB_TCPTABLE_OWNER_PID");
    expect(() => decoder.decode(owners)).toThrow(WrongLayoutError);
    expect(() => decoder.decode(owners)).toThrow(/40 rows of MIB_TCPTABLE_OWNER_PID.*Pass "MIB_TCPTABLE_OWNER_PID"/);
    expect(table.length).toBe(3);
    expect(decoder.decode(owners, "MIB_TCPTABLE_OWNER_PID").columns.owningPid?.[39]).toBe(4039);
  });
});
