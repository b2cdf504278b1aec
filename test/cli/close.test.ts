import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { refusalText } from "../../src/cli/close.js";
import type { ConnectionRow } from "../../src/cli/column-names.js";
import { freshHost } from "../support/connections.js";
import { describeWith, operatingSystem, program, type Requirement } from "../support/needs.js";
import { type Outcome, shell, tcptable } from "./command.js";

const LINUX = operatingSystem("linux");
const SCRIPT = program("script", "apt-get install bsdutils");
/** Nobody else may close connections; what these are told is tested, too. */
const ROOT: Requirement = {
  ...{ what: "the administrator's rights", howToGet: "run the tests as root", mendable: false },
  present: process.getuid?.() === 0,
} as Requirement;

const HOST = freshHost();

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
  expect(tcptable(["close", "--yes", "src", HOST, "dst", "203.0.113.1"])).toEqual({
    code: 0,
    stdout: "",
    stderr: "tcptable: There is no connection to close.\n",
  });
});

test("a refusal has the connection, the system's code and its meaning, and what to do", () => {
  const row: ConnectionRow = {
    state: "ESTABLISHED",
    localAddress: "fe80::1",
    localPort: 50123,
    remoteAddress: "2001:db8::1",
    remotePort: 443,
    localScopeId: 2,
    remoteScopeId: 0,
  };
  const code = { number: 5, name: "ERROR_ACCESS_DENIED", text: "Access is denied.\r\n" };
  expect(refusalText(row, { closed: false, code, advice: "Run it as administrator." })).toBe(
    "[fe80::1%2]:50123 to [2001:db8::1]:443 was not closed: ERROR_ACCESS_DENIED (5): Access is denied. Run it as administrator.",
  );
  const unknown = { number: 4711, name: undefined, text: "no description" };
  expect(refusalText(row, { closed: false, code: unknown, advice: "Try again." })).toMatch(
    /unknown code \(4711\): no description\. Try again\.$/,
  );
});

describeWith([LINUX], "a live connection", () => {
  let server: Server;
  let client: Socket;
  let accepted: Socket;
  let port: number;
  let errors: string[];

  beforeEach(async () => {
    errors = [];
    server = createServer();
    server.listen({ host: HOST, port: 0 });
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
    const arrival = once(server, "connection") as Promise<[Socket]>;
    client = connect({ host: HOST, port, localAddress: HOST });
    client.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code ?? ""));
    await once(client, "connect");
    [accepted] = await arrival;
    accepted.on("error", () => {}); // the reset of the other end
  });
  afterEach(() => {
    client.destroy();
    accepted.destroy();
    server.close();
  });

  const ends = () => `${HOST}:${client.localPort} to ${HOST}:${port}`;
  const filter = () => ["src", HOST, "dport", "=", `:${port}`];
  const left = () => tcptable(["-H", ...filter()]).stdout;

  /** Answers the question on a terminal. Ends of lines there are CR LF. */
  function onTerminal(answer: string, words: readonly string[]): Outcome {
    const line = `tcptable close ${words.join(" ")}`;
    const outcome = shell(
      `export -f tcptable; printf '${answer}' | script --quiet --return --echo never --command '${line}' /dev/null`,
      { TERM: "dumb", SHELL: "/bin/bash" },
    );
    return { ...outcome, stdout: outcome.stdout.replaceAll("\r", "") };
  }

  test("without --yes and without a terminal stays open", () => {
    expect(tcptable(["close", ...filter()]).code).toBe(2);
    expect(left()).not.toBe("");
  });

  describeWith([SCRIPT], "on a terminal", () => {
    test.each(["n\\n", "\\n", "nonsense\\n", "\\004"])("stays open after the answer %j", (answer) => {
      const { code, stdout } = onTerminal(answer, ["-p", ...filter()]);
      expect(stdout).toMatch(/^State +Local Address:Port +Remote Address:Port +PID\/Program$/m);
      expect(stdout).toContain(` ${process.pid}/`);
      expect(stdout).toContain("Close this connection? [y/N]");
      expect(stdout).toContain("tcptable: Nothing was closed.");
      expect(code).toBe(1);
      expect(left()).not.toBe("");
    });

    describeWith([ROOT], "as root", () => {
      test("is closed after yes", async () => {
        const { code, stdout } = onTerminal("y\\n", filter());
        expect(stdout).toContain(`Closed ${ends()}, which was ESTABLISHED.`);
        expect(code).toBe(0);
        expect(left()).toBe("");
      });
    });
  });

  describeWith([ROOT], "as root", () => {
    test("is closed with --yes, and its program is told", async () => {
      const closed = new Promise((resolve) => client.once("close", resolve));
      const { code, stdout, stderr } = tcptable(["close", "--yes", ...filter()]);
      expect(stderr).toBe("");
      expect(stdout).toBe(`Closed ${ends()}, which was ESTABLISHED.\n`);
      expect(code).toBe(0);
      expect(left()).toBe("");
      await closed;
      expect(errors).toEqual(["ECONNABORTED"]);
    });

    test("its listener stays open, unless the filter names it", async () => {
      const spared = tcptable(["close", "--yes", "src", HOST, "sport", "=", `:${port}`]);
      expect(spared.stderr).toBe(
        'tcptable: 1 listening socket matches and stays open. Only a filter that says "state listening" closes those.\n',
      );
      expect(spared.stdout).toBe(`Closed ${HOST}:${port} to ${HOST}:${client.localPort}, which was ESTABLISHED.\n`);
      expect(spared.code).toBe(0);
      expect(tcptable(["-l", "-H", "src", HOST]).stdout).toContain(`${HOST}:${port}`);

      const meant = tcptable(["close", "--yes", "state", "listening", "src", HOST]);
      expect(meant).toEqual({ code: 0, stdout: `Closed ${HOST}:${port} to *:*, which was LISTEN.\n`, stderr: "" });
      expect(tcptable(["-l", "-H", "src", HOST]).stdout).toBe("");
    });

    test("both ends: what the first one's reset has ended is told as such", () => {
      const { code, stdout, stderr } = tcptable(["close", "--yes", "state", "established", "src", HOST]);
      expect(stdout).toMatch(/^Closed .* which was ESTABLISHED\.\n$/);
      expect(stderr).toMatch(/^tcptable: .* was not closed: ENOENT \(2\): .*ended meanwhile.*\n$/);
      expect(code).toBe(1);
    });

    test("another user is refused, with the reason", () => {
      const line = `setpriv --reuid 65534 --clear-groups "$NODE" "$COMMAND" close --yes ${filter().join(" ")}`;
      const { code, stdout, stderr } = shell(line);
      expect(stdout).toBe("");
      expect(stderr.startsWith(`tcptable: ${ends()} was not closed: `), stderr).toBe(true);
      expect(stderr).toMatch(/: (EPERM|EACCES) \(\d+\): .*root/);
      expect(code).toBe(1);
      expect(left()).not.toBe("");
    });
  });
});
