import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownNetwork } from "../../../bench/memory/namespace.js";
import type { LayoutName } from "../../../src/format/layouts.js";
import { openEnds } from "../../../src/system/system.js";
import { built, NOBODY, ROOT } from "../../support/child.js";
import { fromHex, readRows } from "../../support/diag-sockets.js";
import { type ReadEnd, readEnds } from "../../support/ends.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { Network, OWN_NETWORK } from "../../support/network.js";

const LINUX = operatingSystem("linux");

/** Ends or a table, as a network's peer can send them. */
interface Sent {
  readonly layout: LayoutName;
  readonly length: number;
  readonly rows: string;
  readonly records: string;
}

/**
 * For the code: the collector, its ends as they can be sent, what is common to connections that close, and a wait for ends.
 * The kernel tells them a moment after the socket has gone.
 */
const TOOLS = `
  const { openClosedEvents } = await import(${built("system/linux/closed-events.js")});
  const hex = (bytes) => Buffer.from(bytes).toString("hex");
  const sent = ({ layout, length, rows, records }) => ({ layout, length, rows: hex(rows), records: hex(records) });
  const countOf = (ends) => ends.endsOf(4).length + ends.endsOf(6).length + ends.lost;
  async function heard(ends, count) {
    for (const latest = Date.now() + 20_000; countOf(ends) < count && Date.now() < latest; ) {
      await new Promise((resolve) => setImmediate(resolve));
      ends.drain();
    }
    return [sent(ends.endsOf(4)), sent(ends.endsOf(6))];
  }
  const gone = (...sockets) => Promise.all(sockets.map((one) => one.closed || new Promise((resolve) => one.once("close", resolve))));`;

function read(sent: Sent): ReadEnd[] {
  return readEnds({ ...sent, rows: fromHex(sent.rows), records: fromHex(sent.records) });
}

describeWith([LINUX, ...OWN_NETWORK], "in a network of its own, ends", () => {
  let network: Network;
  beforeEach(async () => {
    network = await Network.open();
  });
  afterEach(() => network.close());

  test.each(["127.0.0.1", "::1"])(
    "of 1,000 connections of a millisecond on %s are 2,001, the listener's with them",
    async (host) => {
      const { ends, lost, ports } = await network.run<{ ends: Sent[]; lost: number; ports: number[] }>(`
      ${TOOLS}
      const ends = openClosedEvents();
      const listener = await listen("${host}", 8080);
      const ports = [];
      for (let number = 0; number < 1000; number++) {
        const { client, server } = await open("${host}", 8080);
        ports.push(client.localPort);
        client.destroy();
        server.destroy();
        await gone(client, server);
        if (number % 50 === 0) ends.drain();
      }
      listener.close();
      const told = await heard(ends, 2001);
      return { ends: told, lost: ends.lost, ports };`);
      const [ipv4, ipv6] = ends.map(read) as [ReadEnd[], ReadEnd[]];
      const [told, others] = host.includes(":") ? [ipv6, ipv4] : [ipv4, ipv6];
      expect({ told: told.length, others: others.length, lost }).toEqual({ told: 2001, others: 0, lost: 0 });
      expect(new Set(told.map(({ socketCookie }) => socketCookie)).size).toBe(2001);
      const byPort = (a: number, b: number) => a - b;
      const clients = told.filter(({ remotePort }) => remotePort === 8080).map(({ localPort }) => localPort);
      const servers = told.filter(({ localPort }) => localPort === 8080).map(({ remotePort }) => remotePort);
      expect(clients.sort(byPort)).toEqual([...ports].sort(byPort));
      expect(servers.sort(byPort)).toEqual([0, ...ports].sort(byPort)); // 0: the listener
      expect(new Set(told.map(({ state }) => state))).toEqual(new Set([1]));
    },
  );

  test("tell what was sent and received, whoever closes first", async () => {
    const told = await network.run<Sent[]>(`
      ${TOOLS}
      const ends = openClosedEvents();
      const listener = await listen("127.0.0.1", 8080);
      async function connection(localPort, close) {
        const { client, server } = await open("127.0.0.1", 8080, localPort);
        client.write("hello");
        await once(server, "data");
        await close(client, server);
        await gone(client, server);
      }
      await connection(41001, async (client, server) => { client.end(); await once(server, "end"); server.end(); });
      await connection(41002, async (client, server) => { server.end(); await once(client, "end"); client.end(); });
      await connection(41003, async (client) => client.resetAndDestroy());
      const { client, server } = await open("127.0.0.1", 8080, 41004);
      client.end();
      await once(server, "end");
      server.end();
      await gone(client, server);
      return heard(ends, 8);`);
    const [ipv4] = told.map(read) as [ReadEnd[]];
    const figures = (localPort: number, remotePort: number) => {
      const found = ipv4.filter((end) => end.localPort === localPort && end.remotePort === remotePort);
      expect(found).toHaveLength(1);
      const [{ bytesSent, bytesReceived, retransmits, rtt } = {}] = found;
      if (rtt !== null) expect(rtt).toBeGreaterThan(0);
      return [bytesSent, bytesReceived, retransmits, rtt !== null];
    };
    // Of what was received, 1 is the other end's FIN, where there was data too.
    expect([figures(41001, 8080), figures(8080, 41001)]).toEqual([
      [5n, 0n, 0, true],
      [0n, 6n, 0, true],
    ]);
    expect([figures(41002, 8080), figures(8080, 41002)]).toEqual([
      [5n, 0n, 0, true],
      [0n, 6n, 0, true],
    ]);
    // The end that resets is disconnected first: its figures are gone, and with them its remote port.
    expect([figures(41003, 0), figures(8080, 41003)]).toEqual([
      [null, null, null, false],
      [0n, 5n, 0, true],
    ]);
    expect([figures(41004, 8080), figures(8080, 41004)]).toEqual([
      [0n, 0n, 0, true],
      [0n, 0n, 0, true],
    ]);
  });

  test.each([
    ["127.0.0.1", 4],
    ["::1", 6],
  ] as const)("have the cookies that the rows of a dump had before, on %s", async (host, family) => {
    const { table, ends } = await network.run<{ table: { layout: LayoutName; bytes: string }; ends: Sent[] }>(`
      ${TOOLS}
      const { openSockDiag } = await import(${built("system/linux/sockdiag.js")});
      const ends = openClosedEvents();
      const listener = await listen("${host}", 8080);
      const { client, server } = await open("${host}", 8080);
      const collector = openSockDiag({ family: ${family}, columns: ["socketCookie"] });
      const { layout, bytes } = collector.collect({ reserve: (size) => new Uint8Array(size) });
      const table = { layout, bytes: hex(bytes) };
      client.destroy();
      server.destroy();
      await gone(client, server);
      listener.close();
      return { table, ends: await heard(ends, 3) };`);
    const rows = readRows({ ...table, bytes: fromHex(table.bytes), attempts: 1, nanoseconds: 0 });
    const names = (all: readonly { localPort: number; remotePort: number; socketCookie?: bigint }[]) =>
      all.map(({ localPort, remotePort, socketCookie }) => `${localPort} ${remotePort} ${socketCookie}`).sort();
    expect(rows).toHaveLength(3);
    expect(names(read(ends[family === 4 ? 0 : 1] as Sent))).toEqual(names(rows));
  });

  test("of one family alone are told where only that is asked for", async () => {
    const [ipv4, ipv6] = (
      await network.run<Sent[]>(`
      ${TOOLS}
      const [both, one] = [openClosedEvents(), openClosedEvents({ families: [6] })];
      for (const host of ["127.0.0.1", "::1"]) {
        held[host] = await listen(host, 8080);
        const { client, server } = await open(host, 8080);
        client.destroy();
        server.destroy();
        await gone(client, server);
      }
      await heard(both, 4);
      return heard(one, 2);`)
    ).map(read) as [ReadEnd[], ReadEnd[]];
    expect([ipv4.length, ipv6.length]).toEqual([0, 2]);
  });

  test("of 10,000 sockets that are closed at once overflow a small buffer: those told and those lost are all", async () => {
    const { told, lost } = await network.run<{ told: number; lost: number }>(`
      ${TOOLS}
      const { loadLibc } = await import(${built("system/linux/libc.js")});
      const libc = loadLibc();
      const [ends, drained] = [openClosedEvents({ receiveBuffer: 4096 }), openClosedEvents()];
      for (let number = 0; number < 10_000; number++) libc.close(libc.socket(2, 1, 0));
      // The kernel tells them later, and both collectors alike.
      await heard(drained, 10_000);
      await heard(ends, 10_000);
      return { told: ends.endsOf(4).length, lost: ends.lost };`);
    expect(told).toBeGreaterThan(0);
    expect(lost).toBeGreaterThan(0);
    expect(told + lost).toBe(10_000);
  });
});

describeWith([LINUX, ROOT, ...OWN_NETWORK], "for a user without privileges, ends", () => {
  let network: Network;
  beforeEach(async () => {
    network = await Network.open();
  });
  afterEach(() => network.close());

  test("of 1,000 connections of a millisecond are told, all of them", async () => {
    const { count, lost, uid } = await network.run<{ count: number; lost: number; uid: number }>(`
      process.setgid(${NOBODY});
      process.setuid(${NOBODY});
      ${TOOLS}
      const ends = openClosedEvents();
      held.listener = await listen("127.0.0.1", 8080);
      for (let number = 0; number < 1000; number++) {
        const { client, server } = await open("127.0.0.1", 8080);
        client.destroy();
        server.destroy();
        await gone(client, server);
        if (number % 50 === 0) ends.drain();
      }
      await heard(ends, 2000);
      return { count: ends.endsOf(4).length, lost: ends.lost, uid: process.getuid() };`);
    expect({ count, lost, uid }).toEqual({ count: 2000, lost: 0, uid: NOBODY });
  });
});

describeWith([LINUX], "this system's ends", () => {
  test("are opened by the one switch between systems", () => {
    const ends = openEnds({ families: [6], limit: 5 });
    ends?.drain();
    expect(ends?.source).toBe("NETLINK_SOCK_DIAG's groups of destroyed sockets");
    ends?.close();
  });
});

const UNSHARE = await ownNetwork();
const PARTS = 9;

describeWith([LINUX, ...OWN_NETWORK], "draining where nothing has come", () => {
  test("makes no garbage", async () => {
    const script = `
      const { openClosedEvents } = await import(${built("system/linux/closed-events.js")});
      const ends = openClosedEvents();
      const drain = (count) => {
        for (let number = 0; number < count; number++) {
          ends.drain();
          if (ends.endsOf(4).length + ends.endsOf(6).length + ends.lost !== 0) throw new Error("Something has come.");
          ends.clear();
        }
      };
      drain(20_000);
      gc();
      const used = new Float64Array(${PARTS} + 1);
      used[0] = process.memoryUsage().heapUsed;
      for (let part = 1; part <= ${PARTS}; part++) {
        drain(2000);
        used[part] = process.memoryUsage().heapUsed;
      }
      console.log(JSON.stringify(Array.from({ length: ${PARTS} }, (_, part) => used[part + 1] - used[part])));
      process.exit();`;
    const [command, ...words] = UNSHARE as readonly [string, ...string[]];
    const flags = ["--expose-gc", "--min-semi-space-size=16", "-e", `(async () => {${script}})()`];
    const { stdout } = await promisify(execFile)(command, [...words, process.execPath, ...flags]);
    const bytes = (JSON.parse(stdout) as number[]).sort((a, b) => a - b);
    // To ask for the memory in use makes some 240 bytes itself; what the engine compiles late is in one or two parts.
    expect(bytes[Math.floor(PARTS / 2)]).toBeLessThan(1024);
    expect(bytes[0]).toBeGreaterThanOrEqual(0);
  });
});
