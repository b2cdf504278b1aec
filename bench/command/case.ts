// Runs commands as whole processes, again and again.
import { spawnSync } from "node:child_process";
import type { Held } from "../collect/loopback.js";
import { rowsOfJson, rowsOfText } from "../collect/samplers.js";
import { wrongRows } from "../contestants/check.js";
import { hexadecimal, unorderedChecksumOf } from "../data/checksum.js";
import { answer } from "../process.js";
import { median } from "../results.js";

/** What a command must print: so many rows of such a checksum, each with its process where that is asked for; or a text. */
export type Expected = (Held & { readonly owners: boolean }) | { readonly pattern: string };

export interface Command {
  readonly contestant: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly expected: Expected;
}

export interface CommandsOrder {
  readonly commands: readonly Command[];
  /** How often each is run. */
  readonly samples: number;
}

/** `users:(("node",pid=1,fd=19))` or `1/node`. */
const OWNER = /\bpid=\d+|\s\d+\/\S/;

/** Nanoseconds of each, from its start to its end, its output read. They take turns: a process is short, and a machine's mood is not. */
answer(async ({ commands, samples }: CommandsOrder): Promise<number[]> => {
  for (const command of commands) check(command.contestant, run(command).toString("latin1"), command.expected);
  const times = commands.map((): number[] => []);
  for (let sample = 0; sample < samples; sample++) {
    for (const [number, command] of commands.entries()) {
      const start = performance.now();
      run(command);
      times[number]?.push((performance.now() - start) * 1e6);
    }
  }
  return times.map(median);
});

function run({ contestant, program, args }: Command): Buffer {
  const { stdout, stderr, status, error } = spawnSync(program, args, { maxBuffer: 1 << 28 });
  if (error || status !== 0) throw new Error(`"${contestant}" failed: ${error ?? stderr}`);
  return stdout;
}

function check(contestant: string, text: string, expected: Expected): void {
  if ("pattern" in expected) {
    if (!new RegExp(expected.pattern).test(text))
      throw new Error(`"${contestant}" printed something else: ${text.slice(0, 80)}`);
    return;
  }
  const rows = text.startsWith("[") ? rowsOfJson(text) : rowsOfText(text);
  const checksum = unorderedChecksumOf(rows);
  if (rows.length !== expected.rows || checksum !== expected.checksum) {
    throw wrongRows(
      contestant,
      `${hexadecimal(checksum)} (${rows.length} rows, not ${expected.rows})`,
      expected.checksum,
    );
  }
  const owned = text.split("\n").filter((line) => OWNER.test(line)).length;
  if (expected.owners && owned !== expected.rows) {
    throw new Error(`"${contestant}" told the owners of ${owned} rows, not of ${expected.rows}.`);
  }
}
