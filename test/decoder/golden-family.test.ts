import { expect, test } from "vitest";
import { ends, type Golden, owner, testGoldenTables } from "../support/golden.js";
import { hex } from "../support/hex.js";

/** OwningModuleInfo: 16 u64 that mean nothing to us. */
const MODULE = "a5 5a ff 01 ".repeat(32);

// Written by hand from tcpmib.h and iprtrmib.h, byte by byte: not by our encoder, nor from layouts.ts.
// Times: FILETIME 133,000,000,000,000,000 = 0x01d882cb9b208000 is 13,300,000,000 s after 1601-01-01. 1970 began
// 11,644,473,600 s after it, so that is 1,655,526,400 s of Unix time: 2022-06-18T04:26:40Z.
const TABLES: readonly Golden[] = [
  {
    layout: "MIB_TCPTABLE2",
    bytes: `
      03 00 00 00
      02 00 00 00  00 00 00 00  01 bb ff ff  08 08 08 08  12 34 de ad  04 00 00 00  00 00 00 00  # garbage remote
      05 00 00 00  0a 00 00 07  c3 cb ad de  5d b8 d8 22  01 bb ef be  34 12 00 00  02 00 00 00
      0b 00 00 00  c0 a8 01 05  1f 90 00 00  ff fe fd fc  ff ff 00 00  00 00 00 00  07 00 00 00`,
    rows: [
      { ...ends("LISTEN", "0.0.0.0", 443, "0.0.0.0", 0), owningPid: 4, offloadState: "InHost" },
      { ...ends("ESTABLISHED", "10.0.0.7", 50123, "93.184.216.34", 443), owningPid: 4660, offloadState: "Offloaded" },
      {
        ...ends("TIME-WAIT", "192.168.1.5", 8080, "255.254.253.252", 65535),
        owningPid: 0,
        offloadState: "UNKNOWN(7)",
      },
    ],
    columns: {
      state: Uint8Array.of(2, 5, 11),
      localAddress: Uint32Array.of(0, 0x0a000007, 0xc0a80105),
      localPort: Uint16Array.of(443, 50123, 8080),
      remoteAddress: Uint32Array.of(0x08080808, 0x5db8d822, 0xfffefdfc),
      remotePort: Uint16Array.of(0x1234, 443, 65535),
      owningPid: Uint32Array.of(4, 4660, 0),
      offloadState: Uint32Array.of(0, 2, 7),
    },
  },
  {
    layout: "MIB_TCPTABLE_OWNER_PID",
    bytes: `
      03 00 00 00
      02 00 00 00  7f 00 00 01  00 16 cd ab  01 02 03 04  56 78 ff ff  d8 03 00 00  # garbage remote
      08 00 00 00  7f 00 00 01  c0 00 01 00  7f 00 00 02  00 16 00 80  ff ff ff ff
      64 00 00 00  01 02 03 04  00 00 ff ff  05 06 07 08  00 01 00 00  00 00 00 80`,
    rows: [
      { ...ends("LISTEN", "127.0.0.1", 22, "0.0.0.0", 0), owningPid: 984 },
      { ...ends("CLOSE-WAIT", "127.0.0.1", 49152, "127.0.0.2", 22), owningPid: 4294967295 },
      { ...ends("UNKNOWN(100)", "1.2.3.4", 0, "5.6.7.8", 1), owningPid: 2147483648 },
    ],
    columns: {
      state: Uint8Array.of(2, 8, 100),
      localAddress: Uint32Array.of(0x7f000001, 0x7f000001, 0x01020304),
      localPort: Uint16Array.of(22, 49152, 0),
      remoteAddress: Uint32Array.of(0x01020304, 0x7f000002, 0x05060708),
      remotePort: Uint16Array.of(0x5678, 22, 1),
      owningPid: Uint32Array.of(984, 0xffffffff, 0x80000000),
    },
  },
  {
    layout: "MIB_TCPTABLE_OWNER_MODULE",
    bytes: `
      03 00 00 00  ff ee dd cc                                                     # the second four are padding
      02 00 00 00  00 00 00 00  00 87 ff ff  09 09 09 09  99 99 99 99  90 03 00 00  # garbage remote
      00 80 20 9b cb 82 d8 01                                                      # 133,000,000,000,000,000
      ${MODULE}
      05 00 00 00  0a 00 00 01  c0 00 ad de  0a 00 00 02  01 bb ef be  78 56 34 12
      87 56 33 9b cb 82 d8 01                                                      # 0.1234567 s later
      ${MODULE}
      0b 00 00 00  0a 00 00 01  c0 01 00 00  0a 00 00 02  01 bb 00 00  00 00 00 00
      00 00 00 00 00 00 00 00                                                      # not told
      ${MODULE}`,
    rows: [
      {
        ...ends("LISTEN", "0.0.0.0", 135, "0.0.0.0", 0),
        owningPid: 912,
        createTimestamp: "2022-06-18T04:26:40.000Z",
      },
      {
        ...ends("ESTABLISHED", "10.0.0.1", 49152, "10.0.0.2", 443),
        owningPid: 0x12345678,
        createTimestamp: "2022-06-18T04:26:40.123Z",
      },
      { ...ends("TIME-WAIT", "10.0.0.1", 49153, "10.0.0.2", 443), owningPid: 0, createTimestamp: null },
    ],
    columns: {
      state: Uint8Array.of(2, 5, 11),
      localAddress: Uint32Array.of(0, 0x0a000001, 0x0a000001),
      localPort: Uint16Array.of(135, 49152, 49153),
      remoteAddress: Uint32Array.of(0x09090909, 0x0a000002, 0x0a000002),
      remotePort: Uint16Array.of(0x9999, 443, 443),
      owningPid: Uint32Array.of(912, 0x12345678, 0),
      createTimestamp: BigUint64Array.of(133_000_000_000_000_000n, 133_000_000_001_234_567n, 0n),
    },
  },
  {
    layout: "MIB_TCP6TABLE", // the only IPv6 row that has its state in front
    bytes: `
      03 00 00 00
      02 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  00 00 00 00  01 bb ff ff
      20 01 0d b8 00 00 00 00 00 00 00 00 00 00 0b ad  09 00 00 00  12 34 de ad  # garbage remote
      05 00 00 00
      fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01  03 00 00 00  c0 00 ad de
      fe 80 00 00 00 00 00 00 00 00 00 00 ab cd ef 01  04 00 00 00  01 bb 00 80
      05 00 00 80
      00 00 00 00 00 00 00 00 00 00 ff ff 0a 00 00 07  00 00 00 00  1f 90 00 00
      00 00 00 00 00 00 00 00 00 00 ff ff c0 a8 01 05  00 00 00 00  c3 cb 00 00`,
    rows: [
      { ...ends("LISTEN", "::", 443, "::", 0), localScopeId: 0, remoteScopeId: 0 },
      { ...ends("ESTABLISHED", "fe80::1", 49152, "fe80::abcd:ef01", 443), localScopeId: 3, remoteScopeId: 4 },
      {
        ...ends("UNKNOWN(2147483653)", "::ffff:10.0.0.7", 8080, "::ffff:192.168.1.5", 50123),
        localScopeId: 0,
        remoteScopeId: 0,
      },
    ],
    columns: {
      state: Uint8Array.of(2, 5, 255),
      localAddress: Uint32Array.of(0, 0, 0, 0, 0xfe800000, 0, 0, 1, 0, 0, 0xffff, 0x0a000007),
      localPort: Uint16Array.of(443, 49152, 8080),
      remoteAddress: Uint32Array.of(0x20010db8, 0, 0, 0xbad, 0xfe800000, 0, 0, 0xabcdef01, 0, 0, 0xffff, 0xc0a80105),
      remotePort: Uint16Array.of(0x1234, 443, 50123),
      localScopeId: Uint32Array.of(0, 3, 0),
      remoteScopeId: Uint32Array.of(9, 4, 0),
    },
  },
  {
    layout: "MIB_TCP6TABLE2",
    bytes: `
      02 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01  00 00 00 00  00 50 cd ab
      00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff  ff ff ff ff  99 99 ff ff  # garbage remote
      02 00 00 00  04 00 00 00  01 00 00 00
      00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff  01 02 03 04  ff ff 01 00
      ff ee dd cc bb aa 99 88 77 66 55 44 33 22 11 00  05 06 07 80  00 01 ff ff
      0c 00 00 00  2a 00 00 00  03 00 00 00`,
    rows: [
      { ...ends("LISTEN", "::1", 80, "::", 0), ...owner(0, 0, 4), offloadState: "Offloading" },
      {
        ...ends(
          "DELETE-TCB",
          "11:2233:4455:6677:8899:aabb:ccdd:eeff",
          65535,
          "ffee:ddcc:bbaa:9988:7766:5544:3322:1100",
          1,
        ),
        ...owner(0x04030201, 0x80070605, 42),
        offloadState: "Uploading",
      },
    ],
    columns: {
      state: Uint8Array.of(2, 12),
      localAddress: Uint32Array.of(0, 0, 0, 1, 0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff),
      localPort: Uint16Array.of(80, 65535),
      remoteAddress: Uint32Array.of(
        ...[0x00112233, 0x44556677, 0x8899aabb, 0xccddeeff],
        ...[0xffeeddcc, 0xbbaa9988, 0x77665544, 0x33221100],
      ),
      remotePort: Uint16Array.of(0x9999, 1),
      localScopeId: Uint32Array.of(0, 0x04030201),
      remoteScopeId: Uint32Array.of(0xffffffff, 0x80070605),
      owningPid: Uint32Array.of(4, 42),
      offloadState: Uint32Array.of(1, 3),
    },
  },
  {
    layout: "MIB_TCP6TABLE_OWNER_PID",
    bytes: `
      02 00 00 00
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  00 00 00 00  0d 3d ff ff
      fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 99  07 00 00 00  01 02 03 04  # garbage remote
      02 00 00 00  f0 0a 00 00
      20 01 0d b8 00 00 00 00 00 01 00 00 00 00 00 01  00 00 00 00  c3 cb ad de
      20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 07  00 00 00 00  01 bb ef be
      06 00 00 00  ff ff ff ff`,
    rows: [
      { ...ends("LISTEN", "::", 3389, "::", 0), ...owner(0, 0, 2800) },
      { ...ends("FIN-WAIT-1", "2001:db8::1:0:0:1", 50123, "2001:db8::7", 443), ...owner(0, 0, 4294967295) },
    ],
    columns: {
      state: Uint8Array.of(2, 6),
      localAddress: Uint32Array.of(0, 0, 0, 0, 0x20010db8, 0, 0x00010000, 1),
      localPort: Uint16Array.of(3389, 50123),
      remoteAddress: Uint32Array.of(0xfe800000, 0, 0, 0x99, 0x20010db8, 0, 0, 7),
      remotePort: Uint16Array.of(0x0102, 443),
      localScopeId: Uint32Array.of(0, 0),
      remoteScopeId: Uint32Array.of(7, 0),
      owningPid: Uint32Array.of(2800, 0xffffffff),
    },
  },
  {
    layout: "MIB_TCP6TABLE_OWNER_MODULE",
    bytes: `
      02 00 00 00  ff ee dd cc                                                   # the second four are padding
      00 00 00 00 00 00 00 00 00 00 ff ff 7f 00 00 01  00 00 00 00  01 bd 11 11
      00 00 00 00 00 00 00 00 00 00 ff ff 08 08 08 08  05 00 00 00  01 02 03 04  # garbage remote
      02 00 00 00  04 00 00 00  01 00 00 00 00 00 00 00                          # the first 100 ns of 1601
      ${MODULE}
      fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 02  0b 00 00 00  c0 00 22 22
      fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 03  0c 00 00 00  00 16 33 33
      0a 00 00 00  d2 04 00 00  00 80 20 9b cb 82 d8 01                          # 133,000,000,000,000,000
      ${MODULE}`,
    rows: [
      {
        ...ends("LISTEN", "::ffff:127.0.0.1", 445, "::", 0),
        ...owner(0, 0, 4),
        createTimestamp: "1601-01-01T00:00:00.000Z",
      },
      {
        ...ends("LAST-ACK", "fe80::2", 49152, "fe80::3", 22),
        ...owner(11, 12, 1234),
        createTimestamp: "2022-06-18T04:26:40.000Z",
      },
    ],
    columns: {
      state: Uint8Array.of(2, 10),
      localAddress: Uint32Array.of(0, 0, 0xffff, 0x7f000001, 0xfe800000, 0, 0, 2),
      localPort: Uint16Array.of(445, 49152),
      remoteAddress: Uint32Array.of(0, 0, 0xffff, 0x08080808, 0xfe800000, 0, 0, 3),
      remotePort: Uint16Array.of(0x0102, 22),
      localScopeId: Uint32Array.of(0, 11),
      remoteScopeId: Uint32Array.of(5, 12),
      owningPid: Uint32Array.of(4, 1234),
      createTimestamp: BigUint64Array.of(1n, 133_000_000_000_000_000n),
    },
  },
];

testGoldenTables("Windows", TABLES);

test("there is a golden table of each layout of Windows but MIB_TCPTABLE, whose bytes are as many as the document says", () => {
  expect(Object.fromEntries(TABLES.map(({ layout, bytes }) => [layout, hex(bytes).length]))).toEqual({
    MIB_TCPTABLE2: 4 + 3 * 28,
    MIB_TCPTABLE_OWNER_PID: 4 + 3 * 24,
    MIB_TCPTABLE_OWNER_MODULE: 8 + 3 * 160,
    MIB_TCP6TABLE: 4 + 3 * 52,
    MIB_TCP6TABLE2: 4 + 2 * 60,
    MIB_TCP6TABLE_OWNER_PID: 4 + 2 * 56,
    MIB_TCP6TABLE_OWNER_MODULE: 8 + 2 * 192,
  });
});
