import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import koffi from "koffi";
import { program, type Requirement } from "./needs.js";

const WINDOWS = process.platform === "win32";

export const C_COMPILER: Requirement = program(
  WINDOWS ? "gcc.exe" : "gcc",
  WINDOWS ? "install MinGW-w64" : "apt-get install gcc libc6-dev",
);

/** A library that stands in for one of Windows', compiled from a C file of `test/system/windows`. */
export interface ScriptedLibrary {
  /** Its file. */
  readonly path: string;
  /** A function by which the test scripts it. */
  function(name: string, result: string, types: string[]): (...values: unknown[]) => unknown;
  /** Removes the file, except on Windows, which does not remove a library that is in use. */
  remove(): void;
}

/** @param without functions that the library lacks */
export function compileLibrary(source: string, without: readonly string[] = []): ScriptedLibrary {
  const folder = fileURLToPath(new URL("../../build/scripted", import.meta.url));
  // A name of its own: a library that is in use can't be overwritten everywhere.
  const name = `${source.replace(/\.c$/, "")}-${randomUUID().slice(0, 8)}`;
  const path = join(folder, `${name}.${WINDOWS ? "dll" : "so"}`);
  mkdirSync(folder, { recursive: true });
  const flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", ...(WINDOWS ? [] : ["-fPIC"])];
  const switches = without.map((lacking) => `-DWITHOUT_${lacking}`);
  // What only the missing ones called is left over.
  if (without.length > 0) switches.push("-Wno-unused-function");
  const file = fileURLToPath(new URL(`../system/windows/${source}`, import.meta.url));
  execFileSync("gcc", [...flags, ...switches, "-o", path, file]);
  const library = koffi.load(path);
  return {
    path,
    function: (name, result, types) => library.func(name, result, types),
    remove: () => {
      if (!WINDOWS) rmSync(path);
    },
  };
}
