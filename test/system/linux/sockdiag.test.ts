import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { Collector } from "../../../src/system/contract.js";
import { openProcNet } from "../../../src/system/linux/procnet.js";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { expectedRows, type OpenedConnections, openConnections, rowsOf } from "../../support/connections.js";
import { failureOf } from "../../support/failure.js";
import { openSynReceived, openSynSent } from "../../support/handshakes.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { datagram, done, error } from "../../support/netlink-messages.js";
import { MeanBuffer, readTable } from "../../support/raw-buffer.js";
import { type Script, ScriptedLibc } from "../../support/scripted-libc.js";
import { SS, ss } from "../../support/ss.js";

const LINUX = operatingSystem("linux");

describeWith([LINUX, SS], "this machine's connections are the ones that ss tells", () => {
  const opened: OpenedConnections[] = [];
  let collectors: Collector[];

  beforeAll(() => {
    collectors = [openSockDiag(), openProcNet("it is asked for")];
  });
  afterEach(async () => {
    for (const connections of opened.splice(0)) await connections.close();
  });
  afterAll(() => {
    for (const collector of collectors) collector.close();
  });

  /** States settle a moment after the calls that bring them about. */
  async function expectAll(connections: OpenedConnections): Promise<void> {
    opened.push(connections);
    await vi.waitFor(() => expect(rowsOf(connections, ss())).toEqual(expectedRows(connections)), {
      timeout: 20_000,
      interval: 100,
    });
    for (const collector of collectors) {
      const rows = readTable(collector.collect(new MeanBuffer()));
      expect(rowsOf(connections, rows), collector.source).toEqual(rowsOf(connections, ss()));
    }
  }

  test("this machine's connections are the ones that ss tells by two ways of collecting", () => {
    expect(collectors.map(({ source }) => source)).toEqual(["NETLINK_SOCK_DIAG", "/proc/net/tcp (it is asked for)"]);
  });

  test("this machine's connections are the ones that ss tells in every state from ESTABLISHED to TIME-WAIT", async () => {
    await expectAll(
      await openConnections({
        established: 3,
        halfClosed: 3,
        timeWait: 3,
        finWait1: 2,
        closing: 2,
        lastAck: 2,
      }),
    );
  });

  test("ss tells the same connections in SYN-SENT", async () => expectAll(await openSynSent()));

  test("ss tells the same connections in SYN-RECEIVED", async () => expectAll(await openSynReceived()));

  test("this machine's connections are the ones that ss tells in thousands, with the buffers of a small table", async () => {
    // Few in TIME-WAIT: Linux gives their ports to later connections on loopback when these take more than a second.
    await expectAll(await openConnections({ established: 2800, halfClosed: 500, timeWait: 150 }));
  });
});

describeWith([LINUX], "the netlink socket", () => {
  const sockets = () =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:");
      } catch {
        return false; // the folder itself, which was open while it was read
      }
    }).length;

  test("the netlink socket is one, kept between samples, and given back", () => {
    const before = sockets();
    const collector = openSockDiag();
    const into = new MeanBuffer();
    for (let sample = 0; sample < 100; sample++) expect(collector.collect(into).attempts).toBe(1);
    expect(sockets()).toBe(before + 1);
    collector.close();
    expect(sockets()).toBe(before);
  });

  test("the netlink socket tells how long the collection took", () => {
    const collector = openSockDiag();
    const before = process.hrtime.bigint();
    const { nanoseconds } = collector.collect(new MeanBuffer());
    const longest = Number(process.hrtime.bigint() - before);
    expect(nanoseconds).toBeGreaterThan(0);
    expect(nanoseconds).toBeLessThanOrEqual(longest);
    collector.close();
  });
});

describeWith([LINUX], "where netlink is refused", () => {
  let folder: string;
  let procNetTcp: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tcptable-"));
    procNetTcp = join(folder, "tcp");
    writeFileSync(procNetTcp, "  sl  local_address\n   0: 0100007F:0016 00000000:0000 0A 00000000:00000000\n");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const listener = { state: 2, localAddress: 0x7f000001, localPort: 22, remoteAddress: 0, remotePort: 0 };

  test.each<[string, Script]>([
    ["EPERM", { socket: [1] }],
    ["EACCES", { socket: [13] }],
    ["ENOSYS", { socket: [38] }],
    ["EPROTONOSUPPORT", { socket: [93] }],
    ["ESOCKTNOSUPPORT", { socket: [94] }],
    ["EAFNOSUPPORT", { socket: [97] }],
    ["EPERM", { setsockopt: [1] }],
    ["EPERM", { send: [1] }],
    ["ENOENT", { probe: [datagram(error(2))] }],
    ["ENOENT", { probe: [datagram(done(2))] }],
    ["EINVAL", { probe: [datagram(error(22))] }],
    ["ENOTSUP", { probe: [datagram(error(95))] }],
    ["EACCES", { probe: [{ errno: 13 }] }],
  ])("netlink refused with %s: /proc/net/tcp is read, and the source says why", (name, script) => {
    const libc = new ScriptedLibc(script);
    const collector = openSockDiag({ loadLibc: () => libc, procNetTcp });
    expect(collector.source).toBe(`${procNetTcp} (NETLINK_SOCK_DIAG refused: ${name})`);
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([listener]);
    expect(libc.open.size).toBe(0);
  });

  test("/proc/net/tcp is read where koffi can't be loaded: the source says so in one line", () => {
    const loadLibc = () => {
      throw new Error("Cannot find the native Koffi module\nTried: many places");
    };
    const collector = openSockDiag({ loadLibc, procNetTcp });
    expect(collector.source).toBe(`${procNetTcp} (koffi could not be loaded: Cannot find the native Koffi module)`);
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([listener]);
  });

  test.each<[string, Script]>([
    ["EMFILE", { socket: [24] }],
    ["ENOMEM", { setsockopt: [12] }],
    ["ENOMEM", { probe: [datagram(error(12))] }],
    ["EAGAIN", { probe: [] }],
    ["EBADMSG", { probe: [new Uint8Array(7)] }],
  ])("%s is no refusal: it is told, and the socket is given back", (name, script) => {
    const libc = new ScriptedLibc(script);
    expect(failureOf(() => openSockDiag({ loadLibc: () => libc, procNetTcp })).code.name).toBe(name);
    expect(libc.open.size).toBe(0);
  });

  test("where neither netlink nor /proc/net/tcp can be read, the error tells both", () => {
    const loadLibc = () => new ScriptedLibc({ socket: [1] });
    const failure = failureOf(() => openSockDiag({ loadLibc, procNetTcp: join(folder, "none") }));
    expect(failure.message).toMatch(/none failed: ENOENT \(2\).*NETLINK_SOCK_DIAG refused: EPERM/);
  });
});
