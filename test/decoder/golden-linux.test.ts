import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { ends, type Golden, owner, testGoldenTables } from "../support/golden.js";
import { hex } from "../support/hex.js";

// Written by hand from the pictures in layouts.ts, byte by byte: not by our encoder. States are those of MIB_TCP_STATE, which
// the collector puts in the place of Linux's own.
const TABLES: readonly Golden[] = [
  {
    layout: "LINUX_TCPTABLE",
    bytes: `
      03 00 00 00  ff ee dd cc                                                     # the second four are padding
      02 00 00 00  7f 00 00 01  00 16 ff ff  08 08 08 08  12 34 de ad              # garbage remote
      d8 03 00 00  00 00 00 00  21 43 65 87  01 00 00 00 00 00 00 80              # pid, user, inode, cookie
      05 00 00 00  0a 00 00 07  c3 cb ad de  5d b8 d8 22  01 bb ef be
      34 12 00 00  e8 03 00 00  ff ff ff ff  ff ff ff ff ff ff ff ff
      0b 00 00 00  c0 a8 01 05  1f 90 00 00  ff fe fd fc  ff ff 00 00
      00 00 00 00  00 00 00 00  00 00 00 00  ef cd ab 89 67 45 23 01`,
    rows: [
      {
        ...ends("LISTEN", "127.0.0.1", 22, "0.0.0.0", 0),
        owningPid: 984,
        user: 0,
        inode: 0x87654321,
        socketCookie: "8000000000000001",
      },
      {
        ...ends("ESTABLISHED", "10.0.0.7", 50123, "93.184.216.34", 443),
        owningPid: 4660,
        user: 1000,
        inode: 4294967295,
        socketCookie: "ffffffffffffffff",
      },
      {
        ...ends("TIME-WAIT", "192.168.1.5", 8080, "255.254.253.252", 65535),
        owningPid: 0,
        user: null, // nobody holds it: 0 does not stand for root
        inode: 0,
        socketCookie: "123456789abcdef",
      },
    ],
    columns: {
      state: Uint8Array.of(2, 5, 11),
      localAddress: Uint32Array.of(0x7f000001, 0x0a000007, 0xc0a80105),
      localPort: Uint16Array.of(22, 50123, 8080),
      remoteAddress: Uint32Array.of(0x08080808, 0x5db8d822, 0xfffefdfc),
      remotePort: Uint16Array.of(0x1234, 443, 65535),
      owningPid: Uint32Array.of(984, 4660, 0),
      user: Uint32Array.of(0, 1000, 0),
      inode: Uint32Array.of(0x87654321, 0xffffffff, 0),
      socketCookie: BigUint64Array.of(0x8000000000000001n, 0xffffffffffffffffn, 0x0123456789abcdefn),
    },
  },
  {
    layout: "LINUX_TCPTABLE_EXTENDED",
    bytes: `
      02 00 00 00  00 00 00 00
      02 00 00 00  00 00 00 00  01 bb 00 00  00 00 00 00  00 00 00 00
      01 00 00 00  21 00 00 00  39 30 00 00  02 00 00 00 00 00 00 00
      03 00 00 00  ff 01 00 00                                                     # 3 wait, 511 may: Recv-Q, Send-Q
      08 00 00 00  01 02 03 04  00 00 ff ff  05 06 07 08  00 01 00 00
      ff ff ff ff  fe ff ff ff  01 00 00 00  00 00 00 00 01 00 00 00
      00 00 00 80  ff ff ff ff`,
    rows: [
      {
        ...ends("LISTEN", "0.0.0.0", 443, "0.0.0.0", 0),
        owningPid: 1,
        user: 33,
        inode: 12345,
        socketCookie: "2",
        receiveQueue: 3,
        sendQueue: 511,
      },
      {
        ...ends("CLOSE-WAIT", "1.2.3.4", 0, "5.6.7.8", 1),
        owningPid: 4294967295,
        user: 4294967294,
        inode: 1,
        socketCookie: "100000000",
        receiveQueue: 2147483648,
        sendQueue: 4294967295,
      },
    ],
    columns: {
      state: Uint8Array.of(2, 8),
      localAddress: Uint32Array.of(0, 0x01020304),
      localPort: Uint16Array.of(443, 0),
      remoteAddress: Uint32Array.of(0, 0x05060708),
      remotePort: Uint16Array.of(0, 1),
      owningPid: Uint32Array.of(1, 0xffffffff),
      user: Uint32Array.of(33, 0xfffffffe),
      inode: Uint32Array.of(12345, 1),
      socketCookie: BigUint64Array.of(2n, 0x100000000n),
      receiveQueue: Uint32Array.of(3, 0x80000000),
      sendQueue: Uint32Array.of(511, 0xffffffff),
    },
  },
  {
    layout: "LINUX_TCP6TABLE", // its state stands in front, as in MIB_TCP6ROW
    bytes: `
      02 00 00 00  ff ee dd cc
      02 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  00 00 00 00  1f 90 ff ff
      20 01 0d b8 00 00 00 00 00 00 00 00 00 00 0b ad  09 00 00 00  12 34 de ad    # garbage remote
      2a 00 00 00  e8 03 00 00  40 e2 01 00  15 cd 5b 07 00 00 00 00
      06 00 00 00
      fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01  03 00 00 00  c0 00 ad de
      fe 80 00 00 00 00 00 00 00 00 00 00 ab cd ef 01  04 00 00 00  01 bb 00 80
      00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00 00 00 00 00              # cookie: not told`,
    rows: [
      {
        ...ends("LISTEN", "::", 8080, "::", 0),
        ...owner(0, 0, 42),
        user: 1000,
        inode: 123456,
        socketCookie: "75bcd15",
      },
      {
        ...ends("FIN-WAIT-1", "fe80::1", 49152, "fe80::abcd:ef01", 443),
        ...owner(3, 4, 0),
        user: null,
        inode: 0,
        socketCookie: "0",
      },
    ],
    columns: {
      state: Uint8Array.of(2, 6),
      localAddress: Uint32Array.of(0, 0, 0, 0, 0xfe800000, 0, 0, 1),
      localPort: Uint16Array.of(8080, 49152),
      remoteAddress: Uint32Array.of(0x20010db8, 0, 0, 0xbad, 0xfe800000, 0, 0, 0xabcdef01),
      remotePort: Uint16Array.of(0x1234, 443),
      localScopeId: Uint32Array.of(0, 3),
      remoteScopeId: Uint32Array.of(9, 4),
      owningPid: Uint32Array.of(42, 0),
      user: Uint32Array.of(1000, 0),
      inode: Uint32Array.of(123456, 0),
      socketCookie: BigUint64Array.of(123456789n, 0n),
    },
  },
  {
    layout: "LINUX_TCP6TABLE_EXTENDED",
    bytes: `
      01 00 00 00  00 00 00 00
      05 00 00 00
      00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff  01 02 03 04  ff ff 01 00
      00 00 00 00 00 00 00 00 00 00 ff ff c0 a8 01 05  05 06 07 80  00 01 ff ff
      d2 04 00 00  2e 16 00 00  4e 61 bc 00  88 77 66 55 44 33 22 11
      d2 02 96 49  15 00 00 00`,
    rows: [
      {
        ...ends("ESTABLISHED", "11:2233:4455:6677:8899:aabb:ccdd:eeff", 65535, "::ffff:192.168.1.5", 1),
        ...owner(0x04030201, 0x80070605, 1234),
        user: 5678,
        inode: 12345678,
        socketCookie: "1122334455667788",
        receiveQueue: 1234567890,
        sendQueue: 21,
      },
    ],
    columns: {
      state: Uint8Array.of(5),
      localAddress: Uint32Array.of(0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff),
      localPort: Uint16Array.of(65535),
      remoteAddress: Uint32Array.of(0, 0, 0xffff, 0xc0a80105),
      remotePort: Uint16Array.of(1),
      localScopeId: Uint32Array.of(0x04030201),
      remoteScopeId: Uint32Array.of(0x80070605),
      owningPid: Uint32Array.of(1234),
      user: Uint32Array.of(5678),
      inode: Uint32Array.of(12345678),
      socketCookie: BigUint64Array.of(0x1122334455667788n),
      receiveQueue: Uint32Array.of(1234567890),
      sendQueue: Uint32Array.of(21),
    },
  },
];

testGoldenTables("Linux", TABLES);

test("there is a golden table of each layout of Linux, whose bytes are as many as the pictures show", () => {
  expect(Object.fromEntries(TABLES.map(({ layout, bytes }) => [layout, hex(bytes).length]))).toEqual({
    LINUX_TCPTABLE: 8 + 3 * 40,
    LINUX_TCPTABLE_EXTENDED: 8 + 2 * 48,
    LINUX_TCP6TABLE: 8 + 2 * 72,
    LINUX_TCP6TABLE_EXTENDED: 8 + 80,
  });
});

describe.each<EngineName>(["wasm", "plain"])("socket cookies, %s engine,", (engine) => {
  test("sort as unsigned numbers of 64 bits, in both directions", async () => {
    const table = (await createDecoder({ engine })).decode(hex(TABLES[0]?.bytes ?? ""), "LINUX_TCPTABLE");
    expect(Array.from(table.select({ orderBy: ["socketCookie"] }).indices)).toEqual([2, 0, 1]);
    expect(Array.from(table.select({ orderBy: ["-socketCookie"] }).indices)).toEqual([1, 0, 2]);
    expect(Array.from(table.select({ orderBy: ["socketCookie"] }).columns.socketCookie ?? [])).toEqual([
      0x0123456789abcdefn,
      0x8000000000000001n,
      0xffffffffffffffffn,
    ]);
  });
});
