import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The built command. */
export const COMMAND = fileURLToPath(new URL("../../dist/cli/tcptable.cjs", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** Runs the command with a plain environment: the runner's own colours must not decide ours. */
export function tcptable(words: readonly string[], environment: Environment = {}): Outcome {
  return run(process.execPath, [COMMAND, ...words], environment);
}

/** Runs a line of shell in which `tcptable` is the built command. */
export function shell(line: string, environment: Environment = {}): Outcome {
  const define = 'tcptable() { "$NODE" "$COMMAND" "$@"; }';
  return run("bash", ["-c", `set -o pipefail; ${define}; ${line}`], {
    ...environment,
    NODE: process.execPath,
    COMMAND,
  });
}

/** Runs a program with a plain environment. */
export function run(program: string, words: readonly string[], environment: Environment = {}): Outcome {
  // Node takes CI for a screen without colours.
  const { CI, NO_COLOR, FORCE_COLOR, NODE_DISABLE_COLORS, NODE_OPTIONS, ...inherited } = process.env;
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: "utf8",
    env: { ...inherited, ...environment },
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}
