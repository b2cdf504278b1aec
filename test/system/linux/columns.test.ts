import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { parseIPv4, parseIPv6 } from "../../../src/format/address.js";
import type { ColumnName } from "../../../src/format/columns.js";
import type { CollectorOptions } from "../../../src/system/contract.js";
import { openProcNet } from "../../../src/system/linux/procnet.js";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { built, NOBODY, openChild, ROOT } from "../../support/child.js";
import { connectTo, destroy, freshHost, openConnections } from "../../support/connections.js";
import {
  type AnyRow,
  type DiagSocket,
  diagMessage,
  diagSocket,
  readRows,
  toLinuxRow,
} from "../../support/diag-sockets.js";
import { hex } from "../../support/hex.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { datagram, done } from "../../support/netlink-messages.js";
import { nobody } from "../../support/nobody.js";
import { MeanBuffer } from "../../support/raw-buffer.js";
import { ScriptedLibc } from "../../support/scripted-libc.js";
import { SS } from "../../support/ss.js";
import { ssSockets } from "../../support/ss-sockets.js";

const LINUX = operatingSystem("linux");

const SOCKET: readonly ColumnName[] = ["user", "inode", "socketCookie"];
const QUEUES: readonly ColumnName[] = ["receiveQueue", "sendQueue"];

const END = hex("14 00 00 00  03 00  02 00  02 00 00 00  39 05 00 00  00 00 00 00");

describeWith([LINUX], "the layout of a Linux table is the smallest that has the columns that are asked for", () => {
  test.each<[CollectorOptions, string, readonly ColumnName[]]>([
    [{}, "MIB_TCPTABLE", []],
    [{ columns: [] }, "MIB_TCPTABLE", []],
    [{ columns: ["localPort", "state"] }, "MIB_TCPTABLE", []],
    [{ owner: "pid" }, "MIB_TCPTABLE_OWNER_PID", []],
    [{ columns: ["owningPid"] }, "MIB_TCPTABLE_OWNER_PID", []],
    [{ owner: "module" }, "MIB_TCPTABLE_OWNER_PID", ["createTimestamp"]],
    [{ owner: "offload" }, "MIB_TCPTABLE_OWNER_PID", ["offloadState"]],
    [{ columns: ["localScopeId"] }, "MIB_TCPTABLE", ["localScopeId"]],
    [{ columns: ["user"] }, "LINUX_TCPTABLE", []],
    [{ columns: ["inode"] }, "LINUX_TCPTABLE", []],
    [{ columns: ["socketCookie"], owner: "pid" }, "LINUX_TCPTABLE", []],
    [{ columns: ["receiveQueue"] }, "LINUX_TCPTABLE_EXTENDED", []],
    [{ columns: ["sendQueue", "createTimestamp"] }, "LINUX_TCPTABLE_EXTENDED", ["createTimestamp"]],
    [{ family: 6 }, "MIB_TCP6TABLE", []],
    [{ family: 6, columns: ["localScopeId"] }, "MIB_TCP6TABLE", []],
    [{ family: 6, columns: ["owningPid"] }, "MIB_TCP6TABLE_OWNER_PID", []],
    [{ family: 6, columns: ["user"] }, "LINUX_TCP6TABLE", []],
    [{ family: 6, columns: QUEUES }, "LINUX_TCP6TABLE_EXTENDED", []],
  ])("%j gives a %s", (options, layout, missing) => {
    const libc = new ScriptedLibc({ dumps: [[END]] });
    const collector = openSockDiag({ ...options, loadLibc: () => libc });
    expect(collector.collect(new MeanBuffer()).layout).toBe(layout);
    expect(collector.missingColumns).toEqual(missing);
  });

  test("owners are looked for only where the PID is asked for", () => {
    const told = [{ columns: SOCKET }, { columns: [...SOCKET, "owningPid" as const] }].map((options) => {
      const libc = new ScriptedLibc({ dumps: [[END]] });
      const collection = openSockDiag({ ...options, loadLibc: () => libc }).collect(new MeanBuffer());
      return [collection.hiddenOwners, collection.unknownOwners, collection.sharedOwners];
    });
    expect(told).toEqual([
      [undefined, undefined, undefined],
      [0, 0, new Uint32Array(0)],
    ]);
  });
});

describeWith([LINUX], "a dump written by hand, with user, inode, cookie and queues", () => {
  const ipv4 = hex(`
    58 00 00 00  14 00  02 00  02 00 00 00  39 05 00 00   # 88 bytes
    02 01 00 00                                           # AF_INET, TCP_ESTABLISHED
    c3 cb 01 bb                                           # port 50123, port 443
    7f 00 00 01  00 00 00 00  00 00 00 00  00 00 00 00    # 127.0.0.1
    0a 00 00 07  00 00 00 00  00 00 00 00  00 00 00 00    # 10.0.0.7
    00 00 00 00  f0 f1 f2 f3  f4 f5 f6 f7                 # device, cookie
    10 27 00 00  01 02 03 04  05 06 07 08                 # expires, Recv-Q, Send-Q
    e8 03 00 00  39 30 00 ff                              # user 1000, inode 0xff003039`);

  test("become a LINUX_TCPTABLE_EXTENDED", () => {
    const libc = new ScriptedLibc({ dumps: [[ipv4, END]] });
    const collector = openSockDiag({ columns: [...SOCKET, ...QUEUES], loadLibc: () => libc });
    expect([...collector.collect(new MeanBuffer()).bytes]).toEqual([
      ...hex(`
        01 00 00 00  00 00 00 00                          # dwNumEntries, padding
        05 00 00 00                                       # ESTABLISHED
        7f 00 00 01  c3 cb 00 00
        0a 00 00 07  01 bb 00 00
        00 00 00 00                                       # the PID, which nobody asked for
        e8 03 00 00  39 30 00 ff                          # user, inode
        f0 f1 f2 f3  f4 f5 f6 f7                          # cookie
        01 02 03 04  05 06 07 08                          # Recv-Q, Send-Q`),
    ]);
  });

  test("become a LINUX_TCPTABLE", () => {
    const libc = new ScriptedLibc({ dumps: [[ipv4, END]] });
    const collector = openSockDiag({ columns: SOCKET, loadLibc: () => libc });
    expect([...collector.collect(new MeanBuffer()).bytes]).toEqual([
      ...hex(`
        01 00 00 00  00 00 00 00  05 00 00 00  7f 00 00 01  c3 cb 00 00  0a 00 00 07  01 bb 00 00
        00 00 00 00  e8 03 00 00  39 30 00 ff  f0 f1 f2 f3  f4 f5 f6 f7`),
    ]);
  });

  test("become a LINUX_TCP6TABLE_EXTENDED", () => {
    const ipv6 = hex(`
      58 00 00 00  14 00  02 00  02 00 00 00  39 05 00 00
      0a 0a 00 00  01 bb 00 00                            # AF_INET6, TCP_LISTEN, port 443
      fe 80 00 00  00 00 00 00  00 00 00 00  00 00 00 01
      00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
      03 00 00 00  f0 f1 f2 f3  f4 f5 f6 f7
      00 00 00 00  02 00 00 00  80 00 00 00
      00 00 00 00  39 30 00 00`);
    const libc = new ScriptedLibc({ dumps: [[ipv6, END]] });
    const collector = openSockDiag({ columns: QUEUES, family: 6, loadLibc: () => libc });
    expect([...collector.collect(new MeanBuffer()).bytes]).toEqual([
      ...hex(`
        01 00 00 00  00 00 00 00
        02 00 00 00                                       # LISTEN
        fe 80 00 00  00 00 00 00  00 00 00 00  00 00 00 01  03 00 00 00  01 bb 00 00
        00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
        00 00 00 00  00 00 00 00  39 30 00 00             # PID, user, inode
        f0 f1 f2 f3  f4 f5 f6 f7
        02 00 00 00  80 00 00 00                          # one waits to be accepted, 128 may`),
    ]);
  });
});

describeWith([LINUX], "for any sockets of any family, the LINUX layouts", () => {
  test("hold what inet_diag tells of them, in its order", () => {
    const dumps = fc.constantFrom(4 as const, 6 as const).chain((family) =>
      fc.record({
        family: fc.constant(family),
        isExtended: fc.boolean(),
        owner: fc.constantFrom(undefined, "pid" as const),
        sockets: fc.array(diagSocket(family), { maxLength: 40 }),
      }),
    );
    fc.assert(
      fc.property(dumps, fc.nat({ max: 3 }), ({ family, isExtended, owner, sockets: any }, offset) => {
        // No process has these sockets: what their inodes are is the matter of another test.
        const sockets = any.map((socket): DiagSocket => (owner ? { ...socket, inode: 0 } : socket));
        const answers = sockets.map((socket) => datagram(diagMessage(socket)));
        const libc = new ScriptedLibc({ dumps: [[...answers, datagram(done())]] });
        const columns = isExtended ? QUEUES : SOCKET;
        const collector = openSockDiag({ family, columns, owner, socketOwners: nobody(), loadLibc: () => libc });
        const expected = sockets.map((socket) => toLinuxRow(socket, isExtended));
        expect(readRows(collector.collect(new MeanBuffer(offset)))).toEqual(expected);
      }),
    );
  });
});

describeWith([LINUX], "/proc/net/tcp in the LINUX layouts", () => {
  const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const ESTABLISHED =
    "   0: 0100007F:C3CB 0700000A:01BB 01 00000005:0000001C 02:000A7214 00000000  1000        0 4278202425 2 0000000000000000 20 4 30 10 -1\n";
  // A socket that was connected before it listened: what is left in tx_queue means nothing.
  const LISTENER =
    "   1: 00000000:1F90 00000000:0000 0A 0000FFCD:00000003 00:00000000 00000000 65534        0 640 1 00000000 100 0 0 10 0\n";
  let folder: string;
  let path: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tcptable-"));
    path = join(folder, "tcp");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("become a LINUX_TCPTABLE_EXTENDED without cookies", () => {
    writeFileSync(path, HEADER + ESTABLISHED + LISTENER);
    const collector = openProcNet("test", path, { columns: [...SOCKET, ...QUEUES] });
    expect(collector.missingColumns).toEqual(["socketCookie"]);
    const collection = collector.collect(new MeanBuffer());
    expect(collection.layout).toBe("LINUX_TCPTABLE_EXTENDED");
    expect([...collection.bytes]).toEqual([
      ...hex(`
        02 00 00 00  00 00 00 00
        05 00 00 00  7f 00 00 01  c3 cb 00 00  0a 00 00 07  01 bb 00 00
        00 00 00 00  e8 03 00 00  39 30 00 ff             # PID, user 1000, inode 0xff003039
        00 00 00 00  00 00 00 00                          # cookie
        1c 00 00 00  05 00 00 00                          # Recv-Q, Send-Q
        02 00 00 00  00 00 00 00  1f 90 00 00  00 00 00 00  00 00 00 00
        00 00 00 00  fe ff 00 00  80 02 00 00
        00 00 00 00  00 00 00 00
        03 00 00 00  00 00 00 00`),
    ]);
  });

  test("do not tell scopes and cookies, and say so where they are asked for", () => {
    writeFileSync(path, HEADER);
    const columns = ["user", "localScopeId", "remoteScopeId", "socketCookie", "offloadState"] as const;
    expect(openProcNet("test", path, { family: 6, columns }).missingColumns).toEqual(columns.slice(1));
    expect(openProcNet("test", path, { family: 6 }).missingColumns).toEqual([]);
  });

  test.each([
    ["a user that is none", ESTABLISHED.replace(" 1000 ", " root ")],
    ["an inode that is none", ESTABLISHED.replace("4278202425", "0x28")],
    ["a queue that is none", ESTABLISHED.replace("0000001C", "0000001G")],
    ["the other queue that is none", ESTABLISHED.replace("00000005", "-0000005")],
    ["a line that ends before its queues", `${ESTABLISHED.slice(0, 45)}\n`],
    ["a line that ends before its inode", `${ESTABLISHED.slice(0, ESTABLISHED.indexOf("4278"))}\n`],
  ])("%s is told with its place, and is no table", (_, line) => {
    writeFileSync(path, HEADER + line + LISTENER);
    expect(() => openProcNet("test", path, { columns: QUEUES })).toThrow("EBADMSG (74): line 2 is not in");
  });
});

const WAYS = [
  ["NETLINK_SOCK_DIAG", openSockDiag],
  ["/proc/net", (options: CollectorOptions) => openProcNet("it is asked for", undefined, options)],
] as const;

function collect(open: (typeof WAYS)[number][1], options: CollectorOptions): AnyRow[] {
  const collector = open(options);
  const rows = readRows(collector.collect(new MeanBuffer()));
  collector.close();
  return rows;
}

describeWith(
  [LINUX, SS],
  "users, inodes, cookies and queues of this machine's connections are the ones that ss tells",
  () => {
    const closing: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });

    const COLUMNS = [...SOCKET, ...QUEUES];

    /** The rows on a listener's port, in an order of their own. Cookies only where the way knows them. */
    function own(rows: readonly AnyRow[], host: string, port: number, hasCookies: boolean) {
      const address = [parseIPv4(host) ?? parseIPv6(host) ?? []]
        .flat()
        .map((word) => word.toString(16).padStart(8, "0"));
      return rows
        .filter((row) => row.localAddress === address.join("") && (row.localPort === port || row.remotePort === port))
        .sort((a, b) => a.localPort - b.localPort || a.remotePort - b.remotePort)
        .map(({ state, localPort, remotePort, user, inode, socketCookie, receiveQueue, sendQueue }) => ({
          state,
          localPort,
          remotePort,
          user,
          inode,
          ...(hasCookies && { socketCookie }),
          receiveQueue,
          // Only netlink tells how many may wait at a listener.
          sendQueue: state === 2 && !hasCookies ? 0 : sendQueue,
        }));
    }

    describe.each(WAYS)("by %s", (source, open) => {
      const hasCookies = source === "NETLINK_SOCK_DIAG";

      test.each([
        [4, freshHost()],
        [6, "::1"],
      ] as const)(`in IPv%i, with bytes that wait on both sides, by ${source}`, async (family, host) => {
        const sockets: Socket[] = [];
        const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket.on("error", () => {})));
        await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
        const { port } = server.address() as { port: number };
        const client = await connectTo(host, port, sockets);
        closing.push(async () => {
          await destroy(sockets);
          await new Promise((resolve) => server.close(resolve));
        });
        client.write(new Uint8Array(1 << 23)); // more than both buffers take
        await vi.waitFor(() => {
          const told = own(ssSockets(family), host, port, hasCookies);
          expect(own(collect(open, { family, columns: COLUMNS }), host, port, hasCookies)).toEqual(told);
          const [waiting] = told.filter(({ receiveQueue = 0, state }) => state === 5 && receiveQueue > 0);
          const [sending] = told.filter(({ sendQueue = 0, state }) => state === 5 && sendQueue > 0);
          expect([waiting?.localPort, sending?.remotePort]).toEqual([port, port]);
          expect(new Set(told.map(({ inode }) => inode)).size).toBe(3);
        }, 20_000);
      });

      test(`in TIME-WAIT: no user and no inode, but a cookie, by ${source}`, async () => {
        const opened = await openConnections({ timeWait: 1 });
        closing.push(() => opened.close());
        await vi.waitFor(() => {
          const rows = own(collect(open, { columns: COLUMNS }), opened.host, opened.port, hasCookies);
          expect(rows).toEqual(own(ssSockets(4), opened.host, opened.port, hasCookies));
          expect(rows.map(({ state, inode }) => [state, inode === 0])).toContainEqual([11, true]);
        }, 20_000);
      });
    });
  },
);

describeWith([LINUX, SS, ROOT], "a user without privileges", () => {
  test("is told users, inodes and cookies of everybody's sockets", async () => {
    const opened = await openConnections({ established: 2 });
    const child = await openChild(
      freshHost(),
      `const { openSockDiag } = await import(${built("system/linux/sockdiag.js")});
       const collector = openSockDiag({ columns: ["user", "inode", "socketCookie", "sendQueue"] });
       const { bytes, layout } = collector.collect({ reserve: (size) => new Uint8Array(size) });
       console.log(JSON.stringify({ port, layout, bytes: [...bytes] }));`,
      NOBODY,
    );
    const { port, bytes, layout } = child.told as { port: number; bytes: number[]; layout: "LINUX_TCPTABLE_EXTENDED" };
    const cookies = (rows: readonly AnyRow[], of: number) =>
      rows
        .filter(({ localPort, remotePort, inode }) => (localPort === of || remotePort === of) && inode !== 0)
        .map(({ user, inode, socketCookie }) => ({ user, inode, socketCookie }));
    const told = readRows({ bytes: Uint8Array.from(bytes), layout, attempts: 1, nanoseconds: 0 });
    const bySs = ssSockets(4);
    expect(cookies(told, port)).toEqual(cookies(bySs, port));
    expect(cookies(told, port).map(({ user }) => user)).toEqual([NOBODY, NOBODY, NOBODY]);
    expect(cookies(told, opened.port)).toEqual(cookies(bySs, opened.port));
    expect(cookies(told, opened.port)).toHaveLength(5);
    await child.close();
    await opened.close();
  });
});
