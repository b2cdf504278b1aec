import { execFileSync } from "node:child_process";
import { copyFileSync, linkSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.js";
import { MINGW, openWindows, WINDOWS, type Windows } from "../support/windows.js";

/** What planted.c gives instead of the system's own answers. */
const PLANTED = { address: "66.66.66.66", code: 4242 };

/** What programs/planted.mjs prints. */
interface Told {
  readonly source: string;
  readonly addresses: readonly string[];
  readonly statistics: string;
  readonly close: number | null;
  readonly module: number | null;
  readonly byName: string;
}

describeWith(
  [...WINDOWS, MINGW],
  "an Iphlpapi.dll that somebody planted beside the program and in the working directory",
  () => {
    let windows: Windows;
    let folder: string;
    let told: Told;

    beforeAll(async () => {
      windows = openWindows("test/wine/programs");
      // Beside node.exe, to be on its file system: a link takes no room.
      folder = mkdtempSync(join(windows.nodeExe, "../planted-"));
      const executable = join(folder, "node.exe");
      if (process.platform === "win32") copyFileSync(windows.nodeExe, executable);
      else linkSync(windows.nodeExe, executable);
      const source = fileURLToPath(new URL("planted.c", import.meta.url));
      execFileSync(MINGW.what, ["-shared", "-Wall", "-Wextra", "-o", join(folder, "iphlpapi.dll"), source]);
      // As on Windows: a library beside the program comes before the system's own. Wine prefers its own, unless told.
      const environment = { WINEDLLOVERRIDES: "mscoree,mshtml=;iphlpapi=n,b" };
      const place = { executable, cwd: folder, environment };
      const { code, stdout, stderr } = await windows.startNode(place, "test/wine/programs/planted.mjs");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      told = JSON.parse(stdout);
    });
    afterAll(async () => {
      await windows?.close();
      if (folder) rmSync(folder, { recursive: true, force: true });
    });

    test("is what the bare name loads: the plant works", () => {
      expect(told.byName).toBe(PLANTED.address);
    });

    test("is not read: the table is the system's, and so are the statistics", () => {
      expect(told.source).toBe("Iphlpapi.dll GetTcpTable");
      expect(told.addresses).not.toContain(PLANTED.address);
      expect(told.statistics).toMatch(/^Iphlpapi\.dll GetTcpStatisticsEx2?$/);
    });

    test("is not asked to close connections, nor for owners' modules", () => {
      expect(told.close).not.toBe(PLANTED.code);
      expect(told.module).not.toBe(PLANTED.code);
    });
  },
);
