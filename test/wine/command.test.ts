import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TcpRow } from "../../src/decoder/table/row.js";
import { freshHost } from "../support/connections.js";
import { describeWith } from "../support/needs.js";
import { openWindows, WINDOWS, type Windows } from "../support/windows.js";

const NATIVE = process.platform === "win32";
const HOST = freshHost();
const IPV6_HOST = "::1";
/** The rows of the process that runs the command, see programs/command.mjs; others may have had its ports before. */
const OWN = [
  `exclude time-wait ( src ${HOST} or src [${IPV6_HOST}] ) and`,
  "( sport = :$PORT1 or dport = :$PORT1 or sport = :$PORT2 or dport = :$PORT2 )",
].flatMap((part) => part.split(" "));

/** What the command printed, and the process that ran it. */
interface Run {
  readonly pid: number;
  /** Of the listener on each host, and of the connection to it. */
  readonly PORT1: number;
  readonly CLIENT1: number;
  readonly PORT2: number;
  readonly CLIENT2: number;
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
}

interface Row extends TcpRow {
  readonly processName?: string | null;
}

/** Three rows of each host: the listener, the connection's end that it accepted, and the client's end. */
function endsOf(run: Run, family: 4 | 6) {
  const [host, port, client] = family === 4 ? [HOST, run.PORT1, run.CLIENT1] : [IPV6_HOST, run.PORT2, run.CLIENT2];
  const none = family === 4 ? "0.0.0.0" : "::";
  const end = (state: string, localPort: number, remoteAddress: string, remotePort: number) => ({
    state,
    localAddress: host,
    localPort,
    remoteAddress,
    remotePort,
  });
  return [end("LISTEN", port, none, 0), end("ESTABLISHED", port, host, client), end("ESTABLISHED", client, host, port)];
}

function byPorts<End extends { readonly localPort: number; readonly remotePort: number }>(ends: readonly End[]): End[] {
  return ends.toSorted((a, b) => a.localPort - b.localPort || a.remotePort - b.remotePort);
}

/** Whether the system tells who owns a row: Wine knows it of IPv4's connecting ends alone. */
function isOwnerTold(run: Run, { localPort }: { readonly localPort: number }): boolean {
  return NATIVE || localPort === run.CLIENT1;
}

describeWith(WINDOWS, "the command's family, owners, statistics and close on Windows", () => {
  let windows: Windows;

  beforeAll(() => {
    windows = openWindows("test/wine/programs");
  });
  afterAll(async () => await windows?.close());

  async function run(...words: readonly string[]): Promise<Run> {
    const program = "test/wine/programs/command.mjs";
    const { code, stdout, stderr } = await windows.node(program, HOST, IPV6_HOST, ...words);
    const [ports = "", ...lines] = stdout.trimEnd().split("\n");
    return { ...JSON.parse(ports), code, lines, errors: stderr.trimEnd().split("\n").filter(Boolean) };
  }

  async function rows(...words: readonly string[]): Promise<Run & { readonly rows: readonly Row[] }> {
    const result = await run("--json", ...words, ...OWN);
    expect(result).toMatchObject({ code: 0, errors: [] });
    return { ...result, rows: JSON.parse(result.lines.join("\n")) };
  }

  describe("IPv4 and IPv6", () => {
    test("are shown together, in the order that was asked for", async () => {
      const told = await rows("--sort", "lport,rport");
      expect(told.rows).toMatchObject(byPorts([...endsOf(told, 4), ...endsOf(told, 6)]));
    });

    test.each([4, 6] as const)("-%i shows one of them", async (family) => {
      const told = await rows(`-${family}`);
      expect(byPorts(told.rows)).toMatchObject(byPorts(endsOf(told, family)));
    });

    test("are printed as people write them: brackets around IPv6 addresses", async () => {
      const { lines, PORT1, PORT2 } = await run(...OWN);
      const cells = lines.map((line) => line.trim().split(/ +/));
      expect(cells).toContainEqual(["LISTEN", `${HOST}:${PORT1}`, "*:*"]);
      // Wine tells a scope of loopback, Windows does not.
      expect(cells).toContainEqual([
        "LISTEN",
        expect.stringMatching(new RegExp(`^\\[::1(%\\d+)?\\]:${PORT2}$`)),
        "*:*",
      ]);
      expect(cells).toHaveLength(1 + 6);
    });
  });

  describe("owners", () => {
    test("are told by PID and name", async () => {
      const told = await rows("-p");
      expect(told.rows).toHaveLength(6);
      const known = told.rows.filter((row) => isOwnerTold(told, row));
      expect(known.length).toBe(NATIVE ? 6 : 1);
      for (const row of known) {
        expect(row.owningPid).toBe(told.pid);
        expect(row.processName?.toLowerCase()).toBe("node.exe");
      }
      const unknown = told.rows.filter((row) => !isOwnerTold(told, row));
      for (const row of unknown) expect(row).toMatchObject({ owningPid: 0, processName: null });
    });

    test("stand in the table as PID/Program", async () => {
      const { pid, lines, CLIENT1, PORT1 } = await run("-p", "-4", ...OWN);
      expect(lines[0]).toMatch(/PID\/Program$/);
      const cells = lines.map((line) => line.trim().split(/ +/));
      const owner = expect.stringMatching(new RegExp(`^${pid}/node\\.exe$`, "i"));
      expect(cells).toContainEqual(["ESTABLISHED", `${HOST}:${CLIENT1}`, `${HOST}:${PORT1}`, owner]);
    });

    test("can be filtered by", async () => {
      const told = await rows("-4", "--columns", "pid,lport", "pid", ">", "0", "sport", "=", ":$CLIENT1");
      expect(told.rows).toEqual([{ owningPid: told.pid, localPort: told.CLIENT1 }]);
    });
  });

  describe("columns", () => {
    test("are those that were asked for, in that order", async () => {
      const told = await run("-4", "--csv", "--sort", "lport,rport", "--columns", "rport,state,lport", ...OWN);
      const expected = byPorts(endsOf(told, 4)).map((end) => `${end.remotePort},${end.state},${end.localPort}`);
      expect(told.lines).toEqual(["remotePort,state,localPort", ...expected]);
    });

    test("that there are not end the command with exit code 2", async () => {
      const { code, lines, errors } = await run("--columns", "rport,nonsense");
      expect({ code, lines }).toEqual({ code: 2, lines: [] });
      expect(errors[0]).toContain('There is no column "nonsense".');
    });
  });

  describe("the summary", () => {
    test("counts the states of both families", async () => {
      const { code, lines } = await run("-s", ...OWN);
      expect(code).toBe(0);
      const cells = lines.map((line) => line.trim().split(/ +/));
      expect(cells.slice(0, 4)).toEqual([
        ["State", "IPv4", "IPv6", "Total"],
        ["LISTEN", "1", "1", "2"],
        ["ESTABLISHED", "2", "2", "4"],
        ["Total", "3", "3", "6"],
      ]);
    });

    test("has TCP's statistics, which count its connections", async () => {
      const { lines } = await run("-s", "--json", ...OWN);
      const { states, statistics } = JSON.parse(lines.join("\n"));
      expect(states).toEqual([
        { state: "LISTEN", count: 2, ipv4: 1, ipv6: 1 },
        { state: "ESTABLISHED", count: 4, ipv4: 2, ipv6: 2 },
      ]);
      expect(statistics).toMatchObject([{ family: 4 }, { family: 6 }]);
      for (const { source, currEstab, activeOpens } of statistics) {
        expect(source).toMatch(/^Iphlpapi\.dll GetTcpStatisticsEx2?$/);
        expect(currEstab).toBeGreaterThanOrEqual(2);
        expect(activeOpens).toBeGreaterThanOrEqual(1);
      }
    });
  });

  describe("close", () => {
    test("asks, and closes nothing where there is nobody to ask", async () => {
      const { code, lines, errors } = await run("close", ...OWN);
      expect({ code, lines }).toEqual({ code: 2, lines: [] });
      expect(errors).toEqual([expect.stringContaining("no terminal to ask on")]);
    });

    test("says of each IPv6 connection that Windows can't, and leaves listeners open", async () => {
      const { code, lines, errors, PORT2, CLIENT2 } = await run("close", "--yes", "-6", ...OWN);
      expect({ code, lines }).toEqual({ code: 1, lines: [] });
      expect(errors[0]).toContain("1 listening socket matches and stays open.");
      const refusals = errors.slice(1).toSorted();
      expect(refusals).toHaveLength(2);
      for (const refusal of refusals) expect(refusal).toMatch(/was not closed: ERROR_NOT_SUPPORTED \(50\)/);
      for (const port of [PORT2, CLIENT2]) expect(refusals.join("\n")).toContain(`]:${port} to `);
    });

    // Wine's SetTcpEntry succeeds and does nothing, which a second look shows. What else may happen is for Windows to show.
    test("close says of each IPv4 connection what SetTcpEntry answered, and whether it is gone", async () => {
      const { code, lines, errors, PORT1, CLIENT1 } = await run("close", "--yes", "-4", ...OWN);
      const [from, to] = [`${HOST}:${PORT1}`, `${HOST}:${CLIENT1}`];
      const told = [...lines, ...errors.slice(1)];
      for (const [local, remote] of [
        [from, to],
        [to, from],
      ]) {
        const line = told.find((one) => one.includes(`${local} to ${remote}`));
        // To reset one end may end the other before its turn; without an administrator's rights both are refused.
        if (NATIVE) expect(line).toMatch(/^Closed |was not closed: ERROR_\w+ \((5|317)\)/);
        else
          expect(line).toBe(
            `tcptable: ${local} to ${remote} is still there, ESTABLISHED, although the system said that it closed it: Wine's SetTcpEntry, for one, does nothing.`,
          );
      }
      expect(code).toBe(lines.length === 2 ? 0 : 1);
    });
  });
});
