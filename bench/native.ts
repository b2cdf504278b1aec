import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { wrongRows } from "./contestants/check.js";

const execute = promisify(execFile);

const FLAGS = ["-O3", "-march=native"];

/** A compiler for the native references. */
export interface Compiler {
  readonly command: string;
  /** As it calls itself. */
  readonly version: string;
}

export interface Compilers {
  readonly c: Compiler | undefined;
  readonly cpp: Compiler | undefined;
}

/** The first compilers that are there. The references are written for gcc; clang takes them too. */
export async function findCompilers(): Promise<Compilers> {
  return { c: await firstOf("gcc", "clang"), cpp: await firstOf("g++", "clang++") };
}

async function firstOf(...commands: string[]): Promise<Compiler | undefined> {
  for (const command of commands) {
    try {
      const { stdout } = await execute(command, ["--version"]);
      return { command, version: stdout.split("\n", 1)[0] ?? command };
    } catch {
      // the next one
    }
  }
  return undefined;
}

/**
 * Compiles one of the native references.
 *
 * @throws what the compiler says
 */
export async function compile(compiler: Compiler, source: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const program = join(folder, `${source.split(/[\\/.]/).at(-2)}${process.platform === "win32" ? ".exe" : ""}`);
  await execute(compiler.command, [...FLAGS, "-o", program, source]);
  return program;
}

/**
 * Runs a native reference, which checks its rows first, and then prints its median in nanoseconds.
 *
 * @param checksum what it was told to expect
 * @throws {WrongRowsError} it gives other rows
 */
export async function runNative(
  name: string,
  program: string,
  args: readonly (string | number)[],
  checksum: number,
): Promise<number> {
  try {
    const { stdout } = await execute(program, args.map(String));
    return Number(stdout);
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === 3) throw wrongRows(name, stdout?.trim() ?? "", checksum);
    throw new Error(`"${name}" failed: ${stderr || error}`);
  }
}
