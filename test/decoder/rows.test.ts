import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import { AddressTexts } from "../../src/decoder/table/address-texts.js";
import { formatIPv4, formatIPv6 } from "../../src/format/address.js";
import { familyRows } from "../support/family-rows.js";
import { encodeTable, type RawRow } from "../support/tables.js";

describe("texts of addresses that are remembered", () => {
  test("are those of the addresses, also where two have one slot (IPv4)", () => {
    // So few slots that 2,000 addresses share them many times; each address is asked for twice in a row and again later.
    const texts = new AddressTexts(formatIPv4);
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < 2000; at++) {
        const address = Math.imul(at, 0x01000193) >>> 0;
        expect([texts.textOf(address), texts.textOf(address)]).toEqual([formatIPv4(address), formatIPv4(address)]);
      }
    }
    expect(new AddressTexts(formatIPv4).textOf(0)).toBe("0.0.0.0");
    expect(new AddressTexts(formatIPv6).textOf(0)).toBe("::");
  });

  test("are those of the addresses, whichever of their four words differs (IPv6)", () => {
    const texts = new AddressTexts(formatIPv6);
    const word = fc.constantFrom(0, 1, 2, 0xffff, 0x20010db8, 0xfe800000, 0xffffffff);
    const addresses = fc.array(fc.tuple(word, word, word, word), { minLength: 300, maxLength: 600 });
    fc.assert(
      fc.property(addresses, (some) => some.every((words) => texts.textOf(...words) === formatIPv6(...words))),
      { numRuns: 30, endOnFailure: true },
    );
  });

  test("are not mixed up where two addresses of one slot differ in a single word (IPv6)", () => {
    for (let word = 0; word < 4; word++) {
      const texts = new AddressTexts(formatIPv6);
      // 1,000 addresses in 256 slots: many come right after another one of their slot.
      for (let value = 0; value < 1000; value++) {
        const words = [1, 2, 3, 4] as [number, number, number, number];
        words[word] = value;
        expect(texts.textOf(...words)).toBe(formatIPv6(...words));
      }
    }
  });
});

describe.each(["wasm", "plain"] as const)("rows of the %s engine", (engine) => {
  test("are those of the table that was decoded last, whatever layout the one before had", async () => {
    const decoder = await createDecoder({ engine });
    const four: RawRow[] = [{ state: 5, localAddress: 7, localPort: 1, remoteAddress: 8, remotePort: 2 }];
    const six = [{ ...four[0], localAddress: [7, 0, 0, 0], remoteAddress: [8, 0, 0, 0] }] as RawRow[];
    const rowOf = (rows: RawRow[], layout: "MIB_TCPTABLE" | "MIB_TCP6TABLE") =>
      decoder.decode(encodeTable(rows, layout), layout).row(0);
    for (let round = 0; round < 2; round++) {
      expect(rowOf(four, "MIB_TCPTABLE")).toMatchObject({ localAddress: "0.0.0.7", remoteAddress: "0.0.0.8" });
      expect(rowOf(six, "MIB_TCP6TABLE")).toMatchObject({
        localAddress: "0:7::",
        remoteAddress: "0:8::",
        localScopeId: 0,
      });
    }
    expect(Object.keys(rowOf(four, "MIB_TCPTABLE"))).toHaveLength(5);
  });

  test("are those of the table that was decoded last, of the same layout and another size", async () => {
    const decoder = await createDecoder({ engine });
    const first = decoder.decode(encodeTable(familyRows(4, 3)));
    expect(first.row(2).localPort).toBe(1002);
    const table = decoder.decode(encodeTable(familyRows(4, 2000).reverse()), "MIB_TCPTABLE", first);
    expect(table.row(2)).toMatchObject({ localPort: 2997, localAddress: "10.0.7.205", remotePort: 21_997 });
    expect(table.row(1999).localPort).toBe(1000);
  });

  test("have all owners of a socket only in the tables that have them", async () => {
    const decoder = await createDecoder({ engine });
    const bytes = encodeTable(familyRows(4, 3), "MIB_TCPTABLE_OWNER_PID");
    const decode = (pairs?: number[]) =>
      decoder.decode(bytes, "MIB_TCPTABLE_OWNER_PID", undefined, pairs && Uint32Array.from(pairs));
    expect("owningPids" in decode().row(1)).toBe(false);
    const shared = decode([1, 4001, 1, 9000]);
    expect(shared.row(1).owningPids).toEqual([4001, 9000]);
    expect("owningPids" in shared.row(0)).toBe(false);
    expect("owningPids" in decode().row(1)).toBe(false);
  });

  test("that a row is moved to are as they are read one by one; fields keep their order", async () => {
    const decoder = await createDecoder({ engine });
    const rows = familyRows(6, 40).map((row, at): RawRow => ({ ...row, state: at % 7 === 0 ? 300 + at : row.state }));
    const layout = "MIB_TCP6TABLE_OWNER_MODULE";
    const table = decoder.decode(encodeTable(rows, layout), layout, undefined, Uint32Array.of(3, 4003, 3, 9000));
    const { rowReader } = table;
    const moved = rowReader.movable();
    for (const index of [0, 3, 4, 39, 1, 13]) {
      rowReader.move(moved, index);
      expect(moved).toEqual(table.row(index));
      expect(JSON.stringify(moved)).toBe(JSON.stringify(table.row(index)));
      expect(Object.keys(moved).at(-1)).toBe("owningPids");
    }
    expect(rowReader.movable()).not.toBe(moved);
  });
});
