import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCapture } from "../../../src/capture/capture.js";
import { openFileReadable } from "../../../src/capture/node-file.js";
import { describeWith, operatingSystem, program } from "../../support/needs.js";
import { COMMAND, run, tcptable } from "../command.js";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-record-"));
  file = join(folder, "a.mcap");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function captureOf(path: string) {
  const readable = await openFileReadable(path);
  try {
    return await openCapture(readable);
  } finally {
    await readable.close();
  }
}

async function samplesOf(path: string): Promise<number> {
  const { intact, samples } = await captureOf(path);
  expect(intact).toMatchObject({ complete: true });
  return samples;
}

describe("tcptable record", () => {
  test("is refused with a command line that can't be followed, says why, and makes no file", () => {
    for (const [words, why] of [
      [[], "missing required argument 'file'"],
      [[file, "sport", "=="], "=="],
      [[file, "--rotate", "1h"], "have the time in it"],
      [[file, "--keep", "3"], "--keep is for files that --rotate makes"],
      [[join(folder, "%Y%m%d-%H%M%S"), "--rotate", "64XB"], "as 64MB"],
      [[join(folder, "%Q")], '"%Q" in a file\'s name means nothing'],
      [[file, "--every", "0"], "A duration is from 1 ms"],
    ] as const) {
      const { code, stdout, stderr } = tcptable(["record", ...words]);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(why);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ["record", []],
    ["recover", ["broken.mcap"]],
  ])(
    "%s --zstd says which Node it takes where this one has no zstd, with exit code 1, and makes no file",
    (command, words) => {
      // A Node that has zstd loses it.
      const without = join(folder, "without-zstd.cjs");
      writeFileSync(without, 'delete require("node:zlib").zstdCompressSync;');
      expect(tcptable([command, ...words, file, "--zstd"], { NODE_OPTIONS: `--require ${without}` })).toEqual({
        code: 1,
        stdout: "",
        stderr: `tcptable: --zstd takes Node 22.15 or later: this is ${process.version}.\n`,
      });
      expect(readdirSync(folder)).toEqual(["without-zstd.cjs"]);
    },
  );

  test("has a help of at most 80 columns, and so has recover", () => {
    for (const command of ["record", "recover"]) {
      const { code, stdout } = tcptable([command, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toContain(`tcptable ${command} [options]`);
      expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
    }
  });
});

describeWith([operatingSystem("linux")], "tcptable record on Linux", () => {
  test("records for the time that it is told, says nothing where nobody looks, and tells where and how in the file", async () => {
    const outcome = tcptable(["record", file, "--every", "50ms", "--for", "400ms", "-4", "-p", "sport", "=", ":443"]);
    expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" });
    const { metadata, samples } = await captureOf(file);
    expect(samples).toBeGreaterThanOrEqual(2);
    expect(metadata).toMatchObject({ system: "linux", filter: "sport = :443", owner: "pid", every: 50 });
    expect(metadata.families.map(({ family, layout }) => [family, layout])).toEqual([[4, "LINUX_TCPTABLE"]]);
    expect(metadata.bootId).toBe(readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
    expect(metadata.host).not.toBe("");
    expect(metadata.timeZone).not.toBe("");
  });

  test("does not overwrite a file, unless it is told to", async () => {
    writeFileSync(file, "something dear");
    const { code, stderr } = tcptable(["record", file, "--for", "10ms"]);
    expect(code).toBe(1);
    expect(stderr).toBe(`tcptable: ${file} is there already. Choose another name, or --force to replace it.\n`);
    expect(readFileSync(file, "utf8")).toBe("something dear");
    expect(tcptable(["record", file, "--for", "10ms", "--force"]).code).toBe(0);
    expect(await samplesOf(file)).toBeGreaterThan(0);
  });

  test("says what the system says where no file can be made", () => {
    const { code, stderr } = tcptable(["record", join(folder, "no", "a.mcap"), "--for", "10ms"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tcptable: ENOENT: .*\n$/);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "takes a last sample at %s, and leaves a whole file",
    async (signal) => {
      const child = spawn(process.execPath, [COMMAND, "record", file, "--every", "1h"], { stdio: "ignore" });
      while (!existsSync(file)) await setTimeout(20);
      // Its first sample.
      while ((await captureOf(file).catch(() => undefined))?.samples !== 1) await setTimeout(20);
      child.kill(signal);
      expect(await once(child, "exit")).toEqual([0, null]);
      expect(await samplesOf(file)).toBe(2);
    },
  );

  test("goes on in other files as told, and keeps so many", async () => {
    const pattern = join(folder, "tcp-%Y%m%d-%H%M%S.mcap");
    const words = ["record", pattern, "--every", "10ms", "--rotate", "100ms", "--keep", "2"];
    const child = spawn(process.execPath, [COMMAND, ...words], { stdio: "ignore" });
    const seen = new Set<string>();
    for (; seen.size < 4; await setTimeout(20)) for (const name of readdirSync(folder)) seen.add(name);
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([0, null]);
    const files = readdirSync(folder);
    expect(files.length).toBe(2);
    for (const name of files) expect(await samplesOf(join(folder, name))).toBeGreaterThan(0);
  });
});

describeWith(
  [operatingSystem("linux"), program("unshare", "apt-get install util-linux")],
  "a disk that is full",
  () => {
    test("ends the recording with a clear error and exit code 1, and the file is whole", async () => {
      const disk = join(folder, "disk");
      const script = `mkdir ${disk} && mount -t tmpfs -o size=64k none ${disk} && { "$NODE" "$COMMAND" record ${disk}/a.mcap --every 2ms; code=$?; cp ${disk}/a.mcap ${file}; exit $code; }`;
      const flags = process.getuid?.() === 0 ? ["-m"] : ["-rm"];
      const { code, stderr } = run("unshare", [...flags, "sh", "-c", script], { NODE: process.execPath, COMMAND });
      expect(stderr).toMatch(
        /^tcptable: There is no room left for .*\/a\.mcap: the recording has ended\. What was recorded until then is whole\. \(ENOSPC/,
      );
      expect(code).toBe(1);
      const capture = await captureOf(file);
      expect(capture.intact.complete).toBe(true);
      expect(capture.samples).toBeGreaterThan(10);
      expect(readFileSync(file).length).toBeLessThanOrEqual(65_536);
    });
  },
);

describeWith([operatingSystem("linux")], "tcptable recover", () => {
  test("says what it kept and what it lost, and leaves the broken file as it is", async () => {
    tcptable(["record", file, "--every", "20ms", "--for", "1500ms"]);
    const all = await samplesOf(file);
    const length = readFileSync(file).length;
    truncateSync(file, Math.floor(length * 0.4));
    const broken = readFileSync(file);
    const whole = join(folder, "whole.mcap");
    const { code, stdout, stderr } = tcptable(["recover", file, whole]);
    expect([code, stderr]).toEqual([0, ""]);
    const samples = await samplesOf(whole);
    expect(samples).toBeGreaterThan(0);
    expect(samples).toBeLessThan(all);
    expect(stdout).toContain(`kept  ${samples} samples`);
    expect(stdout).toContain("lost  the last ");
    expect(stdout).toContain("why   ");
    expect(readFileSync(file)).toEqual(broken);
    expect(readdirSync(folder).sort()).toEqual(["a.mcap", "whole.mcap"]);
  });

  test("makes no file of what holds nothing, is no recording, or is not there, and overwrites none", async () => {
    const other = join(folder, "other.mcap");
    expect(tcptable(["recover", other, file])).toMatchObject({ code: 1, stdout: "" });
    writeFileSync(other, "a letter");
    const { code, stderr } = tcptable(["recover", other, file]);
    expect(code).toBe(1);
    expect(stderr).toContain("This is no recording of tcptable");
    expect(readdirSync(folder)).toEqual(["other.mcap"]);
    writeFileSync(file, "something dear");
    expect(tcptable(["recover", other, file]).stderr).toContain("is there already");
    expect(readFileSync(file, "utf8")).toBe("something dear");
  });
});
