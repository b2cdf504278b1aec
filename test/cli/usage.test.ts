import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCommandLine } from "../../src/cli/command-line.js";
import { EXAMPLES } from "../../src/cli/help.js";
import { describeWith, operatingSystem } from "../support/needs.js";
import { record } from "../support/recordings.js";
import { shell, tcptable } from "./command.js";

const MISTAKE = /^tcptable: .*\nTry tcptable --help for the options and the filters.\n$/;

describe("a command line that can't be followed: exit code 2, a message, and no output", () => {
  test.each([
    ["an unknown option", ["--foo"], /^tcptable: unknown option '--foo'$/m],
    ["two formats", ["--json", "--csv"], /^tcptable: option '--json' cannot be used with option '--csv'$/m],
    ["two formats, turned round", ["--csv", "--ndjson"], /cannot be used with/],
    [
      "a sorted summary",
      ["-s", "--sort", "state"],
      /^tcptable: option '-s, --summary' cannot be used with option '--sort/,
    ],
    ["a limit on a summary", ["--limit", "3", "-s"], /cannot be used with option '--limit/],
    ["a negative limit", ["--limit", "-1"], /'-1' is invalid. A limit is a whole number of rows from 0 up/],
    ["a limit that is no number", ["--limit", "ten"], /'ten' is invalid/],
    ["a limit with a fraction", ["--limit=1.5"], /'1.5' is invalid/],
    ["a limit that is missing", ["--limit"], /argument missing/],
    ["an unknown column", ["--sort", "lport,-port"], /There is no column "port". The columns are: state, local, lport/],
    ["an empty column", ["--sort", "lport,"], /There is no column ""/],
    ["a property of Object", ["--sort", "toString"], /There is no column "toString"/],
    ["a sort by name", ["--sort", "process"], /can't be sorted by them: sort by pid/],
    ["an unknown column to print", ["--columns", "state,port"], /There is no column "port"/],
    ["a column twice", ["--columns", "pid,state,pid"], /The column owningPid stands there twice/],
    ["a summary of columns", ["-s", "--columns", "state"], /cannot be used with option '--columns/],
    ["a summary of processes", ["-s", "-p"], /cannot be used with option '-p, --processes'/],
    ["an unknown engine", ["--engine", "native"], /Allowed choices are wasm, plain/],
  ])("%s is a mistake with a message", (_, words, message) => {
    // Without a process for each: what becomes of a mistake is the next test.
    const parsed = parseCommandLine(words);
    expect(parsed).toMatchObject({ kind: "mistake", text: expect.stringMatching(message) });
    expect(parsed).toMatchObject({ text: expect.stringMatching(MISTAKE) });
  });

  test.each([
    [
      "a duration that is none",
      ["--every", "soon"],
      /'soon' is invalid. A duration is 500ms, 1s, 1m30s, 2h or 1d; a number/,
    ],
    ["a duration that is too short", ["--every", "0"], /'0' is invalid. A duration is from 1 ms to 24 days/],
    ["a duration that is missing", ["--for"], /argument missing/],
    ["two formats", ["--json", "--csv"], /cannot be used with option/],
    ["an option of the table", ["--sort", "lport"], /^tcptable: unknown option '--sort'/],
    ["an unknown engine", ["--engine", "native"], /Allowed choices are wasm, plain/],
    ["a wrong filter", ["dprot", "=", ":1"], /^tcptable: .*dprot/],
  ])("%s is a mistake of tcptable events with a message", (_, words, message) => {
    expect(parseCommandLine(["events", ...words])).toMatchObject({
      kind: "mistake",
      text: expect.stringMatching(message),
    });
  });

  test("a mistake ends the command with exit code 2, its message on standard error, and no output", () => {
    const { code, stdout, stderr } = tcptable(["--foo"]);
    expect(stderr).toBe("tcptable: unknown option '--foo'\nTry tcptable --help for the options and the filters.\n");
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  test("a bad filter shows the text with a caret under the mistake", () => {
    const { code, stdout, stderr } = tcptable(["sport", "=", ":80", "and", "dprot", "=", ":443"]);
    expect(stderr).toMatch(/^tcptable: /);
    const lines = stderr.split("\n");
    const at = lines.findIndex((line) => line.trim() === "^");
    expect(at).toBeGreaterThan(0);
    expect(lines[at - 1]?.indexOf("dprot")).toBe(lines[at]?.indexOf("^"));
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describeWith([operatingSystem("linux")], "a sort by a column that this system does not have", () => {
  test("a sort by a column that this system does not have ends with exit code 2", () => {
    const { code, stdout, stderr } = tcptable(["--sort", "created"]);
    expect(stderr).toMatch(/^tcptable: MIB_TCPTABLE_OWNER_PID has no createTimestamp\b.*\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe("a table that can't be read: exit code 1", () => {
  test("a system that has no table for us: exit code 1, in words", () => {
    const pretend = "data:text/javascript,Object.defineProperty(process,'platform',{value:'sunos'})";
    const { code, stdout, stderr } = tcptable([], { NODE_OPTIONS: `--import ${pretend}` });
    expect(stderr).toMatch(/^tcptable: There is no way to read the TCP table on sunos yet: .*\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});

describe("--help and --version", () => {
  test("--help tells every option, on standard output, in 80 columns", () => {
    const { code, stdout, stderr } = tcptable(["--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Usage: tcptable \[options\] \[filter…\]\n/);
    const options = `-4, --ipv4|-6, --ipv6|-l, --listening|--limit <rows>|--sort <columns>|--order
      |-p, --processes|--columns <columns>|-s, --summary|--json|--ndjson|--csv
      |-H, --no-header|--engine <name>|--stats|-a, --all|-n, --numeric|-t, --tcp|-V, --version|-h, --help`;
    for (const option of options.split(/\s*\|/)) expect(stdout).toContain(`\n  ${option} `);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(tcptable(["-h"]).stdout).toBe(stdout);
  });

  test("close has a --help of its own", () => {
    const { code, stdout, stderr } = tcptable(["close", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const option of ["-4, --ipv4", "-6, --ipv6", "-p, --processes", "-y, --yes", "-h, --help"])
      expect(stdout).toContain(`\n  ${option} `);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("events has a --help of its own, whose examples are command lines", () => {
    const { code, stdout, stderr } = tcptable(["events", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const options = `-4, --ipv4|-6, --ipv6|--every <duration>|--for <duration>|-p, --processes|--json|--ndjson|--csv
      |-H, --no-header|--utc|--engine <name>|--stats|-h, --help`;
    for (const option of options.split(/\s*\|/)) expect(stdout).toContain(`\n  ${option} `);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const examples = stdout.split("\n").filter((line) => /^ {6}tcptable /.test(line));
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples) expect(parseCommandLine(example.trim().split(" ").slice(1)).kind).toBe("events");
  });

  test("--version is the package's version", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(tcptable(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    expect(tcptable(["-V"]).stdout).toBe(`${version}\n`);
  });
});

describeWith([operatingSystem("linux")], "the documents' own commands", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tcptable-documents-"));
    // From 03:00 to 03:20 where it was recorded, which is Berlin: the documents' times are in it.
    const ticks = Array.from({ length: 1200 }, (_, tick) => ({
      ...{ ipv4: { rows: [] }, ipv6: { rows: [] } },
      time: Date.UTC(2026, 10, 23, 2, 0, tick),
    }));
    const { bytes } = await record(ticks);
    writeFileSync(join(folder, "night.mcap"), bytes);
    writeFileSync(join(folder, "broken.mcap"), bytes.subarray(0, bytes.length / 2));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const inReadme = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) => block.split("\n"));

  // What goes on until it is stopped gets an end here.
  const lines = [...EXAMPLES.split("\n"), ...inReadme].map((line) =>
    line
      .replace(/ +#.*/, "")
      .trim()
      .replace(/ --for \S+/, "")
      .replace(/^tcptable (events|record)\b/, "tcptable $1 --for 100ms"),
  );

  // `watch` takes a terminal: watch/live.test.ts gives it one.
  test.each([...new Set(lines.filter((line) => /^tcptable\b(?! watch)/.test(line)))])(
    "%s, as the documents have it, ends with exit code 0",
    (line) => {
      const { code, stderr } = shell(`cd ${folder}; ${line}`);
      // Who runs the tests may not be allowed to see every process.
      expect(stderr).toMatch(/^(tcptable: \d+ connections? belongs? to .*\n)?$/);
      expect(code).toBe(0);
    },
  );
});
