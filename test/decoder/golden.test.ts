import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { TruncatedTableError, UnknownLayoutError } from "../../src/format/errors.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { hex } from "../support/hex.js";

// Written by hand from tcpmib.h, byte by byte: not by our encoder, which could share a wrong offset with our decoders.
const TABLE = `
  06 00 00 00   # dwNumEntries = 6
  02 00 00 00   00 00 00 00   01 bb 00 00   00 00 00 00   00 00 00 00   # LISTEN       0.0.0.0:443
  05 00 00 00   7f 00 00 01   c0 00 00 00   7f 00 00 01   01 bb 00 00   # ESTABLISHED  127.0.0.1:49152    127.0.0.1:443
  0b 00 00 00   c0 a8 01 05   1f 90 ad de   0a 00 00 07   c3 cb ef be   # TIME-WAIT    192.168.1.5:8080   10.0.0.7:50123
  02 00 00 00   ff fe fd fc   00 16 ff ff   08 08 08 08   12 34 00 00   # LISTEN       255.254.253.252:22, garbage remote
  64 00 00 00   01 02 03 04   00 00 ff ff   05 06 07 08   ff ff 00 00   # RESERVED     1.2.3.4:0          5.6.7.8:65535
  05 00 00 80   0a 00 00 01   00 01 00 00   0a 00 00 02   00 02 00 00   # 0x80000005   10.0.0.1:1         10.0.0.2:2
`;

const ROWS = [
  { state: "LISTEN", localAddress: "0.0.0.0", localPort: 443, remoteAddress: "0.0.0.0", remotePort: 0 },
  { state: "ESTABLISHED", localAddress: "127.0.0.1", localPort: 49152, remoteAddress: "127.0.0.1", remotePort: 443 },
  { state: "TIME-WAIT", localAddress: "192.168.1.5", localPort: 8080, remoteAddress: "10.0.0.7", remotePort: 50123 },
  { state: "LISTEN", localAddress: "255.254.253.252", localPort: 22, remoteAddress: "0.0.0.0", remotePort: 0 },
  { state: "UNKNOWN(100)", localAddress: "1.2.3.4", localPort: 0, remoteAddress: "5.6.7.8", remotePort: 65535 },
  { state: "UNKNOWN(2147483653)", localAddress: "10.0.0.1", localPort: 1, remoteAddress: "10.0.0.2", remotePort: 2 },
];

const ENGINES: EngineName[] = ["wasm", "plain"];

describe.each(ENGINES)("golden bytes, %s engine", (engine) => {
  test("golden bytes give the rows that they spell", async () => {
    const table = (await createDecoder({ engine })).decode(hex(TABLE));
    expect(table.select().toArray()).toEqual(ROWS);
    expect([...table]).toEqual(ROWS);
  });

  test("golden bytes give columns in host order, and keep a listener's raw remote end", async () => {
    const { columns } = (await createDecoder({ engine })).decode(hex(TABLE));
    expect(columns.state).toEqual(Uint8Array.of(2, 5, 11, 2, 100, 255));
    expect(columns.localAddress).toEqual(Uint32Array.of(0, 0x7f000001, 0xc0a80105, 0xfffefdfc, 0x01020304, 0x0a000001));
    expect(columns.localPort).toEqual(Uint16Array.of(443, 49152, 8080, 22, 0, 1));
    expect(columns.remoteAddress).toEqual(
      Uint32Array.of(0, 0x7f000001, 0x0a000007, 0x08080808, 0x05060708, 0x0a000002),
    );
    expect(columns.remotePort).toEqual(Uint16Array.of(0, 443, 50123, 0x1234, 65535, 2));
  });

  test("golden bytes count by state, 255 standing for what is above", async () => {
    const { stateCounts } = (await createDecoder({ engine })).decode(hex(TABLE));
    expect(stateCounts.length).toBe(256);
    const counted = Object.fromEntries([...stateCounts.entries()].filter(([, count]) => count > 0));
    expect(counted).toEqual({ 2: 2, 5: 1, 11: 1, 100: 1, 255: 1 });
  });

  test("a listener's meaningless remote end matches no filter on remote ends", async () => {
    const table = (await createDecoder({ engine })).decode(hex(TABLE));
    expect(table.select({ where: "dst 8.8.8.8" }).length).toBe(0);
    expect(table.select({ where: "dport = :4660" }).length).toBe(0);
    expect(Array.from(table.select({ where: "dport = :0" }).indices)).toEqual([0, 3]);
  });

  test.each([
    ["no bytes", "", /MIB_TCPTABLE: 0 bytes are too few: dwNumEntries alone takes 4/],
    ["three bytes", "01 00 00", /3 bytes are too few/],
    ["one row announced, none there", "01 00 00 00", /dwNumEntries says 1 rows, which take 24 bytes, but there are 4/],
    ["one byte missing", `01 00 00 00 ${"00".repeat(19)}`, /1 rows, which take 24 bytes, but there are 23/],
    ["a count near 2^32", `ff ff ff ff ${"00".repeat(40)}`, /4294967295 rows, which take 85899345904 bytes/],
    // 0x0ccccccd × 20 is 2^32 + 4: a product in 32 bits would be 4, and fit.
    ["a count whose product wraps", `cd cc cc 0c ${"00".repeat(40)}`, /214748365 rows, which take 4294967304 bytes/],
  ])("%s: TruncatedTableError with the numbers", async (_, text, message) => {
    const decoder = await createDecoder({ engine });
    expect(() => decoder.decode(hex(text))).toThrow(TruncatedTableError);
    expect(() => decoder.decode(hex(text))).toThrow(message);
  });

  test("a table of no rows decodes, with or without bytes after it", async () => {
    const decoder = await createDecoder({ engine });
    expect(decoder.decode(hex("00 00 00 00")).length).toBe(0);
    expect(decoder.decode(hex("00 00 00 00 05 00 00 00 01")).select().toArray()).toEqual([]);
  });

  test("bytes behind the last row are ignored", async () => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(hex(`${TABLE} ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff`));
    expect(table.select().toArray()).toEqual(ROWS);
    expect(table.bytes).toEqual(hex(TABLE));
  });

  test("an unknown layout is named, and the known ones told", async () => {
    const decoder = await createDecoder({ engine });
    expect(() => decoder.decode(hex(TABLE), "MIB_UDPTABLE" as LayoutName)).toThrow(UnknownLayoutError);
    expect(() => decoder.decode(hex(TABLE), "toString" as LayoutName)).toThrow(/no layout "toString".*MIB_TCPTABLE/);
  });
});
