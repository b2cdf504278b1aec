import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { parseIPv4, parseIPv6 } from "../../../src/format/address.js";
import { parseState } from "../../../src/format/states.js";
import { SocketOwners } from "../../../src/system/linux/owners.js";
import { openProcNet } from "../../../src/system/linux/procnet.js";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { built, type Child, NOBODY, openChild, ROOT } from "../../support/child.js";
import { freshHost, type OpenedConnections, openConnections } from "../../support/connections.js";
import { type AnyRow, readRows } from "../../support/diag-sockets.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { MeanBuffer } from "../../support/raw-buffer.js";
import { SS } from "../../support/ss.js";
import { ssRows } from "../../support/ss-any.js";

const LINUX = operatingSystem("linux");
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A listener that a test opened, and the connections to it, whose ends are both on its address. */
interface Opened {
  readonly host: string;
  readonly port: number;
  readonly ends?: OpenedConnections["ends"];
}

const TIME_WAIT = 11;

/** An address as the readers tell it: 8 hexadecimal digits for IPv4, 32 for IPv6. */
function digitsOf(host: string): string {
  const words = [parseIPv4(host) ?? parseIPv6(host) ?? []].flat();
  return words.map((word) => word.toString(16).padStart(8, "0")).join("");
}

/**
 * The rows of a test's own connections, in an order of their own. Rows in TIME-WAIT outlive the tests that made them, and
 * ports are used again: of those only the ones that this test has made are its own.
 */
function own<Row extends AnyRow>(rows: readonly Row[], { host, port, ends = [] }: Opened): Row[] {
  const address = digitsOf(host);
  return rows
    .filter(
      (row) =>
        row.localAddress === address &&
        (row.localPort === port || row.remotePort === port) &&
        (row.state !== TIME_WAIT ||
          ends.some(({ localPort, remotePort }) => row.localPort === localPort && row.remotePort === remotePort)),
    )
    .sort((a, b) => a.localPort - b.localPort || a.remotePort - b.remotePort);
}

/** The same, without what only one of ss and the collectors tells. */
function ends(rows: readonly AnyRow[], opened: Opened): AnyRow[] {
  return own(rows, opened).map(({ state, localAddress, localPort, remoteAddress, remotePort }) => ({
    state,
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
  }));
}

const COLLECTORS = [
  ["NETLINK_SOCK_DIAG", openSockDiag],
  ["/proc/net", (options: object) => openProcNet("it is asked for", undefined, options)],
] as const;

function collect(open: (typeof COLLECTORS)[number][1], options: Parameters<typeof openSockDiag>[0]): AnyRow[] {
  const collector = open(options ?? {});
  const rows = readRows(collector.collect(new MeanBuffer()));
  collector.close();
  return rows;
}

describeWith([LINUX, SS], "this machine's IPv6 connections are the ones that ss tells", () => {
  const LOOPBACK = digitsOf("::1");

  function expected(opened: OpenedConnections): AnyRow[] {
    const rows = opened.ends.map(({ state, localPort, remotePort }) => ({
      state: parseState(state) as number,
      localAddress: LOOPBACK,
      localPort,
      remoteAddress: state === "LISTEN" ? "0".repeat(32) : LOOPBACK,
      remotePort,
    }));
    return ends(rows, opened);
  }

  test.each(COLLECTORS)("connections on ::1 in every state are the ones that ss tells, by %s", async (_, open) => {
    const opened = await openConnections({
      host: "::1",
      established: 3,
      halfClosed: 2,
      timeWait: 2,
      finWait1: 1,
      closing: 1,
      lastAck: 1,
    });
    closing.push(() => opened.close());
    await vi.waitFor(() => expect(ends(ssRows(6), opened)).toEqual(expected(opened)), 20_000);
    expect(ends(collect(open, { family: 6 }), opened)).toEqual(expected(opened));
    expect(ends(collect(open, { family: 6, owner: "pid" }), opened)).toEqual(expected(opened));
  });

  test.each(COLLECTORS)("of a connection from an IPv4 address each table has one end, by %s", async (_, open) => {
    const host = freshHost();
    const server = createServer().listen({ host: `::ffff:${host}`, port: 0 });
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const client = connect({ host, port, localAddress: host });
    const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);
    closing.push(async () => {
      client.destroy();
      accepted.destroy();
      await once(server.close(), "close");
    });
    const local = [4, client.localPort as number, port, 5];
    const listening = [6, port, 0, 2];
    const remote = [6, port, client.localPort as number, 5];
    const tell = (rowsOf: (family: 4 | 6) => readonly AnyRow[]) =>
      [
        ...ends(rowsOf(4), { host, port }).map((row) => ({ family: 4, ...row })),
        ...ends(rowsOf(6), { host: `::ffff:${host}`, port }).map((row) => ({ family: 6, ...row })),
      ] as const;
    const told = tell((family) => collect(open, { family }));
    expect(told).toEqual(tell(ssRows));
    const brief = told.map(({ family, localPort, remotePort, state }) => [family, localPort, remotePort, state]);
    expect(brief).toEqual([local, listening, remote]);
  });
});

async function child(host: string, then: string, uid?: number): Promise<Child> {
  const started = await openChild(host, then, uid);
  closing.push(() => started.close());
  return started;
}

const LISTEN = 2;

/** A process that listens, and gives its listener to children. */
interface Giver {
  readonly pid: number;
  readonly port: number;
  /**
   * `share` gives the listener to one more child, whose PID comes back. `closeAndOpen` closes it, and opens another file with
   * its descriptor.
   */
  do(what: "share" | "closeAndOpen"): Promise<number>;
}

async function startGiver(host: string): Promise<Giver> {
  const script = `
    const { fork } = require("node:child_process");
    const server = require("node:net").createServer().listen({ host: "${host}", port: 0 });
    server.once("listening", () => process.send(server.address().port));
    process.on("disconnect", () => process.exit());
    process.on("message", (what) => {
      if (what === "closeAndOpen") {
        return server.close(() => process.send(require("node:fs").openSync("/dev/null")));
      }
      const child = fork("-e", ['process.on("message", (_, server) => { globalThis.server = server; process.send(0); }); process.on("disconnect", () => process.exit())'], { execArgv: [] });
      child.once("message", () => process.send(child.pid));
      child.send("listener", server);
    });`;
  const started = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  closing.push(async () => {
    const exited = once(started, "exit");
    started.disconnect();
    await exited;
  });
  const [port] = (await once(started, "message")) as [number];
  return {
    pid: started.pid as number,
    port,
    async do(what) {
      started.send(what);
      const [answer] = (await once(started, "message")) as [number];
      return answer;
    },
  };
}

describeWith([LINUX, SS], "owners are the ones that ss tells", () => {
  test.each([
    [4, freshHost()],
    [6, "::1"],
  ] as const)("in IPv%i: this process, a child that came later, and nobody for TIME-WAIT", async (family, host) => {
    const opened = await openConnections({ host, established: 2, halfClosed: 1, timeWait: 2 });
    closing.push(() => opened.close());
    const isTimeWait = ({ state }: AnyRow) => state === TIME_WAIT;
    await vi.waitFor(() => expect(own(ssRows(family), opened).filter(isTimeWait)).toHaveLength(2), 20_000);
    for (const [, open] of COLLECTORS) {
      const collector = open({ family, owner: "pid" });
      const into = new MeanBuffer();
      const owners = (of: Opened) =>
        own(readRows(collector.collect(into)), of).map((row) => [row.localPort, row.remotePort, row.owningPid]);
      const told = (of: Opened) =>
        own(ssRows(family), of).map((row) => [row.localPort, row.remotePort, row.pids[0] ?? 0]);
      const before = owners(opened);
      expect(before, collector.source).toEqual(told(opened));
      expect(before.map(([, , pid]) => pid).toSorted()).toEqual([0, 0, ...Array(7).fill(process.pid)]);

      const { pid, told: port } = await child(host, "console.log(port)");
      const its = { host, port: port as number };
      expect(owners(its), collector.source).toEqual(told(its));
      expect(owners(its).map(([, , owner]) => owner)).toEqual([pid, pid, pid]);
      expect(owners(opened)).toEqual(before);
      collector.close();
    }
  });

  test("owners are told also where processes share a listener, and where one hands it over and has as many files as before", async () => {
    const host = freshHost();
    const giver = await startGiver(host);
    const owners = new SocketOwners();
    const collector = openSockDiag({ owner: "pid", socketOwners: owners });
    const into = new MeanBuffer();
    const told = () => {
      const rows = readRows(collector.collect(into));
      const row = rows.findIndex(({ localPort, state }) => localPort === giver.port && state === LISTEN);
      const sharing = [...owners.shared].filter((_, at) => at % 2 === 1 && owners.shared[at - 1] === row);
      return [rows[row]?.owningPid, sharing];
    };
    const ssTells = () => ssRows(4).find(({ localPort, state }) => localPort === giver.port && state === LISTEN)?.pids;
    expect(told()).toEqual([giver.pid, []]);

    const takers = [await giver.do("share"), await giver.do("share")];
    const all = [giver.pid, ...takers].sort((a, b) => a - b);
    expect([...(ssTells() ?? [])].sort((a, b) => a - b)).toEqual(all);
    expect(told()).toEqual([all[0], all]);

    await giver.do("closeAndOpen");
    await vi.waitFor(() => expect(ssTells()).toHaveLength(2), 20_000);
    for (let sample = 0; sample < 70; sample++) told();
    const left = takers.sort((a, b) => a - b);
    expect(told()).toEqual([left[0], left]);
    collector.close();
  });

  test("owners are not asked for unless somebody asks: the layout has no place for them", () => {
    const layouts = ([4, 6] as const).flatMap((family) =>
      [undefined, "pid" as const, "module" as const].map((owner) => {
        const collection = openSockDiag({ family, owner }).collect(new MeanBuffer());
        return [collection.layout, typeof collection.hiddenOwners];
      }),
    );
    expect(layouts).toEqual([
      ["MIB_TCPTABLE", "undefined"],
      ["MIB_TCPTABLE_OWNER_PID", "number"],
      ["MIB_TCPTABLE_OWNER_PID", "number"],
      ["MIB_TCP6TABLE", "undefined"],
      ["MIB_TCP6TABLE_OWNER_PID", "number"],
      ["MIB_TCP6TABLE_OWNER_PID", "number"],
    ]);
  });
});

describeWith([LINUX, ROOT], "a user without privileges", () => {
  test("a user without privileges sees own processes, and is told how many rows have an owner that can't be seen", async () => {
    const opened = await openConnections({ established: 5 });
    closing.push(() => opened.close());
    const host = freshHost();
    const { pid, told } = await child(
      host,
      `const { openSockDiag } = await import(${built("system/linux/sockdiag.js")});
       let view = new Uint8Array(0);
       const reserve = (size) => (view.length < size ? (view = new Uint8Array(size)) : view);
       const collector = openSockDiag({ owner: "pid" });
       const samples = [1, 2].map(() => {
         const { bytes, layout, hiddenOwners } = collector.collect({ reserve });
         return { bytes: [...bytes], layout, hiddenOwners };
       });
       console.log(JSON.stringify({ port, samples }));`,
      NOBODY,
    );
    const { port, samples } = told as {
      port: number;
      samples: { bytes: number[]; layout: "MIB_TCPTABLE_OWNER_PID"; hiddenOwners: number }[];
    };
    for (const sample of samples) {
      const rows = readRows({ ...sample, bytes: Uint8Array.from(sample.bytes), attempts: 1, nanoseconds: 0 });
      expect(own(rows, { host, port }).map(({ owningPid }) => owningPid)).toEqual([pid, pid, pid]);
      expect(own(rows, opened).map(({ owningPid }) => owningPid)).toEqual(Array(11).fill(0));
      expect(sample.hiddenOwners).toBeGreaterThanOrEqual(11);
    }
  });
});
