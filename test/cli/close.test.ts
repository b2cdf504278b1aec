import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isYes, resultText } from "../../src/cli/close.js";
import type { ConnectionRow } from "../../src/cli/column-names.js";
import type { ClosingResult } from "../../src/reader/closing.js";
import { describeWith, operatingSystem, program, type Requirement } from "../support/needs.js";
import { Network, OWN_NETWORK } from "../support/network.js";
import { COMMAND, type Outcome, run, tcptable } from "./command.js";

const LINUX = operatingSystem("linux");
const SCRIPT = program("script", "apt-get install bsdutils");
/** Only root can become somebody else. */
const ROOT: Requirement = {
  ...{ what: "root", howToGet: "run the tests as root", mendable: false },
  present: process.getuid?.() === 0,
} as Requirement;

describe("a command line that would close too much, or can't ask: exit code 2", () => {
  test.each([
    ["no filter", ["close"], /^tcptable: close needs a filter/],
    ["no filter, and no question", ["close", "--yes"], /^tcptable: close needs a filter/],
    ["a wrong filter", ["close", "--yes", "dprot", "=", ":1"], /^tcptable: .*dprot/],
    ["no terminal to ask on", ["close", "dst", "203.0.113.1"], /here is no terminal to ask on. Add --yes/],
    ["an option of the table", ["close", "--yes", "--json", "dst", "203.0.113.1"], /unknown option '--json'/],
  ])("%s", (_, words, message) => {
    const { code, stdout, stderr } = tcptable(words);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

test("where nothing matches, nothing is closed, and that is no failure", () => {
  expect(tcptable(["close", "--yes", "src", "203.0.113.2", "dst", "203.0.113.1"])).toEqual({
    code: 0,
    stdout: "",
    stderr: "tcptable: There is no connection to close.\n",
  });
});

describe("what became of a connection is told:", () => {
  const row: ConnectionRow = {
    ...{ state: "ESTABLISHED", localAddress: "fe80::1", localPort: 50123 },
    ...{ remoteAddress: "2001:db8::1", remotePort: 443, localScopeId: 2, remoteScopeId: 0 },
  };
  const now: ConnectionRow = { ...row, state: "TIME-WAIT" };
  const ends = "[fe80::1%2]:50123 to [2001:db8::1]:443";
  const denied = { number: 5, name: "ERROR_ACCESS_DENIED", text: "Access is denied.\r\n" };
  const unknown = { number: 4711, name: undefined, text: "no description" };

  test.each<[string, ClosingResult, string]>([
    ["that it is closed", { row, outcome: "closed" }, `Closed ${ends}, which was ESTABLISHED.`],
    ["that it had gone", { row, outcome: "gone", withPeer: false }, `${ends} had gone already.`],
    ["that it went with its peer", { row, outcome: "gone", withPeer: true }, `${ends} went with its other end.`],
    [
      "that another one is there",
      { row, outcome: "replaced", now },
      `${ends} is another connection now and was left alone.`,
    ],
    [
      "that the filter does not match it any more",
      { row, outcome: "changed", now },
      `${ends} is TIME-WAIT now, which the filter does not match, and was left alone.`,
    ],
    [
      "that it is still there",
      { row, outcome: "remains", now },
      `${ends} is still there, TIME-WAIT, although the system said that it closed it.`,
    ],
    [
      "that nobody could look",
      { row, outcome: "unverified", error: new Error("No table.") },
      `The system said that it closed ${ends}, but the table could not be read again to see: No table.`,
    ],
    [
      "a refusal with the system's code and its meaning, and what to do",
      { row, outcome: "refused", code: denied, advice: "Run it as administrator." },
      `${ends} was not closed: ERROR_ACCESS_DENIED (5): Access is denied. Run it as administrator.`,
    ],
    [
      "a refusal with an unknown code",
      { row, outcome: "refused", code: unknown, advice: "Try again." },
      `${ends} was not closed: unknown code (4711): no description. Try again.`,
    ],
  ])("%s", (_, result, text) => {
    expect(resultText(result, "linux")).toBe(text);
  });

  test("and on Windows that it may be Wine which closes nothing", () => {
    expect(resultText({ row, outcome: "remains", now: row }, "win32")).toBe(
      `${ends} is still there, ESTABLISHED, although the system said that it closed it: Wine's SetTcpEntry, for one, does nothing.`,
    );
  });
});

test.each([
  ["y", true],
  [" YES \r", true],
  ["Yes", true],
  ["yikes", false],
  ["yes, but not now", false],
  ["n", false],
  ["", false],
])("the answer %j closes: %s", (answer, closes) => {
  expect(isYes(answer)).toBe(closes);
});

describeWith([LINUX, ...OWN_NETWORK], "in a network of its own, tcptable close", () => {
  let network: Network;
  /** The client's port. */
  let port: number;

  beforeEach(async () => {
    network = await Network.open();
    port = await network.run(`
      held.listener = await listen("127.0.0.1", 8080);
      Object.assign(held, await open("127.0.0.1", 8080));
      return held.client.localPort;`);
  });
  afterEach(() => network.close());

  /** Runs the command in the network. */
  const there = (...words: readonly string[]): Outcome => {
    const [nsenter, ...flags] = network.enter;
    return run(nsenter, [...flags, process.execPath, COMMAND, ...words]);
  };
  const ends = () => `127.0.0.1:${port} to 127.0.0.1:8080`;
  const left = (...filter: readonly string[]) => there("-H", ...filter).stdout;

  test("closes a connection with --yes, and its program is told", async () => {
    const { code, stdout, stderr } = there("close", "--yes", "dport", "=", ":8080");
    expect(stderr).toBe("");
    expect(stdout).toBe(`Closed ${ends()}, which was ESTABLISHED.\n`);
    expect(code).toBe(0);
    expect(left("dport", "=", ":8080")).toBe("");
    const failed = await network.run(`
      const { client } = held;
      await new Promise((resolve) => (client.closed ? resolve() : client.once("close", resolve)));
      return failed;`);
    expect(failed).toEqual(["ECONNABORTED"]);
  });

  test("closes both ends of a connection: what the first one's reset has ended is no failure", () => {
    const { code, stdout, stderr } = there("close", "--yes", "state", "established");
    const other = `127.0.0.1:8080 to 127.0.0.1:${port}`;
    // Which of the two the kernel lists first is its own affair.
    const told = (first: string, second: string) =>
      `Closed ${first}, which was ESTABLISHED.\n${second} went with its other end.\n`;
    expect([told(other, ends()), told(ends(), other)]).toContain(stdout);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test.each([
    ["sport = :8080", `Closed 127.0.0.1:8080 to 127.0.0.1:PORT, which was ESTABLISHED.\n`],
    ["exclude synchronized", ""],
    ["exclude connected", ""],
    ["state all exclude connected", ""],
    [
      "( state listening sport = :9090 ) or sport = :8080",
      `Closed 127.0.0.1:8080 to 127.0.0.1:PORT, which was ESTABLISHED.\n`,
    ],
  ])("leaves a listener open that no word names, and says so: %s", (filter, closed) => {
    const { code, stdout, stderr } = there("close", "--yes", ...filter.split(" "));
    const nothing = closed === "" ? "tcptable: There is no connection to close.\n" : "";
    expect(stderr).toBe(
      `tcptable: 1 listening socket matches and stays open. Only a filter that says "state listening" closes those.\n${nothing}`,
    );
    expect(stdout).toBe(closed.replace("PORT", String(port)));
    expect(code).toBe(0);
    expect(left("-l")).toContain("127.0.0.1:8080");
  });

  test("closes a listener that the words name", () => {
    const outcome = there("close", "--yes", "state", "listening", "sport", "=", ":8080");
    expect(outcome).toEqual({ code: 0, stdout: "Closed 127.0.0.1:8080 to *:*, which was LISTEN.\n", stderr: "" });
    expect(left("-l")).toBe("");
  });

  test("without --yes and without a terminal closes nothing", () => {
    expect(there("close", "dport", "=", ":8080").code).toBe(2);
    expect(left("dport", "=", ":8080")).not.toBe("");
  });

  describeWith([ROOT], "for another user", () => {
    test("is refused, with the reason", () => {
      const [nsenter, ...flags] = network.enter;
      const nobody = ["setpriv", "--reuid", "65534", "--clear-groups"];
      const words = ["close", "--yes", "dport", "=", ":8080"];
      const { code, stdout, stderr } = run(nsenter, [...flags, ...nobody, process.execPath, COMMAND, ...words]);
      expect(stdout).toBe("");
      expect(stderr).toMatch(/^tcptable: .* was not closed: (EPERM|EACCES) \(\d+\): .*root.*\n$/);
      expect(stderr).toContain(ends());
      expect(code).toBe(1);
      expect(left("dport", "=", ":8080")).not.toBe("");
    });
  });

  describeWith([SCRIPT], "on a terminal", () => {
    /** Waits for the question, does what is to be done meanwhile, and answers. Ends of lines on a terminal are CR LF. */
    async function answered(answer: string, words: readonly string[], meanwhile = async () => {}): Promise<Outcome> {
      const line = [...network.enter, process.execPath, COMMAND, "close", ...words].join(" ");
      const flags = ["--quiet", "--return", "--echo", "never", "--command", line, "/dev/null"];
      const child = spawn("script", flags, { env: { ...process.env, TERM: "dumb", SHELL: "/bin/sh" } });
      let stdout = "";
      const asked = new Promise<void>((resolve) => {
        child.stdout.setEncoding("utf8").on("data", (text) => {
          stdout += text;
          if (stdout.includes("[y/N]")) resolve();
        });
      });
      const ended = once(child, "close");
      await Promise.race([asked, ended]);
      await meanwhile();
      child.stdin.end(answer);
      const [code] = (await ended) as [number | null];
      return { code, stdout: stdout.replaceAll("\r", ""), stderr: "" };
    }

    test.each(["n\n", "\n", "yikes\n", "\u0004"])(
      "shows what it would close, and closes nothing after the answer %j",
      async (answer) => {
        const { code, stdout } = await answered(answer, ["-p", "dport", "=", ":8080"]);
        expect(stdout).toMatch(/^State +Local Address:Port +Remote Address:Port +PID\/Program$/m);
        expect(stdout).toMatch(/^ESTABLISHED .* \d+\/node/m);
        expect(stdout).toContain("Close this connection? [y/N]");
        expect(stdout).toContain("tcptable: Nothing was closed.");
        expect(code).toBe(1);
        expect(left("dport", "=", ":8080")).not.toBe("");
      },
    );

    test("closes after yes", async () => {
      const { code, stdout } = await answered("y\n", ["dport", "=", ":8080"]);
      expect(stdout).toContain(`Closed ${ends()}, which was ESTABLISHED.`);
      expect(code).toBe(0);
      expect(left("dport", "=", ":8080")).toBe("");
    });

    test("leaves alone a connection that was reset and made anew from the same port while it asked", async () => {
      await network.run(`
        const ended = once(held.server, "end");
        held.client.end();
        await ended;`);
      const reopen = async () => {
        await network.run(`
          const reset = once(held.client, "close");
          held.client.resetAndDestroy();
          await reset;
          Object.assign(held, await open("127.0.0.1", 8080, ${port}));`);
      };
      const { code, stdout } = await answered("y\n", ["state", "close-wait", "sport", "=", ":8080"], reopen);
      expect(stdout).toContain(`127.0.0.1:8080 to 127.0.0.1:${port} is another connection now and was left alone.`);
      expect(code).toBe(1);
      expect(left("state", "established", "sport", "=", ":8080")).not.toBe("");
    });
  });
});
