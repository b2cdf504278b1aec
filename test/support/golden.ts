import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { COLUMN_NAMES, type ColumnName } from "../../src/format/columns.js";
import { TruncatedTableError } from "../../src/format/errors.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { hex } from "./hex.js";

/** A table's bytes, written by hand, and what they spell. */
export interface Golden {
  readonly layout: LayoutName;
  readonly bytes: string;
  readonly rows: readonly object[];
  readonly columns: Partial<Record<ColumnName, ArrayLike<number | bigint>>>;
}

/** What every printed row has. */
export function ends(
  state: string,
  localAddress: string,
  localPort: number,
  remoteAddress: string,
  remotePort: number,
) {
  return { state, localAddress, localPort, remoteAddress, remotePort };
}

/** What a printed row of IPv6 with an owner has beside it. */
export function owner(localScopeId: number, remoteScopeId: number, owningPid: number) {
  return { localScopeId, remoteScopeId, owningPid };
}

const ENGINES: EngineName[] = ["wasm", "plain"];

/** Both engines must read each table as what it spells. */
export function testGoldenTables(system: string, tables: readonly Golden[]): void {
  describe.each(ENGINES)(`golden bytes of ${system}'s layouts, %s engine`, (engine) => {
    describe.each(tables)("$layout", ({ layout, bytes, rows, columns }) => {
      test("gives the rows that it spells, and no other fields", async () => {
        const table = (await createDecoder({ engine })).decode(hex(bytes), layout);
        expect(table.select().toArray()).toStrictEqual(rows);
        expect([...table]).toStrictEqual(rows);
      });

      test("gives the columns that it has, with a listener's raw remote end, and no others", async () => {
        const table = (await createDecoder({ engine })).decode(hex(bytes), layout);
        for (const name of COLUMN_NAMES) expect(table.columns[name], name).toEqual(columns[name]);
      });

      test("with a byte less is truncated, with bytes more is as it is", async () => {
        const decoder = await createDecoder({ engine });
        const whole = hex(bytes);
        expect(() => decoder.decode(whole.subarray(0, -1), layout)).toThrow(TruncatedTableError);
        expect(() => decoder.decode(whole.subarray(0, -1), layout)).toThrow(
          `${layout}: dwNumEntries says ${rows.length} rows, which take ${whole.length} bytes, ` +
            `but there are ${whole.length - 1}`,
        );
        const table = decoder.decode(Uint8Array.of(...whole, ...new Uint8Array(128).fill(0xa5)), layout);
        expect(table.select().toArray()).toStrictEqual(rows);
        expect(table.bytes).toEqual(whole);
      });
    });
  });
}
