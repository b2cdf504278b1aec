import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ConnectionRow } from "../../src/cli/column-names.js";
import { parseCommandLine } from "../../src/cli/command-line.js";
import { filterText, isCalled } from "../../src/cli/filters.js";
import { countBy, groupLines } from "../../src/cli/groups.js";
import { filtersHelp } from "../../src/cli/help.js";
import { withWholeLists } from "../../src/cli/shell-words.js";
import { LinuxNumberNames } from "../../src/system/linux/number-names.js";

function parsed(line: string, platform: NodeJS.Platform = "linux") {
  const result = parseCommandLine(line.split(" "), platform);
  if (result.kind !== "arguments") throw new Error(JSON.stringify(result));
  return result.arguments;
}

describe("what people of ss and netstat type", () => {
  test("-tulpn is -lp, and says that UDP is not read", () => {
    const { processes, query, notes } = parsed("-tulpn");
    expect(processes).toBe(true);
    expect(query.filter?.expression.kind).toBe("state");
    expect(notes).toEqual([expect.stringContaining("does not read UDP")]);
  });

  test("-ano shows PIDs; on Linux it says that these are no timers, on Windows it needs no words", () => {
    expect(parsed("-ano", "win32")).toMatchObject({ owner: "pid", processes: false, notes: [] });
    expect(parsed("-ano", "linux").notes).toEqual([expect.stringContaining("timers")]);
    expect(parsed("-antp").notes).toEqual([]);
  });

  test("tcp as a word of the filter is told to be left out", () => {
    expect(parseCommandLine(["-ano", "-p", "tcp"])).toMatchObject({
      kind: "mistake",
      text: expect.stringContaining("All connections here are TCP's: leave it out."),
    });
  });
});

describe("what shells make of a command line", () => {
  test.each([
    ["--columns pid process", "--columns pid,process"],
    ["--columns pid process state established", "--columns pid,process state established"],
    ["--columns=pid process -p", "--columns=pid,process -p"],
    ["--sort remote -rport", "--sort remote,-rport"],
    ["--sort lport -l", "--sort lport -l"],
    ["--columns pid user = 0", "--columns pid user = 0"],
    ["--columns pid,process user", "--columns pid,process user"],
    ["--columns pid sport :80", "--columns pid sport :80"],
    ["--columns", "--columns"],
  ])("PowerShell's %s is %s", (given, whole) => {
    expect(withWholeLists(given.split(" "))).toEqual(whole.split(" "));
  });

  test("single quotes that cmd passes on are left out where they stand around the whole filter", () => {
    expect(filterText(["'(", "sport", "=", ":22", ")'"])).toBe("( sport = :22 )");
    expect(filterText(["process", "=", "'a", "b'"])).toBe("process = 'a b'");
    expect(filterText([])).toBe("");
  });

  test("the help tells how to quote on each system, and says sudo nowhere on Windows", () => {
    expect(filtersHelp("linux")).toContain("tcptable '( sport = :22");
    expect(filtersHelp("win32")).toMatch(/cmd: +tcptable "\(/);
    expect(filtersHelp("win32")).toMatch(/PowerShell: +tcptable '\(/);
  });

  test("a process is meant by its name; on Windows in any letters, with or without .exe", () => {
    expect(isCalled("nginx", "nginx", "linux")).toBe(true);
    expect(isCalled("nginx", "Nginx", "linux")).toBe(false);
    expect(isCalled("Nginx.exe", "nginx", "win32")).toBe(true);
    expect(isCalled("Nginx.exe", "nginx.EXE", "win32")).toBe(true);
    expect(isCalled(null, "nginx", "win32")).toBe(false);
  });
});

describe("counts", () => {
  const row = (remoteAddress: string, more: Partial<ConnectionRow> = {}): ConnectionRow => ({
    ...{ state: "ESTABLISHED", localAddress: "10.0.0.1", localPort: 1, remoteAddress, remotePort: 2 },
    ...more,
  });
  const rows = [
    row("10.0.0.2"),
    row("10.0.0.3", { localAddress: "::1" }),
    row("10.0.0.3"),
    row("0.0.0.0", { state: "LISTEN" }),
  ];

  test("counts by remote address are sorted, the most first, and a listener has none", () => {
    expect(countBy(rows, "remote", [4, 6])).toEqual([
      { remoteAddress: "10.0.0.3", count: 2, ipv4: 1, ipv6: 1 },
      { remoteAddress: "10.0.0.2", count: 1, ipv4: 1, ipv6: 0 },
      { remoteAddress: null, count: 1, ipv4: 1, ipv6: 0 },
    ]);
  });

  test("counts for people are a table", () => {
    expect([...groupLines(countBy(rows, "remote", [4]), "remote", [4], { header: true, colour: false })]).toEqual([
      "Remote Address  Connections",
      "10.0.0.3                  2",
      "10.0.0.2                  1",
      "-                         1",
    ]);
  });

  test("--by makes a summary, and does not go with what shows rows", () => {
    expect(parsed("--by process")).toMatchObject({ summary: true, by: "process", owner: "pid" });
    expect(parseCommandLine(["--by", "process", "--sort", "pid"])).toMatchObject({ kind: "mistake" });
  });
});

describe("names of Linux", () => {
  test("users and services are as their files have them, both ways; what is not there has none", () => {
    const folder = mkdtempSync(join(tmpdir(), "tcptable-names-"));
    const [users, services] = [join(folder, "passwd"), join(folder, "services")];
    writeFileSync(
      users,
      "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/:\nbad line\n+nis::::::\nalice:x:1000:1000::/:\n",
    );
    writeFileSync(
      services,
      "# https 1/tcp\nhttps 443/tcp # secure\nhttps 443/udp quic\nhttp\t80/tcp\twww\nx 99999/tcp\n",
    );
    const names = new LinuxNumberNames({ users, services });
    expect([0, 1000, 1].map((id) => names.userName(id))).toEqual(["root", "alice", undefined]);
    expect(["toor", "alice", "+nis"].map((name) => names.userId(name))).toEqual([0, 1000, undefined]);
    expect([443, 80, 99999].map((port) => names.serviceName(port))).toEqual(["https", "http", undefined]);
    expect(["HTTPS", "www", "quic", "x"].map((name) => names.servicePort(name))).toEqual([
      443,
      80,
      undefined,
      undefined,
    ]);
    rmSync(folder, { recursive: true });
    const nowhere = new LinuxNumberNames({ users, services });
    expect([nowhere.userName(0), nowhere.servicePort("https")]).toEqual([undefined, undefined]);
  });
});
