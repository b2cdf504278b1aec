import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The kind of the machine's own table, which holds the suite's sockets on loopback. */
export const LOOPBACK = "loopback";

/** What measurements of the newer suites are of, where a suite has two parts. */
export const DIFF = "diff";
export const DIFF_UNRELATED = "diff, rows in an unrelated order";
export const FRAMES_WRITE = "frames, written";
export const FRAMES_READ = "frames, read";
export const START = "start";
export const COMMANDS = "commands";
export const RECORDING = "recording";

/** The kinds of the suite pushdown: its filters. */
export const LISTENERS = "state listening";
export const ONE_PORT = "a port that 1 % of the rows have";

/** Suites that measure whole samples or processes: their rows come and go together, and a time a row would tell nothing. */
const SAMPLE_SUITES = ["collect", "owners", "pushdown", START, COMMANDS];

export function isSample({ suite }: Pick<Measurement, "suite">): boolean {
  return SAMPLE_SUITES.includes(suite);
}

/** Whether it is a whole process: its kind is the command that was run. */
export function isCommand({ suite }: Pick<Measurement, "suite">): boolean {
  return suite === START || suite === COMMANDS;
}

/** One contestant in one case. */
export interface Measurement {
  readonly suite: string;
  /** The kind of table; {@link LOOPBACK} for the machine's own. */
  readonly kind: string;
  /** Rows of the table. */
  readonly size: number;
  readonly contestant: string;
  /** Median over the rounds. */
  readonly nanosecondsPerRow: number;
  /** Its time by the kernel's in the same round, median over the rounds: above 1, the kernel is faster. */
  readonly ratio: number;
  /** Nanoseconds a row in each round. */
  readonly rounds: readonly number[];
}

/** What it takes to tell a table. */
export interface SizeMeasurement {
  readonly suite: string;
  readonly kind: string;
  /** Rows of the table. */
  readonly size: number;
  /** What the bytes are. */
  readonly what: string;
  readonly bytes: number;
}

/** What a long series of samples left behind. */
export interface MemoryMeasurement {
  readonly workload: string;
  readonly samples: number;
  readonly scavenges: number;
  readonly markCompacts: number;
  /**
   * Bytes of JavaScript objects that were made, garbage or not, in each tenth of the samples. Only known where nothing
   * was collected meanwhile.
   */
  readonly allocated: readonly number[] | undefined;
  /** Bytes that are no garbage. */
  readonly heapGrowth: number;
  readonly residentGrowth: number;
  /** Of the kernel's memory; 0 where there is none. */
  readonly linearMemoryGrowth: number;
}

/** One bar of the design, held against the run. */
export interface Bar {
  readonly what: string;
  readonly reference: string;
  readonly atLeast: string;
  /** The measured range, worst first, or why there is none. */
  readonly measured: string;
  /** `undefined` where nothing of it was measured. */
  readonly reached: boolean | undefined;
}

export interface Results {
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly command: string;
  /** Whether it measured all that there is to measure, with the usual effort. */
  readonly whole: boolean;
  /** How long it took. */
  readonly seconds: number;
  readonly rounds: number;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly system: string;
  };
  readonly versions: Readonly<Record<string, string>>;
  /** Bytes of decoder.wasm. */
  readonly kernelBytes: number;
  /** Bytes of a page that imports an entry, minified and gzipped. Runs before version 0.2 do not have it. */
  readonly entryBytes?: Readonly<Record<string, number>>;
  readonly measurements: readonly Measurement[];
  /** Runs before version 0.2 have none. */
  readonly sizes?: readonly SizeMeasurement[];
  readonly memory: readonly MemoryMeasurement[];
  readonly bars: readonly Bar[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/**
 * Writes a run into a file of its own, which no other run overwrites.
 *
 * @returns the file's path, without its ending
 */
export async function writeResults(folder: string, suites: readonly string[], results: Results): Promise<string> {
  const time = results.date.slice(0, 19).replaceAll(":", "-");
  const path = join(folder, results.whole ? time : [time, ...suites].join("-"));
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  return path;
}

/** @throws {Error} the file can't be read */
export async function readResults(path: string): Promise<Results> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Results;
  } catch (error) {
    throw new Error(`${path} is not the result of a run: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * The newest whole run in a folder.
 *
 * @throws {Error} there is none
 */
export async function readNewestWholeRun(folder: string): Promise<Results> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".json"));
  // Their names begin with the date.
  for (const file of files.sort().reverse()) {
    const results = await readResults(join(folder, file));
    if (results.whole) return results;
  }
  throw new Error(`${folder} has no run of the whole suite: run "npm run bench" first.`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}
