import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { completionsOf } from "../../src/cli/completion.js";
import { manPage } from "../../src/cli/man-page.js";
import { describeWith, program } from "../support/needs.js";
import { COMMAND, run, tcptable } from "./command.js";

/** What the words may go on with. */
const ways = (...words: string[]) =>
  completionsOf(words)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(":"))
    .map((line) => line.split("\t")[0]);

describe("how a command line may go on", () => {
  test("commands, options, their values, columns and the words of filters complete", () => {
    expect(ways("rec")).toEqual(["record", "recover"]);
    expect(ways("--so")).toEqual(["--sort"]);
    expect(ways("--engine", "")).toEqual(["wasm", "plain"]);
    expect(ways("--columns", "pid,pro")).toEqual(["pid,process"]);
    expect(ways("state", "es")).toEqual(["established"]);
    expect(ways("sp")).toEqual(["sport"]);
    expect(ways("sport", "=", ":80", "an")).toEqual(["and"]);
    expect(ways("events", "--every", "1s", "exclude", "listen")).toEqual(["listening"]);
    expect(ways("record", "now.mcap", "st")).toEqual(["state"]);
    expect(ways("events", "--utc", "--nd")).toEqual(["--ndjson"]);
    expect(ways("completion", "f")).toEqual(["fish"]);
  });

  test("names of files are the shell's", () => {
    expect(completionsOf(["replay", "ni"])).toBe(":0\n");
    expect(completionsOf(["export", "night.mcap", "ni"])).toBe(":0\n");
    expect(completionsOf(["replay", "--at", ""])).not.toBe(":0\n");
  });

  test("a shell that there is none of is a mistake", () => {
    expect(tcptable(["completion", "csh"])).toMatchObject({ code: 2, stdout: "" });
  });
});

const folder = mkdtempSync(join(tmpdir(), "tcptable-completion-"));
writeFileSync(join(folder, "tcptable"), `#!/bin/sh\nexec "${process.execPath}" "${COMMAND}" "$@"\n`, { mode: 0o755 });
afterAll(() => rmSync(folder, { recursive: true }));
const inShell = (shell: string, ...words: string[]) =>
  run(shell, words, { PATH: `${folder}:${process.env.PATH}`, HOME: folder });

describeWith([program("bash", "apt-get install bash")], "in bash", () => {
  test("the script can be read twice, and completes without bash-completion", () => {
    const { stdout, stderr, code } = inShell(
      "bash",
      "--norc",
      "-c",
      `compopt() { :; }
      eval "$(tcptable completion bash)" && eval "$(tcptable completion bash)" || exit
      COMP_WORDS=(tcptable state es) COMP_CWORD=2
      __tcptable_complete; echo "\${COMPREPLY[@]}"; complete -p tcptable`,
    );
    expect(stderr).toBe("");
    expect(stdout).toBe("established\ncomplete -o default -F __tcptable_complete tcptable\n");
    expect(code).toBe(0);
  });
});

describeWith([program("fish", "apt-get install fish")], "in fish", () => {
  test("the script completes", () => {
    const { stdout } = inShell("fish", "-c", 'tcptable completion fish | source; complete -C "tcptable state es"');
    expect(stdout.trim()).toBe("established");
  });
});

describeWith([program("zsh", "apt-get install zsh")], "in zsh", () => {
  test("the script is one that compinit takes", () => {
    const line = "autoload -U compinit && compinit -u -D; source <(tcptable completion zsh); echo $_comps[tcptable]";
    expect(inShell("zsh", "-f", "-c", line)).toMatchObject({ stdout: "_tcptable\n", stderr: "" });
  });
});

describe("the manual page", () => {
  const page = manPage("1.2.3");

  test("the manual page has every command and option that --help has", () => {
    for (const name of ["events", "watch", "close", "record", "recover", "replay", "scan", "info", "export"])
      expect(page).toContain(`.SS "tcptable ${name}"`);
    const options = [...tcptable(["--help"]).stdout.matchAll(/^ {2}(-[^ ].*?) {2}/gm)].map(([, option = ""]) =>
      option.trim(),
    );
    expect(options.length).toBeGreaterThan(20);
    for (const option of options) expect(page).toContain(`.B "${option.replaceAll("-", "\\-")}"`);
  });

  test("the built manual page is that one, of the package's version", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(readFileSync(join(COMMAND, "../tcptable.1"), "utf8")).toBe(manPage(version));
  });
});

describeWith([program("groff", "apt-get install groff-base")], "the manual page in groff", () => {
  test("groff takes the manual page without a warning", () => {
    const file = join(folder, "page.1");
    writeFileSync(file, manPage("1.2.3"));
    const { stdout, stderr } = run("groff", ["-man", "-Kutf8", "-Tutf8", "-ww", file]);
    expect(stderr).toBe("");
    expect(stdout).toContain("tcptable");
  });
});
