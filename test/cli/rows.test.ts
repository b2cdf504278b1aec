import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TcpRow } from "../../src/decoder/table/row.js";
import { freshHost, type OpenedConnections, openConnections } from "../support/connections.js";
import { tcptable } from "./command.js";

const HOST = freshHost();
const OURS = ["src", HOST];

let opened: OpenedConnections;
let rows: TcpRow[];
beforeAll(async () => {
  opened = await openConnections({ host: HOST, established: 3, halfClosed: 2, timeWait: 1 });
  rows = opened.ends.map(({ state, localPort, remotePort }) => {
    const remoteAddress = state === "LISTEN" ? "0.0.0.0" : HOST;
    return { state, localAddress: HOST, localPort, remoteAddress, remotePort, family: 4 };
  });
});
afterAll(() => opened?.close());

/** Rows that the command prints as JSON for our connections. */
function ask(...words: string[]): TcpRow[] {
  const { code, stdout, stderr } = tcptable([...words, "--json", ...OURS]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as TcpRow[];
}

const inOrder = (some: readonly TcpRow[]) =>
  some.toSorted((a, b) => a.localPort - b.localPort || a.remotePort - b.remotePort);

describe("the rows of real connections", () => {
  test("the rows of real connections are all there, with the right states, addresses and ports", () => {
    expect(rows).toHaveLength(12);
    expect(inOrder(ask())).toEqual(inOrder(rows));
  });

  test.each([["-a"], ["-n"], ["-t"], ["-tan4"], ["--all", "--numeric", "--tcp"]])(
    "the rows of real connections are the same with %s, which is there for habit's sake",
    (...words) => {
      expect(inOrder(ask(...words))).toEqual(inOrder(rows));
    },
  );

  test("the rows of real connections are the same from both engines", () => {
    expect(ask("--engine", "plain", "--sort", "lport,rport")).toEqual(ask("--engine", "wasm", "--sort", "lport,rport"));
    expect(tcptable(["--engine", "plain", "--stats", "--limit", "0"]).stderr).toMatch(/^engine {3}plain$/m);
  });

  test("-l leaves the listeners", () => {
    const listener = rows.filter(({ state }) => state === "LISTEN");
    expect(listener).toHaveLength(1);
    expect(ask("-l")).toEqual(listener);
    expect(ask("--listening")).toEqual(listener);
    const everywhere = JSON.parse(tcptable(["-l", "--json"]).stdout) as TcpRow[];
    expect(new Set(everywhere.map(({ state }) => state))).toEqual(new Set(["LISTEN"]));
    expect(everywhere).toContainEqual(listener[0]);
  });
});

describe("filter words", () => {
  const connected = () => rows.filter(({ remotePort }) => remotePort === opened.port);

  test("filter words can be typed without quotes, options between them", () => {
    const { stdout } = tcptable(["state", "established", "dport", "=", `:${opened.port}`, "--json", "src", HOST]);
    const expected = connected().filter(({ state }) => state === "ESTABLISHED");
    expect(expected).toHaveLength(3);
    expect(inOrder(JSON.parse(stdout) as TcpRow[])).toEqual(inOrder(expected));
  });

  test("filter words can be one quoted word, with parentheses", () => {
    const { stdout } = tcptable([`( dport = :${opened.port} ) and src ${HOST}`, "--json"]);
    expect(inOrder(JSON.parse(stdout) as TcpRow[])).toEqual(inOrder(connected()));
  });

  test("filter words know `!`", () => {
    const { stdout } = tcptable(["src", HOST, "!", "dport", "=", `:${opened.port}`, "--json"]);
    const expected = rows.filter(({ remotePort }) => remotePort !== opened.port);
    expect(expected.length).toBeGreaterThan(1);
    expect(inOrder(JSON.parse(stdout) as TcpRow[])).toEqual(inOrder(expected));
  });

  test("filter words that match nothing are no failure", () => {
    const nothing = ["src", HOST, "dst", "203.0.113.1"];
    expect(tcptable([...nothing, "--json"])).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
    expect(tcptable([...nothing, "--ndjson"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(tcptable([...nothing, "-H"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(tcptable(nothing)).toEqual({
      code: 0,
      stdout: "State  Local Address:Port  Remote Address:Port\n",
      stderr: "",
    });
  });
});

describe("order and limit", () => {
  const byPorts = () => rows.toSorted((a, b) => b.remotePort - a.remotePort || a.localPort - b.localPort);

  test.each([
    ["short names", ["--sort", "-rport,lport"]],
    ["the columns' names", ["--sort", "-remotePort,localPort"]],
    ["the filter's names", ["--sort", "-dport,sport"]],
    ["two --sort", ["--sort", "-rport", "--sort", "lport"]],
    ["--sort=", ["--sort=-rport,lport"]],
  ])("--sort takes %s", (_, words) => {
    expect(ask(...words)).toEqual(byPorts());
  });

  test("--sort state,local,lport,remote,rport takes every column", () => {
    const states = ask("--sort", "state,local,lport,remote,rport").map(({ state }) => state);
    const expected = [
      "LISTEN",
      ...Array(6).fill("ESTABLISHED"),
      "FIN-WAIT-2",
      "FIN-WAIT-2",
      "CLOSE-WAIT",
      "CLOSE-WAIT",
    ];
    expect(states).toEqual([...expected, "TIME-WAIT"]);
  });

  test("--limit gives the first of the order", () => {
    expect(ask("--sort", "-rport,lport", "--limit", "4")).toEqual(byPorts().slice(0, 4));
    expect(ask("--limit", "0")).toEqual([]);
    expect(ask("--limit", "1000")).toHaveLength(rows.length);
  });

  test("--order is GetTcpTable's order, behind what --sort asks for", () => {
    if (process.platform !== "win32") expect(ask("--order")).toEqual(inOrder(rows));
    expect(ask("--order", "--sort", "-rport,lport")).toEqual(byPorts());
  });
});

describe("formats", () => {
  const one = () => ["state", "listening", "src", HOST];

  test("--json is one array whose rows have the documented fields, in order", () => {
    const local = `"localAddress":"${HOST}","localPort":${opened.port}`;
    const remote = '"remoteAddress":"0.0.0.0","remotePort":0';
    expect(tcptable(["--json", ...one()]).stdout).toBe(`[\n{"state":"LISTEN",${local},${remote},"family":4}\n]\n`);
  });

  test("--ndjson is one such object a line", () => {
    const lines = tcptable(["--ndjson", "--sort", "lport,rport", ...OURS]).stdout.split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line) as TcpRow)).toEqual(inOrder(rows));
  });

  test("--csv has the fields' names first; -H leaves them out", () => {
    const [header, ...lines] = tcptable(["--csv", "--sort", "lport,rport", ...OURS]).stdout.split("\n");
    expect(header).toBe("state,localAddress,localPort,remoteAddress,remotePort,localScopeId,remoteScopeId");
    expect(lines).toEqual([...inOrder(rows).map((row) => `${Object.values(row).slice(0, 5).join(",")},,`), ""]);
    expect(tcptable(["--csv", "-4", ...one()]).stdout).toMatch(
      /^state,localAddress,localPort,remoteAddress,remotePort\n/,
    );
    expect(tcptable(["--csv", "-4", "-H", ...one()]).stdout).toBe(`LISTEN,${HOST},${opened.port},0.0.0.0,0\n`);
  });

  test("the table is aligned at its colons; -H leaves its header out", () => {
    const { stdout } = tcptable(["--sort", "lport,rport", ...OURS]);
    const [header = "", ...lines] = stdout.split("\n");
    expect(header).toMatch(/^State +Local Address:Port +Remote Address:Port$/);
    expect(lines.pop()).toBe("");
    const colons = (line: string) => [...line.matchAll(/:/g)].map(({ index }) => index);
    for (const line of lines) expect(colons(line)).toEqual(colons(header));
    const words = inOrder(rows).map(({ state, localPort, remotePort }) =>
      state === "LISTEN" ? `LISTEN ${HOST}:${localPort} *:*` : `${state} ${HOST}:${localPort} ${HOST}:${remotePort}`,
    );
    expect(lines.map((line) => line.replace(/ +/g, " "))).toEqual(words);
    expect(tcptable(["-H", ...one()]).stdout).toBe(`LISTEN  ${HOST}:${opened.port}  *:*\n`);
  });

  test("-s counts by state", () => {
    expect(tcptable(["-s", "-4", ...OURS]).stdout.split("\n\n")[0]).toBe(
      [
        "State        Connections",
        "LISTEN                 1",
        "ESTABLISHED            6",
        "FIN-WAIT-2             2",
        "CLOSE-WAIT             2",
        "TIME-WAIT              1",
        "Total                 12",
      ].join("\n"),
    );
    const counts = [
      { state: "FIN-WAIT-2", count: 2, ipv4: 2, ipv6: 0 },
      { state: "CLOSE-WAIT", count: 2, ipv4: 2, ipv6: 0 },
    ];
    const half = ["state", "fin-wait-2", "close-wait", ...OURS];
    expect((JSON.parse(tcptable(["-s", "--json", ...half]).stdout) as { states: unknown }).states).toEqual(counts);
    expect(tcptable(["--summary", "--ndjson", ...half]).stdout).toBe(
      counts.map((row) => `${JSON.stringify(row)}\n`).join(""),
    );
    expect(tcptable(["-s", "--csv", ...half]).stdout).toBe(
      "state,count,ipv4,ipv6\nFIN-WAIT-2,2,2,0\nCLOSE-WAIT,2,2,0\n",
    );
  });

  test("--stats goes to standard error, so that standard output stays clean", () => {
    const { code, stdout, stderr } = tcptable(["--stats", "--csv", "-4", "-H", ...one()]);
    expect(code).toBe(0);
    expect(stdout).toBe(`LISTEN,${HOST},${opened.port},0.0.0.0,0\n`);
    const lines = [
      "family   IPv4",
      "source   \\S.*",
      "asked    \\S.*",
      "engine   wasm",
      "rows     \\d+, of which 1 selected",
    ];
    const times = ["collect +\\d+\\.\\d µs in \\d+ attempts?", "decode +\\d+\\.\\d µs", "select +\\d+\\.\\d µs"];
    expect(stderr).toMatch(new RegExp(`^${[...lines, ...times].join("\n")}\n$`));
  });
});
