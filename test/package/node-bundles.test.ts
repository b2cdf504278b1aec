import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installed, node, packAndInstall } from "./installed.js";

const SOURCE = process.platform === "win32" ? "Iphlpapi.dll GetTcpTable" : "NETLINK_SOCK_DIAG";

/** Prints where both families' tables come from. Without a top-level await, which CommonJS has not. */
const PROGRAM = `
  import { openTcpTables } from "tcptable";
  openTcpTables().then((reader) => {
    const { sources } = reader;
    reader.close();
    console.log(JSON.stringify(sources));
  });`;

let installed: Installed;
let elsewhere: string;
beforeAll(() => {
  installed = packAndInstall();
  elsewhere = mkdtempSync(join(tmpdir(), "tcptable-bundle-"));
});
afterAll(() => {
  installed?.remove();
  if (elsewhere) rmSync(elsewhere, { recursive: true, force: true });
});

describe.each([
  ["cjs", "bundle.cjs"],
  ["esm", "bundle.mjs"],
] as const)("a program for Node, bundled by esbuild as %s", (format, name) => {
  let bundle: string;
  beforeAll(async () => {
    bundle = join(installed.folder, name);
    const { warnings } = await esbuild.build({
      absWorkingDir: installed.folder,
      entryPoints: [installed.write("node-entry.js", PROGRAM)],
      outfile: bundle,
      bundle: true,
      platform: "node",
      format,
      logLevel: "silent",
    });
    expect(warnings).toEqual([]);
  });

  test("reads the kernel's own tables, by koffi that is installed beside it, and says nothing", () => {
    const { code, stdout, stderr } = node([bundle], installed.folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual([SOURCE, expect.stringContaining(SOURCE.split(" ")[0] as string)]);
  });

  test("finds that koffi from whatever working directory", () => {
    const { code, stdout, stderr } = node([bundle], tmpdir());
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)[0]).toBe(SOURCE);
  });

  test.runIf(process.platform === "linux")(
    "says aloud, once, that koffi is not there, and does not take one from the working directory",
    () => {
      const moved = join(elsewhere, name);
      copyFileSync(bundle, moved);
      const { code, stdout, stderr } = node([moved], installed.folder);
      expect(code).toBe(0);
      expect(stderr.match(/\[TCPTABLE_NO_KOFFI\]/g), stderr).toHaveLength(1);
      expect(stderr).toContain("koffi is not there: install it, and ship node_modules/koffi beside a bundle.");
      for (const source of JSON.parse(stdout) as string[])
        expect(source).toMatch(/^\/proc\/net\/tcp6? .*koffi could not be loaded: Cannot find module 'koffi'/);
    },
  );
});
