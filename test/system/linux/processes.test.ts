import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LinuxProcessNames, parseStat } from "../../../src/system/linux/processes.js";
import { openProcessNames } from "../../../src/system/system.js";
import { openChild } from "../../support/child.js";
import { freshHost } from "../../support/connections.js";
import { describeWith, operatingSystem } from "../../support/needs.js";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tcptable-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A line of /proc/PID/stat: the start time is field 22. */
function stat(pid: number, name: string, startTime: number | string): string {
  return `${pid} (${name}) S 1 ${Array.from({ length: 17 }, (_, field) => field + 5).join(" ")} ${startTime} 23 24 25\n`;
}

function start(pid: number, name: string, startTime: number, program?: string): void {
  mkdirSync(join(root, String(pid)), { recursive: true });
  writeFileSync(join(root, `${pid}/stat`), stat(pid, name, startTime));
  if (program) symlinkSync(program, join(root, `${pid}/exe`));
}

describe("a line of /proc/PID/stat", () => {
  test.each(["node", "a b", ") S 1 2 (", "((sd-pam))", "", "tab\tand\nline", "ä"])("%j is a name", (name) => {
    expect(parseStat(stat(42, name, 987654321098))).toEqual({ name, startTime: "987654321098" });
  });

  test.each(["", "42", "42 (node", "42 )node( S", "42 (node) S 1", stat(42, "node", "x"), stat(42, "node", "")])(
    "/proc/PID/stat: %j is no line of it",
    (text) => expect(parseStat(text)).toBeUndefined(),
  );
});

describe("process names", () => {
  test("process names are names and paths; what is not there has neither", () => {
    start(10, "server", 1000, "/usr/sbin/server");
    start(11, "kthreadd", 1);
    const names = new LinuxProcessNames(root);
    expect([names.nameOf(10), names.pathOf(10)]).toEqual(["server", "/usr/sbin/server"]);
    expect([names.nameOf(11), names.pathOf(11)]).toEqual(["kthreadd", undefined]);
    expect([names.nameOf(12), names.pathOf(12)]).toEqual([undefined, undefined]);
    start(0, "nobody", 1);
    expect(names.nameOf(0)).toBeUndefined();
  });

  test("process names are kept until refresh, and then as long as the process is the same", () => {
    start(10, "server", 1000, "/usr/sbin/server");
    const names = new LinuxProcessNames(root);
    expect([names.nameOf(10), names.pathOf(10)]).toEqual(["server", "/usr/sbin/server"]);
    rmSync(join(root, "10"), { recursive: true });
    expect([names.nameOf(10), names.pathOf(10)]).toEqual(["server", "/usr/sbin/server"]);
    // The same process: its path is not looked up again.
    start(10, "server", 1000);
    names.refresh();
    expect([names.nameOf(10), names.pathOf(10)]).toEqual(["server", "/usr/sbin/server"]);
  });

  test("process names never lie when a PID is used again, by a program of the same name even", () => {
    start(10, "server", 1000, "/usr/sbin/server");
    const names = new LinuxProcessNames(root);
    expect(names.pathOf(10)).toBe("/usr/sbin/server");
    unlinkSync(join(root, "10/exe"));
    start(10, "server", 2000, "/opt/other/server");
    names.refresh();
    expect([names.nameOf(10), names.pathOf(10)]).toEqual(["server", "/opt/other/server"]);
  });

  test("process names follow a process that becomes another program", () => {
    start(10, "sh", 1000, "/bin/sh");
    const names = new LinuxProcessNames(root);
    expect([names.nameOf(10), names.pathOf(10)]).toEqual(["sh", "/bin/sh"]);
    unlinkSync(join(root, "10/exe"));
    start(10, "server", 1000, "/usr/sbin/server");
    names.refresh();
    expect([names.nameOf(10), names.pathOf(10)]).toEqual(["server", "/usr/sbin/server"]);
  });

  test("process names are forgotten with the process, also where nobody asked at one refresh", () => {
    start(10, "server", 1000);
    const names = new LinuxProcessNames(root);
    expect(names.nameOf(10)).toBe("server");
    rmSync(join(root, "10"), { recursive: true });
    names.refresh();
    expect(names.nameOf(10)).toBeUndefined();
    start(10, "server", 1000);
    expect(names.nameOf(10)).toBe("server");
    names.refresh();
    names.refresh();
    expect(names.nameOf(10)).toBe("server");
  });
});

describe("starts of processes", () => {
  test("a process's start is the system's start and the process's clock ticks, in milliseconds", () => {
    writeFileSync(join(root, "stat"), "cpu  1 2 3\nintr 7 btime 5\nbtime 1700000000\nprocesses 12\n");
    start(10, "server", 12345);
    start(11, "server", 0);
    const names = new LinuxProcessNames(root);
    expect([names.startOf(10), names.startOf(11)]).toEqual([1_700_000_123_450, 1_700_000_000_000]);
    expect([names.startOf(12), names.startOf(0)]).toEqual([undefined, undefined]);
  });

  test("a process's start stays the same when the clock is set, and is another one when its PID is used again", () => {
    writeFileSync(join(root, "stat"), "btime 1700000000\n");
    start(10, "server", 100);
    const names = new LinuxProcessNames(root);
    expect(names.startOf(10)).toBe(1_700_000_001_000);
    writeFileSync(join(root, "stat"), "btime 1800000000\n");
    names.refresh();
    expect(names.startOf(10)).toBe(1_700_000_001_000);
    start(10, "server", 200);
    names.refresh();
    expect(names.startOf(10)).toBe(1_700_000_002_000);
  });

  test.each(["", "btime", "btime x\n", "xbtime 1\n"])(
    "with %j for /proc/stat a process has a name and no start",
    (text) => {
      writeFileSync(join(root, "stat"), text);
      start(10, "server", 100);
      const names = new LinuxProcessNames(root);
      expect([names.nameOf(10), names.startOf(10)]).toEqual(["server", undefined]);
    },
  );
});

describeWith([operatingSystem("linux")], "this machine's processes", () => {
  test("this machine's processes have the names that the kernel tells", async () => {
    const names = openProcessNames();
    const before = Date.now();
    const child = await openChild(freshHost(), "console.log(port)");
    // btime is cut to a second.
    expect(names.startOf(child.pid)).toBeGreaterThan(before - 2000);
    expect(names.startOf(child.pid)).toBeLessThan(Date.now() + 1000);
    for (const pid of [process.pid, child.pid]) {
      expect(names.nameOf(pid)).toBe(readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd());
      expect(names.pathOf(pid)).toBe(readlinkSync(`/proc/${pid}/exe`));
    }
    expect(names.pathOf(child.pid)).toBe(readlinkSync("/proc/self/exe"));
    await child.close();
    names.refresh();
    expect(names.nameOf(child.pid)).toBeUndefined();
  });
});
