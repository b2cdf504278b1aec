import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { TcpRow } from "../../src/decoder/table/row.js";
import { type OpenedConnections, openConnections } from "../support/connections.js";
import { describeWith } from "../support/needs.js";
import { openWindows, WINDOWS, type Windows } from "../support/windows.js";

const ENGINES = ["wasm", "plain"];

/** States settle a moment after the calls that bring them about; each look takes up to seconds under Wine. */
const SETTLED = { timeout: 40_000, interval: 200 };

/** The rows that must be there, as the library and the command tell them. */
function expectedRows({ host, ends }: OpenedConnections): TcpRow[] {
  return inOrder(
    ends.map(({ state, localPort, remotePort }) => ({
      state,
      localAddress: host,
      localPort,
      remoteAddress: state === "LISTEN" ? "0.0.0.0" : host,
      remotePort,
    })),
  );
}

/** The connections' rows of a table, which has others' rows too. */
function rowsOf({ host, port }: OpenedConnections, rows: readonly TcpRow[]): TcpRow[] {
  const theirs = (row: TcpRow) => row.localAddress === host && (row.localPort === port || row.remotePort === port);
  return inOrder(rows.filter(theirs));
}

function inOrder(rows: readonly TcpRow[]): TcpRow[] {
  return rows.toSorted((a, b) => a.localPort - b.localPort || a.remotePort - b.remotePort);
}

/** A row as the command prints it: as the library gives it, and its family. */
type PrintedRow = TcpRow & { readonly family: number };

/** The rows as the library gives them. Each says that it is IPv4 if its addresses are. */
function withoutFamily(rows: readonly PrintedRow[]): TcpRow[] {
  return rows.map(({ family, ...row }) => {
    expect(family).toBe(row.localAddress.includes(":") ? 6 : 4);
    return row;
  });
}

describe("the Windows parts that the tests run under Wine", () => {
  test("are the versions that the package is locked to", () => {
    const lockOf = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).packages;
    const [tested, own] = [lockOf("node/package-lock.json"), lockOf("../../package-lock.json")];
    for (const name of ["koffi", "@koromix/koffi-win32-x64", "commander"]) {
      const path = `node_modules/${name}`;
      expect(tested[path].integrity, name).toBeTypeOf("string");
      expect(tested[path].integrity, name).toBe(own[path].integrity);
    }
  });
});

describeWith(WINDOWS, "on Windows' own Node, koffi and Iphlpapi.dll", () => {
  let windows: Windows;
  let opened: OpenedConnections;

  beforeAll(() => {
    windows = openWindows("test/wine/programs");
  });
  afterAll(async () => await windows?.close());

  // For each test anew, and on an address of its own: TIME-WAIT ends after a minute, and ports are used again before.
  beforeEach(async () => {
    opened = await openConnections({ established: 3, halfClosed: 2, timeWait: 2 });
  });
  afterEach(() => opened.close());

  /** Runs a program that must succeed, and parses the JSON that it prints. */
  async function json(path: string, ...words: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await windows.node(path, ...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout);
  }

  interface Report {
    readonly attempts: number;
    readonly again: number;
    readonly nanoseconds: number;
    readonly rows: readonly TcpRow[];
  }

  async function report(host: string, engine: string): Promise<Report> {
    return (await json("test/wine/programs/rows.mjs", host, engine)) as Report;
  }

  async function command(...words: readonly string[]): Promise<TcpRow[]> {
    return withoutFamily((await json("dist/cli/tcptable.cjs", "--json", ...words)) as PrintedRow[]);
  }

  describe.each(ENGINES)("the library with the %s engine", (engine) => {
    test("tells the connections' addresses, ports and states", async () => {
      await vi.waitFor(async () => {
        const told = await report(opened.host, engine);
        expect(told).toMatchObject({
          platform: "win32",
          source: "Iphlpapi.dll GetTcpTable",
          engine,
          layout: "MIB_TCPTABLE",
        });
        expect(told.nanoseconds).toBeGreaterThan(0);
        expect(rowsOf(opened, told.rows)).toEqual(expectedRows(opened));
      }, SETTLED);
    });
  });

  test("the connections are in five states", () => {
    const states = new Set(expectedRows(opened).map(({ state }) => state));
    expect(states).toEqual(new Set(["LISTEN", "ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT", "TIME-WAIT"]));
  });

  test("a few thousand connections outgrow the first buffer, and all of them are there", async () => {
    const crowd = await openConnections({ established: 1200, halfClosed: 200, timeWait: 200 });
    try {
      for (const engine of ENGINES) {
        await vi.waitFor(async () => {
          const { attempts, again, rows } = await report(crowd.host, engine);
          expect(rowsOf(crowd, rows)).toEqual(expectedRows(crowd));
          expect(attempts).toBeGreaterThan(1);
          // The next sample goes straight into the buffer that has grown.
          expect(again).toBe(1);
        }, SETTLED);
      }
    } finally {
      await crowd.close();
    }
  });

  describe("the command", () => {
    test("prints every row as JSON, as a process of its own", async () => {
      await vi.waitFor(async () => {
        const { code, stdout, stderr } = await windows.startNode({}, "dist/cli/tcptable.cjs", "--json");
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        expect(rowsOf(opened, withoutFamily(JSON.parse(stdout)))).toEqual(expectedRows(opened));
      }, SETTLED);
    });

    test.each([
      ["state listening", ["LISTEN"]],
      ["state established", ["ESTABLISHED"]],
      ["state connected exclude time-wait", ["ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT"]],
      ["state time-wait", ["TIME-WAIT"]],
    ])("filters: %s", async (filter, states) => {
      const expected = expectedRows(opened).filter(({ state }) => states.includes(state));
      expect(expected).not.toEqual([]);
      expect(rowsOf(opened, await command(...filter.split(" "), "src", opened.host))).toEqual(expected);
    });

    test("filters by port, and sorts in both engines", async () => {
      const filter = ["sport", "=", `:${opened.port}`, "and", "not", "state", "listening"];
      const ports = expectedRows(opened)
        .filter(({ state, localPort }) => localPort === opened.port && state !== "LISTEN")
        .map(({ remotePort }) => remotePort);
      for (const engine of ENGINES) {
        const rows = await command("--engine", engine, "--sort", "-rport", ...filter, "src", opened.host);
        expect(rows.map(({ remotePort }) => remotePort)).toEqual(ports.toReversed());
      }
    });

    test("prints an aligned table, whatever order it is asked for in", async () => {
      for (const order of [[], ["--order"]]) {
        const { code, stdout, stderr } = await windows.node("dist/cli/tcptable.cjs", ...order, "src", opened.host);
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        const [header = "", ...lines] = stdout.trimEnd().split("\n");
        expect(header).toMatch(/^State +Local Address:Port +Remote Address:Port$/);
        const cells = lines.map((line) => line.trim().split(/ +/));
        expect(cells).toContainEqual(["LISTEN", `${opened.host}:${opened.port}`, "*:*"]);
        for (const { state, localPort, remotePort } of expectedRows(opened)) {
          if (state !== "LISTEN")
            expect(cells).toContainEqual([state, `${opened.host}:${localPort}`, `${opened.host}:${remotePort}`]);
        }
        // Every line's colons stand where the header's do.
        const colons = (line: string) => [line.indexOf(":"), line.lastIndexOf(":")];
        for (const line of lines) expect(colons(line), line).toEqual(colons(header));
      }
    });

    test("the command asks Windows for the listeners alone where only they can match, and tells it", async () => {
      const { code, stderr } = await windows.node("dist/cli/tcptable.cjs", "--stats", "state", "listening");
      expect(code).toBe(0);
      expect(stderr).toMatch(/^source +Iphlpapi.dll GetExtendedTcpTable$/m);
      expect(stderr).toMatch(/^asked +state listening$/m);
    });

    test("ends a bad filter with exit code 2 of its process and a caret under the mistake", async () => {
      const { code, stdout, stderr } = await windows.startNode({}, "dist/cli/tcptable.cjs", "dport", "=", "=", "443");
      expect(code).toBe(2);
      expect(stdout).toBe("");
      const lines = stderr.trimEnd().split("\n");
      const at = lines.findIndex((line) => line.trim() === "^");
      expect(lines[at - 1]).toBe("  dport = = 443");
      expect(lines[at]).toBe(`${" ".repeat("  dport = ".length)}^`);
    });
  });

  test("FormatMessage explains the codes that it knows, and we the others", async () => {
    const codes = [5, 87, 0xc0000001, 1234567];
    const answers = (await json("test/wine/programs/messages.mjs", ...codes.map(String))) as {
      readonly message: string | null;
      readonly told: { readonly number: number; readonly name?: string; readonly text: string };
    }[];
    expect(answers.map(({ told }) => told.number)).toEqual(codes);
    const [denied, invalid, unsuccessful, unknown] = answers;
    for (const answer of [denied, invalid]) {
      // One line in the system's language.
      expect(answer?.message).toMatch(/^\S.+\S$/);
      expect(answer?.told.text).toBe(answer?.message);
    }
    expect(denied?.told.name).toBe("ERROR_ACCESS_DENIED");
    expect(invalid?.told.name).toBe("ERROR_INVALID_PARAMETER");
    // An NTSTATUS is none of FormatMessage's codes; should a later Windows know it, its words are better than ours.
    const text = unsuccessful?.message ?? expect.stringContaining("the table kept changing");
    expect(unsuccessful?.told).toMatchObject({ name: "STATUS_UNSUCCESSFUL", text });
    expect(unknown?.message).toBeNull();
    expect(unknown?.told.text).toBe("the system has no description of this code");
  });
});
