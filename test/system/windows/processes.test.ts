import { afterAll, beforeAll, expect, test } from "vitest";
import { UnsupportedSystemError } from "../../../src/system/errors.js";
import { openWindowsProcessNames } from "../../../src/system/windows/processes.js";
import { describeWith } from "../../support/needs.js";
import { C_COMPILER } from "../../support/scripted-library.js";
import { ScriptedSystem } from "../../support/scripted-system.js";

const SERVER = { pid: 1200, created: 0x01dabcde_fedcba98n, path: "C:\\Program Files\\Größe 🚀\\server.exe" };
const SHELL = { pid: 1204, created: 0x01dabcde_fedcba98n, path: "\\Device\\shell.exe" };

describeWith([C_COMPILER], "names of Windows' processes, scripted", () => {
  let system: ScriptedSystem;

  beforeAll(() => {
    system = new ScriptedSystem();
  });
  afterAll(() => system?.remove());

  test("are the last part of the path", () => {
    system.processes(SERVER, SHELL);
    const names = openWindowsProcessNames({ library: system.path });
    expect(names.nameOf(1200)).toBe("server.exe");
    expect(names.pathOf(1200)).toBe(SERVER.path);
    expect(names.nameOf(1204)).toBe("shell.exe");
    expect(system.processCalls).toEqual({ opened: 2, closed: 2, images: 2, access: 0x1000 });
  });

  test("are asked for once, and checked once a sample", () => {
    system.processes(SERVER);
    const names = openWindowsProcessNames({ library: system.path });
    for (let sample = 1; sample <= 5; sample++) {
      for (let row = 0; row < 10; row++) expect(names.nameOf(1200)).toBe("server.exe");
      expect(system.processCalls).toMatchObject({ opened: sample, closed: sample, images: 1 });
      names.refresh();
    }
  });

  test.each([
    ["low", SERVER.created + 1n],
    ["high", SERVER.created + 0x1_00000000n],
  ])("a PID that is used again has the new process's name (its start differs in the %s half)", (_, created) => {
    system.processes(SERVER);
    const names = openWindowsProcessNames({ library: system.path });
    expect(names.nameOf(1200)).toBe("server.exe");
    system.processes({ pid: 1200, created, path: "C:\\other.exe" });
    names.refresh();
    expect(names.nameOf(1200)).toBe("other.exe");
    expect(names.pathOf(1200)).toBe("C:\\other.exe");
  });

  test("what no sample asks for is forgotten, so that names do not pile up", () => {
    system.processes(SERVER, SHELL);
    const names = openWindowsProcessNames({ library: system.path });
    for (const pid of [1200, 1204]) names.nameOf(pid);
    names.refresh();
    names.nameOf(1204);
    names.refresh();
    expect([names.nameOf(1200), names.nameOf(1204)]).toEqual(["server.exe", "shell.exe"]);
    expect(system.processCalls).toMatchObject({ opened: 5, images: 3 });
  });

  test("a process that has ended has no name any more", () => {
    system.processes(SERVER);
    const names = openWindowsProcessNames({ library: system.path });
    expect(names.nameOf(1200)).toBe("server.exe");
    system.processes();
    names.refresh();
    expect(names.nameOf(1200)).toBeUndefined();
    expect(names.pathOf(1200)).toBeUndefined();
    system.processes(SERVER);
    names.refresh();
    expect(names.nameOf(1200)).toBe("server.exe");
  });

  test("a process that may not be opened, or whose path is hidden, has no name, and no handle stays open", () => {
    system.processes({ ...SERVER, path: "" });
    const names = openWindowsProcessNames({ library: system.path });
    expect(names.nameOf(1200)).toBeUndefined();
    expect(names.pathOf(1200)).toBeUndefined();
    expect(names.nameOf(99)).toBeUndefined();
    expect(system.processCalls).toMatchObject({ opened: 1, closed: 1 });
  });

  test("the kernel's own two have names, and are never opened", () => {
    system.processes({ ...SERVER, pid: 4 }, { ...SERVER, pid: 0 });
    const names = openWindowsProcessNames({ library: system.path });
    expect([names.nameOf(0), names.nameOf(4)]).toEqual(["System Idle Process", "System"]);
    expect([names.pathOf(0), names.pathOf(4)]).toEqual([undefined, undefined]);
    expect(system.processCalls.opened).toBe(0);
  });

  test("the start of a process is its FILETIME of creation as milliseconds since 1970", () => {
    // 2024-03-10T00:41:30.123Z, and 4567 × 100 ns more, which are cut.
    const created = 116_444_736_000_000_000n + 1_710_031_290_123n * 10_000n + 4_567n;
    system.processes({ ...SERVER, created }, { ...SHELL, created: 0n });
    const names = openWindowsProcessNames({ library: system.path });
    expect(names.startOf(1200)).toBe(1_710_031_290_123);
    expect([names.startOf(1204), names.startOf(99), names.startOf(0), names.startOf(4)]).toEqual(
      Array(4).fill(undefined),
    );
    system.processes({ ...SERVER, created: created + 10_000n });
    expect(names.startOf(1200)).toBe(1_710_031_290_123);
    names.refresh();
    expect(names.startOf(1200)).toBe(1_710_031_290_124);
    expect(system.processCalls).toMatchObject({ opened: 1, closed: 1 });
  });

  test("need their library", () => {
    expect(() => openWindowsProcessNames({ library: "no-such-kernel32" })).toThrow(UnsupportedSystemError);
  });
});
