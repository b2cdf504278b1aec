import { execFileSync } from "node:child_process";
import { expect, vi } from "vitest";

/** A terminal of its own, in which a shell runs. */
export class Tmux {
  static #count = 0;
  readonly #socket = `tcptable-${process.pid}-${Tmux.#count++}`;

  constructor(width: number, height: number) {
    const { NO_COLOR, CI, TMUX, ...inherited } = process.env;
    const env = { ...inherited, LC_ALL: "C.UTF-8", PS1: "$ " };
    const size = ["-x", String(width), "-y", String(height)];
    const words = ["-f", "/dev/null", "-u", "new-session", "-d", ...size, "sh"];
    execFileSync("tmux", ["-L", this.#socket, ...words], { env });
  }

  run(...words: readonly string[]): string {
    return execFileSync("tmux", ["-L", this.#socket, ...words], { encoding: "utf8" });
  }

  type(...keys: readonly string[]): void {
    this.run("send-keys", ...keys);
  }

  get lines(): string[] {
    return this.run("capture-pane", "-p").split("\n").slice(0, -1);
  }

  /** Waits until the screen has this. */
  async shows(what: RegExp): Promise<string[]> {
    await vi.waitFor(() => expect(this.lines.join("\n")).toMatch(what), { timeout: 10_000, interval: 50 });
    return this.lines;
  }

  /** What of the terminal's modes an application changes. */
  get modes(): string {
    return this.run("display", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag} #{mouse_any_flag}").trim();
  }

  close(): void {
    this.run("kill-server");
  }
}
