import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCapture } from "../../src/capture/capture.js";
import { openFileReadable } from "../../src/capture/node-file.js";
import { Client, mustBeClient } from "../live/client.js";
import { rowOf } from "../live/scripted-source.js";
import { describeWith, operatingSystem } from "../support/needs.js";
import { record } from "../support/recordings.js";
import { COMMAND, tcptable } from "./command.js";

let folder = "";
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-view-"));
});
afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  rmSync(folder, { recursive: true });
});

/** Starts the command, and waits for its link. */
async function startView(words: readonly string[], environment: Record<string, string> = {}) {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [COMMAND, "view", ...words], { cwd: folder, env });
  children.push(child);
  let stderr = "";
  child.stderr.on("data", (part) => {
    stderr += part;
  });
  const exit = once(child, "exit");
  const line = once(createInterface(child.stdout), "line");
  const [first] = (await Promise.race([line, exit])) as unknown[];
  if (typeof first !== "string") throw new Error(`The command ended: ${stderr}`);
  const link = new URL(first);
  const traded = await fetch(link, { redirect: "manual" });
  const headers = { Cookie: (traded.headers.get("set-cookie") ?? "").split(";")[0] as string, Origin: link.origin };
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const [code] = await exit;
    return { code, stderr };
  };
  return { link, port: Number(link.port), headers, stop };
}

async function recordingAt(path: string): Promise<void> {
  const file = await record([{ ipv4: { rows: [rowOf(1)] } }, { ipv4: { rows: [rowOf(1), rowOf(2)] } }]);
  writeFileSync(path, file.bytes);
}

describe("tcptable view", () => {
  test("is refused with a command line that can't be followed, and says why", () => {
    for (const [words, why] of [
      [["--port", "65536"], "A port is a number from 0 to 65535"],
      [["--port", "x"], "A port is a number from 0 to 65535"],
      [["--every", "0"], "A duration is from 1 ms"],
      [["a.mcap", "b.mcap"], "too many arguments"],
      [["a.mcap", "--record"], "A recording is shown as it is"],
      [["a.mcap", "-p"], "A recording is shown as it is"],
      [["a.mcap", "--every", "1s"], "A recording is shown as it is"],
      [["--opn"], "unknown option"],
    ] as const) {
      const { code, stdout, stderr } = tcptable(["view", ...words]);
      expect([words, code, stdout]).toEqual([words, 2, ""]);
      expect(stderr).toContain(why);
    }
  });

  test("has a help of at most 80 columns, which the command's own help leads to", () => {
    const { code, stdout } = tcptable(["view", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("tcptable view [options] [file]");
    expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(tcptable(["--help"]).stdout).toContain("tcptable view [options] [file]");
  });

  test("says what it can't show: no file, a folder, another file", () => {
    const other = join(folder, "other.mcap");
    writeFileSync(other, "no recording, but long enough to be one");
    for (const [path, why] of [
      [join(folder, "none.mcap"), "ENOENT"],
      [folder, "EISDIR"],
      [other, `tcptable: ${other} is no recording of tcptable.`],
    ] as const) {
      const { code, stdout, stderr } = tcptable(["view", "--no-open", path]);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(why);
    }
  });

  test("says that a port is taken", async () => {
    await recordingAt(join(folder, "a.mcap"));
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const { code, stderr } = tcptable(["view", "--no-open", "--port", String(port), join(folder, "a.mcap")]);
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toContain("EADDRINUSE");
  });

  test("serves a recording to whoever has the link that it prints, says nothing else to a pipe, and ends with 0", async () => {
    await recordingAt(join(folder, "a.mcap"));
    const { link, headers, stop } = await startView(["--no-open", "a.mcap"]);
    expect(link.hash).toBe("#file=/recording/a.mcap");
    const address = new URL("/recording/a.mcap", link);
    expect((await fetch(address)).status).toBe(401);
    const answer = await fetch(address, { headers: { ...headers, Range: "bytes=1-4" } });
    expect([answer.status, await answer.text()]).toEqual([206, "MCAP"]);
    expect(await stop("SIGINT")).toEqual({ code: 0, stderr: "" });
  });
});

describeWith([operatingSystem("linux")], "tcptable view on Linux", () => {
  test("shows this machine live, records at the same time, and SIGTERM leaves a whole file", async () => {
    const { link, port, headers, stop } = await startView(["--no-open", "--every", "20ms", "--record", "-4"]);
    expect(link.hash).toBe("#live");
    const client = mustBeClient(await Client.open({ port }, { headers }));
    await client.until(() => client.samples.length >= 5);
    const [hello] = client.told("hello");
    expect(hello?.metadata).toMatchObject({ system: "linux", every: 20, owner: "", filter: "" });
    const to = client.told("recording").at(-1)?.to as string;
    expect(to).toMatch(/^tcptable-\d{8}-\d{6}\.mcap$/);
    const closed = once(client.socket, "close");
    const { code, stderr } = await stop("SIGTERM");
    await closed;
    expect(code).toBe(0);
    expect(stderr).toBe(`tcptable: Recording into ${to}.\ntcptable: The recording ${to} is whole.\n`);
    const readable = await openFileReadable(join(folder, to));
    const { samples, intact } = await openCapture(readable);
    await readable.close();
    expect(samples).toBeGreaterThan(1);
    expect(intact.complete).toBe(true);
    expect(readdirSync(folder)).toEqual([to]);
  });

  test("opens the browser with a link that holds once, and is no shell's word", async () => {
    await recordingAt(join(folder, "a $(touch b);.mcap"));
    const told = join(folder, "told");
    const opener = join(folder, "xdg-open");
    writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$#" "$1" > ${told}.part && mv ${told}.part ${told}\n`);
    chmodSync(opener, 0o755);
    const { link, stop } = await startView(["a $(touch b);.mcap"], { PATH: `${folder}:${process.env.PATH}` });
    while (!existsSync(told)) await new Promise((resolve) => setTimeout(resolve, 5));
    const [count, address = ""] = readFileSync(told, "utf8").split("\n");
    expect(count).toBe("1");
    expect(existsSync(join(folder, "b"))).toBe(false);
    const opened = new URL(address);
    expect([opened.origin, opened.hash]).toEqual([link.origin, link.hash]);
    expect(opened.search).not.toBe(link.search);
    expect((await fetch(opened, { redirect: "manual" })).status).toBe(303);
    expect((await fetch(opened, { redirect: "manual" })).status).toBe(403);
    expect((await stop("SIGHUP")).code).toBe(0);
  });

  test("says so where there is no browser, and serves all the same", async () => {
    await recordingAt(join(folder, "a.mcap"));
    const { link, headers, stop } = await startView(["a.mcap"], { PATH: folder });
    expect((await fetch(new URL("/recording/a.mcap", link), { headers })).status).toBe(200);
    const { code, stderr } = await stop("SIGTERM");
    expect([code, stderr]).toEqual([0, "tcptable: No browser could be opened: open the link yourself.\n"]);
  });
});
