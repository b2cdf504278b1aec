import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Compilers } from "./native.js";
import { pageBytes } from "./page-bytes.js";
import type { Results } from "./results.js";

const execute = promisify(execFile);

/** What the figures depend on, so that somebody else can tell why theirs are different. */
export function machine(): Results["machine"] {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
  };
}

/** Versions of all that took part. */
export async function versions({ c, cpp }: Compilers): Promise<Record<string, string>> {
  const found: Record<string, string | undefined> = {
    tcptable: await packageVersion("tcptable"),
    node: process.versions.node,
    v8: process.versions.v8,
    c: c?.version,
    cpp: cpp?.version,
    systeminformation: await packageVersion("systeminformation"),
    ss: await firstLine("ss", "-V"),
    psutil: await firstLine("/usr/bin/python3", "-c", "import psutil; print(psutil.__version__)"),
  };
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Bytes of decoder.wasm. */
export async function kernelBytes(): Promise<number> {
  return (await stat(fileURLToPath(import.meta.resolve("tcptable/decoder.wasm")))).size;
}

/** Entries whose size a page pays for. */
const ENTRIES = ["tcptable/decoder", "tcptable/frames"];

/** Bytes of each entry as a page loads it. */
export async function entryBytes(): Promise<Record<string, number>> {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const sizes = ENTRIES.map(async (entry) => [entry, await pageBytes(`export * from "${entry}";`, folder)] as const);
  return Object.fromEntries(await Promise.all(sizes));
}

async function packageVersion(name: string): Promise<string | undefined> {
  try {
    const text = await readFile(fileURLToPath(import.meta.resolve(`${name}/package.json`)), "utf8");
    return (JSON.parse(text) as { version?: string }).version;
  } catch {
    return undefined;
  }
}

async function firstLine(command: string, ...args: string[]): Promise<string | undefined> {
  try {
    return (await execute(command, args)).stdout.split("\n", 1)[0];
  } catch {
    return undefined;
  }
}
