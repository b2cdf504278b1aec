import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a program said, and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The packed tarball, installed into a project of its own, as a stranger would do it. */
export interface Installed {
  /** The tarball's path. */
  readonly tarball: string;
  /** Files in the tarball, as `npm pack` lists them. */
  readonly files: readonly string[];
  /** The project's folder; the package lies in its node_modules. */
  readonly folder: string;
  /** Writes a file into the project and gives its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** Packs what the build left in dist, and installs the tarball from the registry's cache where it can. */
export function packAndInstall(): Installed {
  const folder = mkdtempSync(join(tmpdir(), "tcptable-package-"));
  const options = { encoding: "utf8", shell: process.platform === "win32" } as const;
  const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    ...options,
    cwd: ROOT,
  });
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  const tarball = join(folder, filename);

  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "stranger", private: true, type: "module" }));
  execFileSync("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball], {
    ...options,
    cwd: project,
  });
  return {
    tarball,
    files: files.map(({ path }) => path),
    folder: project,
    write(name, text) {
      const path = join(project, name);
      writeFileSync(path, text);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs Node to its end. */
export function node(words: readonly string[], cwd: string): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd, encoding: "utf8" });
  return { code: status, stdout, stderr };
}
