import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What is prepared once and kept, because it takes half a minute. `rm -r build/wine` makes it anew. */
const KEPT = fileURLToPath(new URL("../../build/wine", import.meta.url));
const PACKAGES = fileURLToPath(new URL("../wine/node", import.meta.url));
const PREFIX = join(KEPT, "prefix");

/** Long enough for a machine that is busy with other tests; short enough to end before the test that waits. */
const PREPARE_MILLISECONDS = 240_000;

/**
 * The environment of programs under Wine: a prefix of our own, never the user's. Nobody ends its wineserver: other
 * tests may be using the same one, and it ends by itself seconds after its last program.
 */
export function wineEnvironment(prefix = PREFIX): NodeJS.ProcessEnv {
  return {
    ...process.env,
    WINEPREFIX: prefix,
    WINEDEBUG: "-all",
    // No windows that ask to download Mono or Gecko.
    WINEDLLOVERRIDES: "mscoree,mshtml=",
    DISPLAY: "",
  };
}

/** Makes Wine's prefix, unless an earlier run has made it. */
export function prepareWine(): void {
  keep(PREFIX, (folder) => {
    const environment = wineEnvironment(folder);
    const run = (program: string, ...words: string[]) =>
      execFileSync(program, words, { env: environment, stdio: "ignore", timeout: PREPARE_MILLISECONDS });
    try {
      run("wine", "wineboot", "-i");
      // Node refuses to start on the Windows that Wine is by default.
      run("wine", "winecfg", "-v", "win10");
    } finally {
      // Ends what runs in this folder only. It fails where all has ended already, which is as good.
      spawnSync("wineserver", ["-k"], { env: environment, stdio: "ignore" });
      // Until the registry is on the disk.
      spawnSync("wineserver", ["-w"], { env: environment, stdio: "ignore", timeout: PREPARE_MILLISECONDS });
    }
  });
}

/** Installs Windows' Node and koffi's Windows binary, unless an earlier run has. Returns the folder of both. */
export function prepareWindowsNode(): string {
  const lock = readFileSync(join(PACKAGES, "package-lock.json"));
  const installed = join(KEPT, `node-${createHash("sha256").update(lock).digest("hex").slice(0, 12)}`);
  keep(installed, (folder) => {
    mkdirSync(folder, { recursive: true });
    for (const name of ["package.json", "package-lock.json"]) cpSync(join(PACKAGES, name), join(folder, name));
    // npm, by which the tests are started, tells its children where it works: not here.
    const { npm_config_local_prefix, ...environment } = process.env;
    // --force: the packages say that they are for Windows.
    execFileSync("npm", ["ci", "--force", "--os=win32", "--cpu=x64", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: PREPARE_MILLISECONDS,
    });
  });
  return installed;
}

/** `\work\file` of Wine's drive for the whole file system. */
export function toWindowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/** Makes a folder under another name and then gives it its own, so that a folder that is there is whole. */
function keep(path: string, make: (folder: string) => void): void {
  if (existsSync(path)) return;
  const partial = `${path}.${process.pid}`;
  mkdirSync(KEPT, { recursive: true });
  rmSync(partial, { recursive: true, force: true });
  try {
    make(partial);
    renameSync(partial, path);
  } catch (error) {
    // Another test's process may have made it meanwhile.
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
