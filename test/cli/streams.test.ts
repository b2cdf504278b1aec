import { spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshHost, type OpenedConnections, openConnections } from "../support/connections.js";
import { describeWith, operatingSystem, program } from "../support/needs.js";
import { shell, tcptable } from "./command.js";

const LINUX = operatingSystem("linux");
const SCRIPT = program("script", "apt-get install bsdutils");
const HOST = freshHost();
const ESCAPE = "\u001b[";

let opened: OpenedConnections;
beforeAll(async () => {
  // Enough rows for more than a pipe holds at once, which is 64 KiB.
  opened = await openConnections({ host: HOST, established: 500 });
});
afterAll(() => opened?.close());

describeWith([LINUX], "pipes", () => {
  test("pipes that close early end the command quietly", () => {
    expect(shell(`tcptable --json src ${HOST} | head -n 1`)).toEqual({ code: 0, stdout: "[\n", stderr: "" });
    expect(shell(`tcptable src ${HOST} | true`)).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("pipes that are slow get every byte", () => {
    const { code, stdout } = shell(`tcptable --json --sort lport,rport src ${HOST} | (sleep 0.5; cat)`);
    expect(code).toBe(0);
    expect(stdout.length).toBeGreaterThan(1 << 16);
    expect(JSON.parse(stdout)).toHaveLength(opened.ends.length);
    expect(tcptable(["--json", "--sort", "lport,rport", "src", HOST]).stdout).toBe(stdout);
  });

  test("files get the same as pipes", () => {
    const { stdout } = shell(`f=$(mktemp) && tcptable --csv src ${HOST} > "$f" && wc -l < "$f" && rm "$f"`);
    expect(Number(stdout)).toBe(opened.ends.length + 1);
  });

  test("a full disk is a failure, told in words", () => {
    const { code, stderr } = shell(`tcptable src ${HOST} > /dev/full`);
    expect(stderr).toMatch(/^tcptable: .*ENOSPC/);
    expect(code).toBe(1);
  });

  test("a closed standard output is no crash", () => {
    const { stderr } = shell(`tcptable src ${HOST} >&-`);
    expect(stderr).not.toMatch(/\bat .*\.js:/);
  });
});

describe("colour", () => {
  const words = ["-l", "src", HOST];

  test("colour is for terminals: none in a pipe", () => {
    expect(tcptable(words).stdout).not.toContain(ESCAPE);
    expect(tcptable(["-s", ...words]).stdout).not.toContain(ESCAPE);
  });

  test("colour can be forced, and refused", () => {
    const coloured = tcptable(words, { FORCE_COLOR: "1" }).stdout;
    expect(coloured).toContain(`${ESCAPE}36mLISTEN${ESCAPE}0m `);
    expect(coloured).toContain(`${ESCAPE}1mState`);
    expect(tcptable(["-s", ...words], { FORCE_COLOR: "1" }).stdout).toContain(`${ESCAPE}36mLISTEN${ESCAPE}0m`);
    const plain = tcptable(words).stdout;
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(tcptable(words, { FORCE_COLOR: "1", NO_COLOR: "1" }).stdout).toBe(plain);
    expect(tcptable(words, { FORCE_COLOR: "0" }).stdout).toBe(plain);
  });

  test("colour stays out of formats for programs", () => {
    for (const format of ["--json", "--ndjson", "--csv"])
      expect(tcptable([format, ...words], { FORCE_COLOR: "1" }).stdout).not.toContain(ESCAPE);
  });
});

describeWith([LINUX, SCRIPT], "on a terminal", () => {
  const onTerminal = (line: string, environment: Record<string, string> = {}) =>
    shell(`export -f tcptable; script --quiet --return --command '${line}' /dev/null < /dev/null`, {
      TERM: "xterm-256color",
      SHELL: "/bin/bash",
      ...environment,
    });

  test("there is colour on a terminal", () => {
    expect(onTerminal(`tcptable -l src ${HOST}`).stdout).toContain(`${ESCAPE}36mLISTEN${ESCAPE}0m`);
  });

  test("a process's name steers nothing, in any format", async () => {
    // Red, and then the mark that turns the direction: 12 bytes, of which the kernel keeps 15.
    const name = "=a\u001b[31m\u202eb";
    const program = `require("fs").writeFileSync("/proc/self/comm", ${JSON.stringify(name)});
      require("net").createServer().listen(0, "${HOST}", function () { console.log(this.address().port); });`;
    const owner = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const port = Number(await once(owner.stdout, "data"));
      const filter = ["src", HOST, "sport", "=", `:${port}`];
      // Behind the row there may be a warning: on a terminal, both come together.
      const rowOf = (words: string) => onTerminal(`tcptable -H ${words} ${filter.join(" ")}`).stdout.split(/\r?\n/)[0];
      expect(rowOf("--columns pid,process --csv")).toBe(`${owner.pid},'=a?[31m?b`);
      expect(rowOf("--columns pid,process")).toBe(`${owner.pid}/=a?[31m?b`);
      expect(rowOf("--columns process --ndjson")).toBe('{"processName":"=a\\u001b[31m\\u202eb"}');
      expect(tcptable(["--columns", "process", "-H", "--csv", ...filter]).stdout).toBe(`'${name}\n`);
      expect(tcptable(["--columns", "process", "--ndjson", ...filter]).stdout).toBe(
        '{"processName":"=a\\u001b[31m\\u202eb"}\n',
      );
    } finally {
      owner.kill();
    }
  });

  test("there is no colour with NO_COLOR, or on a terminal that has none", () => {
    for (const environment of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      const { stdout } = onTerminal(`tcptable -l src ${HOST}`, environment);
      expect(stdout).toContain("LISTEN");
      expect(stdout).not.toContain(ESCAPE);
    }
  });
});
