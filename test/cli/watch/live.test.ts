import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openCapture } from "../../../src/capture/capture.js";
import { openFileReadable } from "../../../src/capture/node-file.js";
import { describeWith, operatingSystem, program } from "../../support/needs.js";
import { COMMAND, tcptable } from "../command.js";
import { Tmux } from "./tmux.js";

const SHELL_MODES = "0 1 1 0";
const START = `"${process.execPath}" "${COMMAND}" watch`;

describeWith(
  [operatingSystem("linux"), program("tmux", "apt-get install tmux")],
  "tcptable watch in a terminal",
  () => {
    let tmux: Tmux;
    const open = async (width: number, height: number, words = "") => {
      tmux = new Tmux(width, height);
      await tmux.shows(/[$#]/);
      tmux.type(`${START} ${words}; echo "code $?"`, "Enter");
      await tmux.shows(/^\S+ {2}\d+ rows? /m);
      await tmux.shows(/q quit/);
    };
    afterEach(() => tmux.close());

    test.each([
      [60, 20],
      [72, 20],
      [100, 30],
      [250, 50],
    ])("at %ix%i has a title, column heads, rows and keys, each on its line", async (width, height) => {
      await open(width, height);
      const lines = await tmux.shows(/State +Local address:port/);
      expect(lines).toHaveLength(height);
      expect(lines[0]).toMatch(/ \d\d:\d\d:\d\d$/);
      expect(lines[0]).toHaveLength(width);
      expect(lines.at(-1)).toMatch(/^\/ filter .*\? help {2}q quit$/);
      tmux.type("q");
      await tmux.shows(/code 0/);
      expect(tmux.modes).toBe(SHELL_MODES);
    });

    test("follows a change of size, and says so where there is no room", async () => {
      await open(100, 30);
      tmux.run("resize-window", "-x", "50", "-y", "10");
      await tmux.shows(/^tcptable watch needs 60x8, this is 50x10$/m);
      tmux.run("resize-window", "-x", "120", "-y", "20");
      const lines = await tmux.shows(/q quit/);
      expect(lines[0]).toHaveLength(120);
    });

    test("a filter that is typed shows its mistake at once, Escape takes it back, and the help tells the keys", async () => {
      await open(100, 30);
      tmux.type("/", "dprot = 80");
      await tmux.shows(/^ {2}\^{5}\n.*dprot/m);
      tmux.type("Escape");
      await tmux.shows(/Space pause/);
      tmux.type("?");
      await tmux.shows(/S L R P A/);
    });

    test.each([
      ["Ctrl-C", (_: string) => tmux.type("C-c"), /code 0/],
      ["SIGTERM", (pid: string) => process.kill(Number(pid), "SIGTERM"), /code 0/],
      ["SIGHUP", (pid: string) => process.kill(Number(pid), "SIGHUP"), /code 0/],
    ])("leaves the terminal as it was on %s", async (_, end, message) => {
      await open(100, 30);
      expect(tmux.modes).toBe("1 0 0 1");
      const shell = tmux.run("display", "-p", "#{pane_pid}").trim();
      end(execFileSync("pgrep", ["-P", shell], { encoding: "utf8" }).trim());
      await tmux.shows(message);
      expect(tmux.modes).toBe(SHELL_MODES);
    });

    test("leaves the terminal as it was when it can't go on, and then says why", async () => {
      tmux = new Tmux(100, 30);
      const pretend = "data:text/javascript,Object.defineProperty(process,'platform',{value:'sunos'})";
      tmux.type(`NODE_OPTIONS="--import ${pretend}" ${START}; echo "code $?"`, "Enter");
      await tmux.shows(/tcptable: There is no way to [\s\S]*code 1/);
      expect(tmux.modes).toBe(SHELL_MODES);
    });

    test("w records into a file in the current folder, and the last line left tells its name and size", async () => {
      const folder = mkdtempSync(join(tmpdir(), "tcptable-watch-"));
      try {
        tmux = new Tmux(100, 30);
        tmux.type(`cd ${folder} && ${START} --every 100ms`, "Enter");
        await tmux.shows(/w record/);
        tmux.type("w");
        await tmux.shows(/● REC 0:01 .* tcptable-\d{8}-\d{6}\.mcap/);
        tmux.type("q");
        // Where the line was typed before the shell was there, its prompt stands before what comes next.
        await tmux.shows(/^(?:[#$] )?tcptable: Recorded [\d.]+ k?B into tcptable-\d{8}-\d{6}\.mcap\.$/m);
        const [name = "", ...others] = readdirSync(folder);
        expect(others).toEqual([]);
        const file = await openFileReadable(join(folder, name));
        const capture = await openCapture(file);
        expect(capture.intact).toMatchObject({ complete: true });
        expect(capture.samples).toBeGreaterThan(1);
        expect(capture.metadata).toMatchObject({ every: 100, filter: "", owner: "", system: "linux" });
        expect(capture.metadata.families.map(({ family, api }) => [family, api !== ""])).toEqual([
          [4, true],
          [6, true],
        ]);
        await file.close();
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test("Ctrl-Z gives the terminal to the shell, and fg takes it again", async () => {
      await open(100, 30);
      tmux.type("C-z");
      await vi.waitFor(() => expect(tmux.modes).toBe(SHELL_MODES), { timeout: 10_000 });
      tmux.type("fg", "Enter");
      await tmux.shows(/q quit/);
      expect(tmux.modes).toBe("1 0 0 1");
    });
  },
);

describe("tcptable watch without a terminal", () => {
  test("ends with exit code 2, and says to use events", () => {
    expect(tcptable(["watch"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "tcptable: watch needs a terminal; tcptable events prints what changes.\n",
    });
  });

  test("has a --help of its own in 80 columns", () => {
    const { code, stdout } = tcptable(["watch", "--help"]);
    expect(code).toBe(0);
    for (const option of ["-4, --ipv4", "--sort <column>", "--every <duration>", "--ascii", "--no-mouse"])
      expect(stdout).toContain(`\n  ${option} `);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("a column that it does not sort by is a mistake with a message", () => {
    expect(tcptable(["watch", "--sort", "inode"]).stderr).toMatch(
      /watch sorts by one of state, local, remote, pid, age/,
    );
  });
});
