import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CollectError } from "../../../src/system/errors.js";
import { openProcNet } from "../../../src/system/linux/procnet.js";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { type DiagSocket, diagMessage, diagSocket, fromHex, readRows, toRow } from "../../support/diag-sockets.js";
import { failureOf } from "../../support/failure.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { datagram, done, type Message, message } from "../../support/netlink-messages.js";
import { nobody } from "../../support/nobody.js";
import { MeanBuffer } from "../../support/raw-buffer.js";
import { type Answer, ScriptedLibc } from "../../support/scripted-libc.js";

const LINUX = operatingSystem("linux");

/** Bytes as they are written here, without the remarks. */
function hex(text: string): Uint8Array {
  return fromHex(text.replace(/#.*$/gm, "").replace(/\s+/g, ""));
}

describeWith([LINUX], "a dump of IPv6 sockets, written by hand", () => {
  // The sequence numbers are 2: the collector has asked once before, whether it is let in.
  const golden = hex(`
    5d 00 00 00  14 00  02 00  02 00 00 00  39 05 00 00   # 93 bytes: padded to 96
    0a 0a 00 00                                           # AF_INET6, TCP_LISTEN
    01 bb 00 00                                           # port 443, port 0
    00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 01    # ::1
    00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
    09 00 00 00  01 00 00 00  00 00 00 00                 # bound to a device, but not link-local; cookie
    00 00 00 00  00 00 00 00  80 00 00 00                 # expires, queues
    e8 03 00 00  00 00 00 00                              # uid, inode
    05 00 08 00  00  ff ff ff                             # INET_DIAG_SHUTDOWN, padding
    58 00 00 00  14 00  02 00  02 00 00 00  39 05 00 00   # 88 bytes: no attributes
    0a 01 00 00                                           # TCP_ESTABLISHED
    c3 cb 00 16                                           # port 50123, port 22
    fe 80 00 00  00 00 00 00  02 11 22 ff  fe 33 44 55    # fe80::211:22ff:fe33:4455
    fe bf 00 00  00 00 00 00  00 00 00 00  00 00 00 fe    # febf::fe
    03 00 00 00  02 00 00 00  00 00 00 00                 # device 3
    00 00 00 00  00 00 00 00  00 00 00 00
    00 00 00 00  00 00 00 00
    58 00 00 00  14 00  02 00  02 00 00 00  39 05 00 00
    0a 06 03 00                                           # TCP_TIME_WAIT
    1f 90 ff fe                                           # port 8080, port 65534
    00 00 00 00  00 00 00 00  00 00 ff ff  7f 00 00 01    # ::ffff:127.0.0.1
    20 01 0d b8  80 00 00 00  00 00 00 00  00 00 00 02    # 2001:db8:8000::2
    00 00 00 00  03 00 00 00  00 00 00 00
    10 27 00 00  00 00 00 00  00 00 00 00
    00 00 00 00  00 00 00 00`);
  const end = hex("14 00 00 00  03 00  02 00  02 00 00 00  39 05 00 00  00 00 00 00");

  test("a dump of IPv6 sockets becomes this MIB_TCP6TABLE", () => {
    const libc = new ScriptedLibc({ dumps: [[golden, end]] });
    const collection = openSockDiag({ loadLibc: () => libc, family: 6 }).collect(new MeanBuffer());
    expect(collection).toMatchObject({ layout: "MIB_TCP6TABLE", attempts: 1 });
    expect("hiddenOwners" in collection).toBe(false);
    expect([...collection.bytes]).toEqual([
      ...hex(`
        03 00 00 00                                          # dwNumEntries
        02 00 00 00                                          # LISTEN
        00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 01
        00 00 00 00  01 bb 00 00                             # scope, port
        00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
        00 00 00 00  00 00 00 00
        05 00 00 00                                          # ESTABLISHED
        fe 80 00 00  00 00 00 00  02 11 22 ff  fe 33 44 55
        03 00 00 00  c3 cb 00 00
        fe bf 00 00  00 00 00 00  00 00 00 00  00 00 00 fe
        03 00 00 00  00 16 00 00
        0b 00 00 00                                          # TIME-WAIT
        00 00 00 00  00 00 00 00  00 00 ff ff  7f 00 00 01
        00 00 00 00  1f 90 00 00
        20 01 0d b8  80 00 00 00  00 00 00 00  00 00 00 02
        00 00 00 00  ff fe 00 00`),
    ]);
  });

  test("a dump of IPv6 sockets becomes this MIB_TCP6TABLE_OWNER_PID: sockets without an inode have no owner", () => {
    const libc = new ScriptedLibc({ dumps: [[golden, end]] });
    const collector = openSockDiag({ loadLibc: () => libc, family: 6, owner: "pid" });
    const { layout, bytes, hiddenOwners } = collector.collect(new MeanBuffer());
    expect({ layout, hiddenOwners }).toEqual({ layout: "MIB_TCP6TABLE_OWNER_PID", hiddenOwners: 0 });
    expect([...bytes.subarray(0, 60)]).toEqual([
      ...hex(`
        03 00 00 00
        00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 01
        00 00 00 00  01 bb 00 00
        00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
        00 00 00 00  00 00 00 00
        02 00 00 00  00 00 00 00                             # state, PID`),
    ]);
    expect(bytes.length).toBe(4 + 3 * 56);
  });

  test("a dump of IPv6 sockets is asked for by AF_INET6", () => {
    const libc = new ScriptedLibc({ dumps: [[golden, end]] });
    openSockDiag({ loadLibc: () => libc, family: 6 }).collect(new MeanBuffer());
    expect(libc.requests.map((request) => [...request.subarray(16, 24)])).toEqual([
      [10, 6, 0, 0, 0, 0, 0, 0],
      [10, 6, 0, 0, 0xff, 0x0f, 0, 0],
    ]);
  });

  test("a dump of IPv6 sockets with an IPv4 socket in it is malformed", () => {
    const ipv4 = message(20, new Uint8Array(72).fill(2));
    const libc = new ScriptedLibc({ dumps: [[datagram(ipv4)]] });
    const collector = openSockDiag({ loadLibc: () => libc, family: 6 });
    const failure = failureOf(() => collector.collect(new MeanBuffer()));
    expect(failure.code.name).toBe("EBADMSG");
    expect(failure.message).toContain("address family 2");
  });
});

describeWith([LINUX], "for any reply, in any family, with owners and without", () => {
  const asked = fc.record({
    family: fc.constantFrom(4 as const, 6 as const),
    owner: fc.constantFrom(undefined, "pid" as const, "module" as const),
  });

  test("for any right reply, in any family, the table holds its rows in its order", () => {
    const dumps = asked.chain((options) => {
      const part = fc.array(fc.tuple(diagSocket(options.family), fc.nat({ max: 40 })), { minLength: 1, maxLength: 30 });
      return fc.record({ options: fc.constant(options), parts: fc.array(part, { maxLength: 5 }) });
    });
    fc.assert(
      fc.property(dumps, fc.nat({ max: 3 }), ({ options, parts }, offset) => {
        // No process has these sockets: what their inodes are is the matter of another test.
        const sockets = parts.map((part) =>
          part.map(([socket, attributes]) => ({ socket: unowned(socket), attributes })),
        );
        const answers = sockets.map((part) => datagram(...part.map((each) => diagMessage(each.socket, each))));
        const libc = new ScriptedLibc({ dumps: [[...answers, datagram(done())]] });
        const collection = openSockDiag({ loadLibc: () => libc, socketOwners: nobody(), ...options }).collect(
          new MeanBuffer(offset),
        );
        const expected = sockets.flat().map(({ socket }) => toRow(socket, options.owner && 0));
        expect(readRows(collection)).toEqual(expected);
      }),
    );
  });

  test("for any wrong reply, in any family, there is a CollectError or a table, and it is forgotten afterwards", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const any: fc.Arbitrary<Message> = fc.oneof(
      fc.oneof(diagSocket(4), diagSocket(6)).map((each) => diagMessage(unowned(each))),
      bytes.map((random) => () => random),
      fc
        .record({
          type: fc.oneof(fc.constantFrom(1, 2, 3, 20), fc.nat({ max: 0xffff })),
          payload: fc.oneof(bytes, fc.constantFrom(Uint8Array.of(10, ...new Uint8Array(71)), Uint8Array.of(10, 1))),
          length: fc.option(fc.nat({ max: 300 }), { nil: undefined }),
        })
        .map(({ type, payload, length }) => message(type, payload, length === undefined ? {} : { length })),
    );
    const answer: fc.Arbitrary<Answer> = fc.array(any, { maxLength: 6 }).map((parts) => datagram(...parts));
    fc.assert(
      fc.property(
        asked,
        fc.array(fc.array(answer, { maxLength: 5 }), { minLength: 1, maxLength: 3 }),
        (options, dumps) => {
          const { family, owner } = options;
          const last: DiagSocket = {
            ...LISTENER,
            family,
            ...(family === 4 && { localAddress: "7f000001", remoteAddress: "00000000" }),
          };
          const libc = new ScriptedLibc({ dumps: [...dumps, [datagram(diagMessage(last)), datagram(done())]] });
          const collector = openSockDiag({ loadLibc: () => libc, socketOwners: nobody(), ...options });
          const into = new MeanBuffer();
          for (let sample = 0; sample <= dumps.length; sample++) {
            try {
              readRows(collector.collect(into));
            } catch (error) {
              expect(error).toBeInstanceOf(CollectError);
            }
          }
          expect(readRows(collector.collect(into))).toEqual([toRow(last, owner && 0)]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

const LISTENER: DiagSocket = {
  family: 6,
  state: 10,
  localAddress: `${"0".repeat(31)}1`,
  localPort: 443,
  remoteAddress: "0".repeat(32),
  remotePort: 0,
  device: 0,
  inode: 0,
};

function unowned(socket: DiagSocket): DiagSocket {
  return { ...socket, inode: 0 };
}

describeWith([LINUX], "/proc/net/tcp6", () => {
  const HEADER =
    "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const GOLDEN = `${HEADER}   0: 00000000000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000 100 0 0 10 0
   1: 000080FE00000000FF221102554433FE:C3CB 0000BFFE0000000000000000FE000000:0016 01 00000000:00000000 00:00000000 00000000  1000        0 4026531840 1 0000000000000000
12345: 0000000000000000FFFF00000100007F:1F90 B80D0120000000800000000002000000:FFFE 06 00000000:00000000 03:000016F2 00000000     0        0 0 3 0000000000000000
`;
  const addresses = [
    [`${"0".repeat(31)}1`, "0".repeat(32)],
    ["fe80000000000000021122fffe334455", "febf00000000000000000000000000fe"],
    ["00000000000000000000ffff7f000001", "20010db8800000000000000000000002"],
  ];
  let folder: string;
  let path: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tcptable-"));
    path = join(folder, "tcp6");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([undefined, "pid" as const])("a kernel's /proc/net/tcp6 becomes this table, owner %s", (owner) => {
    writeFileSync(path, GOLDEN);
    const collection = openProcNet("test", path, { family: 6, owner }).collect(new MeanBuffer());
    const row = (index: number, state: number, localPort: number, remotePort: number) => ({
      state,
      localAddress: addresses[index]?.[0],
      localPort,
      remoteAddress: addresses[index]?.[1],
      remotePort,
      localScopeId: 0,
      remoteScopeId: 0,
      ...(owner && { owningPid: 0 }),
    });
    expect(collection.layout).toBe(owner ? "MIB_TCP6TABLE_OWNER_PID" : "MIB_TCP6TABLE");
    expect(collection.hiddenOwners).toBe(owner && 1); // inode 4026531840: a namespace's, and so no socket's
    expect(readRows(collection)).toEqual([row(0, 2, 443, 0), row(1, 5, 50123, 22), row(2, 11, 8080, 65534)]);
  });

  const good = GOLDEN.split("\n")[1] as string;
  test.each([
    ["an IPv4 row", "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 640 1"],
    ["an address that is none", good.replace("01000000", "0100000G")],
    ["a row that ends before its inode", good.slice(0, good.indexOf(" 0 1 "))],
    ["an inode that is none", good.replace(" 0 1 ", " 0x1 1 ")],
  ])("in /proc/net/tcp6, %s is told with its place, and is no table", (_, line) => {
    writeFileSync(path, `${HEADER}${line}\n`);
    expect(() => openProcNet("test", path, { family: 6, owner: "pid" })).toThrow("EBADMSG (74): line 2 is not in");
  });

  test("/proc/net/tcp6 is read where netlink is refused", () => {
    const libc = new ScriptedLibc({ socket: [1] });
    const collector = openSockDiag({ loadLibc: () => libc, family: 6 });
    expect(collector.source).toBe("/proc/net/tcp6 (NETLINK_SOCK_DIAG refused: EPERM)");
  });
});
