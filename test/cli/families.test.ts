import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectionRow } from "../../src/cli/column-names.js";
import { freshHost } from "../support/connections.js";
import { describeWith, operatingSystem, type Requirement } from "../support/needs.js";
import { SS } from "../support/ss.js";
import { tcptable } from "./command.js";

const LINUX = operatingSystem("linux");
const LOOPBACK6: Requirement = {
  what: "::1",
  present: Object.values(networkInterfaces()).some((some) => some?.some(({ address }) => address === "::1")),
  howToGet: "sysctl net.ipv6.conf.lo.disable_ipv6=0",
};

/** This very process, as the kernel calls it. */
const NAME = process.platform === "linux" ? readFileSync("/proc/self/comm", "utf8").trim() : "";

/** Both families on one port: a filter by it finds these connections alone. */
let port: number;
const host = freshHost();
const servers: Server[] = [];
const sockets: Socket[] = [];

describeWith([LINUX, LOOPBACK6], "both families", () => {
  beforeAll(async () => {
    port = await listen(host, 0);
    await listen("::1", port);
    for (const to of [host, "::1", "::1"]) {
      const socket = connect({ host: to, port });
      sockets.push(socket);
      await once(socket, "connect");
    }
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  async function listen(address: string, wanted: number): Promise<number> {
    const server = createServer((socket) => void sockets.push(socket));
    servers.push(server);
    server.listen({ host: address, port: wanted, ipv6Only: true });
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  // What is in TIME-WAIT on ::1 may be another test's that had the port before.
  const ours = () => [
    `exclude time-wait ( sport = :${port} or dport = :${port} ) and ( src ${host} or dst ${host} or src ::1 )`,
  ];

  function ask(...words: string[]): ConnectionRow[] {
    const { code, stdout, stderr } = tcptable(["--json", ...words, ...ours()]);
    expect(stderr.replace(/^tcptable: \d+ connections? belong.*\n/, "")).toBe("");
    expect(code).toBe(0);
    return JSON.parse(stdout) as ConnectionRow[];
  }

  const isIPv6 = ({ localAddress }: ConnectionRow) => localAddress.includes(":");

  test("both families are in one answer, IPv4 first", () => {
    const families = ask().map(isIPv6);
    expect(families).toEqual([false, false, false, true, true, true, true, true]);
  });

  test("-4 and -6 leave one of the two families", () => {
    expect(ask("-4")).toEqual(ask().filter((row) => !isIPv6(row)));
    expect(ask("-6")).toEqual(ask().filter(isIPv6));
    expect(ask("-6", "-4")).toEqual(ask());
    expect(tcptable(["-6", "--columns", "local", "-H"]).stdout).not.toMatch(/^[\d.]+$/m);
  });

  test("IPv6 rows have scopes, and IPv4's have none", () => {
    const [listener] = ask("-6", "-l");
    expect(listener).toEqual({
      ...{ state: "LISTEN", localAddress: "::1", localPort: port, remoteAddress: "::", remotePort: 0 },
      ...{ localScopeId: 0, remoteScopeId: 0, family: 6 },
    });
    expect(ask("-4").filter((row) => "localScopeId" in row)).toEqual([]);
  });

  test("one table has both families, IPv6 addresses in brackets where ports would be lost", () => {
    const lines = tcptable(["-l", "-H", ...ours()])
      .stdout.trim()
      .split("\n");
    expect(lines.map((line) => line.replace(/ +/g, " "))).toEqual([
      `LISTEN ${host}:${port} *:*`,
      `LISTEN [::1]:${port} *:*`,
    ]);
  });

  test("--sort and --limit are over all rows", () => {
    const keys = (rows: readonly ConnectionRow[]) => rows.map((row) => `${row.localPort} ${row.remotePort}`);
    const byPorts = ask().toSorted((a, b) => b.localPort - a.localPort || a.remotePort - b.remotePort);
    expect(keys(ask("--sort", "-lport,rport"))).toEqual(keys(byPorts));
    expect(keys(ask("--sort", "-lport,rport", "--limit", "3"))).toEqual(keys(byPorts.slice(0, 3)));
    expect(ask("--sort", "local").map(isIPv6)).toEqual([false, false, false, true, true, true, true, true]);
    expect(ask("--sort", "-local").map(isIPv6)).toEqual([true, true, true, true, true, false, false, false]);
    expect(ask("--limit", "4").map(isIPv6)).toEqual([false, false, false, true]);
  });

  test("-p tells this process's PID and name", () => {
    for (const row of ask("-p")) {
      expect(row.owningPid).toBe(process.pid);
      expect(row.processName).toBe(NAME);
    }
    const [header, ...lines] = tcptable(["-p", ...ours()])
      .stdout.trimEnd()
      .split("\n");
    expect(header).toMatch(/ PID\/Program$/);
    for (const line of lines) expect(line.endsWith(` ${process.pid}/${NAME}`), line).toBe(true);
    expect(lines).toHaveLength(8);
    expect(ask()[0]).not.toHaveProperty("owningPid");
    expect(ask()[0]).not.toHaveProperty("processName");
  });

  test("a filter by pid asks for the owners by itself", () => {
    expect(ask("pid", "=", String(process.pid), "and")).toHaveLength(8);
    expect(ask("pid", "!=", String(process.pid), "and")).toEqual([]);
    const [header] = tcptable(["pid", "=", String(process.pid)]).stdout.split("\n");
    expect(header).toMatch(/ PID$/);
  });

  test("--columns chooses and orders what every format prints", () => {
    const words = ["--columns", "process,pid,lport,state", "-l", "-6", ...ours()];
    expect(tcptable([...words, "--csv"]).stdout).toBe(
      `processName,owningPid,localPort,state\n${NAME},${process.pid},${port},LISTEN\n`,
    );
    expect(tcptable([...words, "--ndjson"]).stdout).toBe(
      `${JSON.stringify({ processName: NAME, owningPid: process.pid, localPort: port, state: "LISTEN" })}\n`,
    );
    expect(tcptable([...words, "-H"]).stdout).toBe(`${NAME}  ${process.pid}  ${port}  LISTEN\n`);
    expect(tcptable(["--columns", "pid,process", "-l", "-6", "-H", ...ours()]).stdout).toBe(`${process.pid}/${NAME}\n`);
  });

  test("--csv has the same fields for both families", () => {
    const [header = "", ...lines] = tcptable(["-p", "--csv", ...ours()])
      .stdout.trimEnd()
      .split("\n");
    expect(header).toBe(
      "state,localAddress,localPort,remoteAddress,remotePort,localScopeId,remoteScopeId,owningPid,processName",
    );
    for (const line of lines) expect(line.split(",")).toHaveLength(9);
    expect(lines).toContain(`LISTEN,${host},${port},0.0.0.0,0,,,${process.pid},${NAME}`);
    expect(lines).toContain(`LISTEN,::1,${port},::,0,0,0,${process.pid},${NAME}`);
  });

  test("--stats tells of each family", () => {
    const { stderr } = tcptable(["--stats", "--limit", "0"]);
    expect(stderr.match(/^family {3}IPv\d$/gm)).toEqual(["family   IPv4", "family   IPv6"]);
    expect(stderr.match(/^source {3}\S+/gm)).toHaveLength(2);
  });

  describe("-s", () => {
    test("-s counts each family, and both", () => {
      expect(JSON.parse(tcptable(["-s", "--json", ...ours()]).stdout)).toMatchObject({
        states: [
          { state: "LISTEN", count: 2, ipv4: 1, ipv6: 1 },
          { state: "ESTABLISHED", count: 6, ipv4: 2, ipv6: 4 },
        ],
      });
      const [counts = ""] = tcptable(["-s", ...ours()]).stdout.split("\n\n");
      expect(counts.split("\n")).toEqual([
        "State        IPv4  IPv6  Total",
        "LISTEN          1     1      2",
        "ESTABLISHED     2     4      6",
        "Total           3     5      8",
      ]);
    });

    test("-s has the statistics below, which are the kernel's", () => {
      const opens = () => Number(/^Tcp: (?:-?\d+ ){4}(\d+)/m.exec(readFileSync("/proc/net/snmp", "latin1"))?.[1]);
      const before = opens();
      const { statistics } = JSON.parse(tcptable(["-s", "--json"]).stdout) as {
        statistics: { family: string; activeOpens: number; currEstab: number }[];
      };
      expect(statistics).toHaveLength(1);
      expect(statistics[0]?.family).toBe("both");
      expect(statistics[0]?.activeOpens).toBeGreaterThanOrEqual(before);
      expect(statistics[0]?.activeOpens).toBeLessThanOrEqual(opens());
      const [, below = ""] = tcptable(["-s"]).stdout.split("\n\n");
      expect(below).toMatch(/^The whole machine's TCP +IPv4 and IPv6\nActive opens +\d+\n/);
      expect(below.trimEnd().split("\n")).toHaveLength(16);
    });
  });

  describeWith([SS], "ss", () => {
    test("ss tells the same ends and the same owners", () => {
      const filter = `( sport = :${port} or dport = :${port} ) and ( src ${host} or dst ${host} or src [::1] )`;
      const lines = execFileSync("ss", ["-tanpH", "exclude", "time-wait", filter], { encoding: "utf8" })
        .trim()
        .split("\n");
      const theirs = lines.map((line) => {
        const [, , , local, remote] = line.trim().split(/\s+/);
        return `${local} ${remote?.replace(/^.*:\*$/, "*:*")} ${/pid=(\d+)/.exec(line)?.[1]}`;
      });
      const words = ["-p", "--columns", "local,lport,remote,rport,pid", "-H", ...ours()];
      const told = tcptable(words).stdout.trim().split("\n");
      expect(told.map((line) => line.trim().replace(/ +/g, " ")).sort()).toEqual(theirs.sort());
      expect(theirs).toHaveLength(8);
    });
  });
});

describeWith([LINUX], "a family that can't be read", () => {
  // The kernel's answer can't be changed from here, but koffi's can: every dump of IPv6 with states in it fails.
  const broken = `data:text/javascript,${encodeURIComponent(`
    import Module from "node:module";
    const load = Module._load;
    Module._load = (request, ...others) => {
      const koffi = load(request, ...others);
      if (!request.startsWith("@koromix/koffi-")) return koffi;
      let fails = false;
      const sendOf = (send) => (socket, message, ...more) => {
        const bytes = new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
        fails = bytes[16] === 10 && bytes.subarray(20, 24).some((byte) => byte !== 0);
        return fails ? -1 : send(socket, message, ...more);
      };
      const loadLibrary = (name) => {
        const library = koffi.load(name);
        const func = (...words) => (words[0] === "send" ? sendOf(library.func(...words)) : library.func(...words));
        return { func };
      };
      return { ...koffi, load: loadLibrary, errno: () => (fails ? 97 : koffi.errno()) };
    };
  `)}`;
  const environment = { NODE_OPTIONS: `--import ${broken}` };
  const told = "tcptable: IPv6 could not be read: NETLINK_SOCK_DIAG failed: EAFNOSUPPORT (97): ";

  test("a family that can't be read is told, the other is printed, and the exit code is 1", () => {
    for (const words of [[], ["--json"], ["--csv"], ["-s", "--json"]]) {
      const { code, stdout, stderr } = tcptable(words, environment);
      expect(stderr.startsWith(told), stderr).toBe(true);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      expect(stdout).not.toBe("");
      if (words.includes("--json")) JSON.parse(stdout);
      expect(code).toBe(1);
    }
  });

  test("a family that can't be read is not counted as if it were empty", () => {
    const [counts = ""] = tcptable(["-s"], environment).stdout.split("\n\n");
    expect(counts).toMatch(/^State +IPv4 +IPv6 +Total\n/);
    expect(counts).toMatch(/^Total +(\d+) +- +\1$/m);
  });

  test("a family that can't be read does no harm where it is not asked for", () => {
    expect(tcptable(["-4", "--limit", "0", "-H"], environment)).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("a family that can't be read is the whole failure where it alone is asked for", () => {
    const { code, stdout, stderr } = tcptable(["-6"], environment);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^tcptable: NETLINK_SOCK_DIAG failed: EAFNOSUPPORT/);
  });
});
