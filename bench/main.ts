import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { TASKS } from "./contestants/contestant.js";
import { KINDS } from "./data/tables.js";
import { DIFFERS } from "./diff/contestants.js";
import { aboutTime, secondsOf } from "./estimate.js";
import { carriersOf, DIRECTIONS } from "./frames/contestants.js";
import { entryBytes, kernelBytes, machine, versions } from "./machine.js";
import { findCompilers } from "./native.js";
import { type Options, parseOptions, SUITES, type Suite, sizesOf } from "./options.js";
import { barsOf, NOT_MEASURED } from "./report/bars.js";
import { drawChart } from "./report/chart.js";
import { comparisonOf } from "./report/compare.js";
import { rows } from "./report/format.js";
import { writeReadme } from "./report/readme.js";
import { barsTable, bytesTables, LEGEND, losses, memoryTable, tablesOf } from "./report/tables.js";
import { Terminal } from "./report/terminal.js";
import {
  isCommand,
  type Measurement,
  type MemoryMeasurement,
  type Results,
  readNewestWholeRun,
  readResults,
  type SizeMeasurement,
  writeResults,
} from "./results.js";
import { collectCases } from "./suites/collect.js";
import { diffCases } from "./suites/diff.js";
import { framesCases } from "./suites/frames.js";
import { measureMemory } from "./suites/memory.js";
import { ownersCases } from "./suites/owners.js";
import { pushdownCases } from "./suites/pushdown.js";
import { recordingCases } from "./suites/recording.js";
import { startCases } from "./suites/start.js";
import type { Run } from "./suites/suite.js";
import { contestantsOf, tableCases } from "./suites/tables.js";
import { type Case, takeTurns } from "./turns.js";

/**
 * The suite's command line.
 *
 * @param root the repository
 * @param programs the bundled programs
 */
export async function main(root: URL, programs: URL): Promise<void> {
  const args = process.argv.slice(2);
  const options = parseOptions(args);
  const output = resolve(fileURLToPath(root), options.output);
  try {
    if (options.list) list();
    else if (options.readme === true) await writeReadme(root, await readNewestWholeRun(output));
    else if (options.readme) await writeReadme(root, await readResults(options.readme));
    else await runAll(options, args, output, root, programs);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

function list(): void {
  for (const task of TASKS) console.log(`${task}: ${contestantsOf(task).join(", ")}, native code`);
  console.log(`diff: ${DIFFERS.join(", ")}`);
  for (const direction of DIRECTIONS)
    console.log(`frames, ${direction}: ${carriersOf(direction).join(", ")}, native code`);
  console.log(
    "collect: this machine's table\npushdown: some rows of it\nowners: the same with owners",
    "\nrecording: an hour in a file, and finding connections in it\nstart: the command as a whole process, beside Node alone and beside ss\nmemory: garbage over many samples",
  );
  console.log(`kinds: ${KINDS.join(", ")}`);
}

async function runAll(
  options: Options,
  args: readonly string[],
  output: string,
  root: URL,
  programs: URL,
): Promise<void> {
  const before = options.compare === undefined ? undefined : await readResults(options.compare);
  const start = performance.now();
  const terminal = new Terminal(process.stdout);
  const compilers = await findCompilers();
  const found = {
    machine: machine(),
    versions: await versions(compilers),
    kernelBytes: await kernelBytes(),
    entryBytes: await entryBytes(),
  };
  terminal.print(
    `${found.machine.processor}, ${found.machine.cores} cores, ${found.machine.system}`,
    Object.entries(found.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    `This takes about ${aboutTime(secondsOf(options))} on two cores that have nothing else to do. ${LEGEND}`,
  );
  const notes: string[] = [];
  const folder = await temporaryFolder();
  const { kinds, effort } = options;
  const note = (text: string) => {
    if (notes.includes(text)) return;
    notes.push(text);
    terminal.note(text);
  };
  const sources = fileURLToPath(new URL("bench/native/", root));
  const run: Run = { kinds, sizes: [], effort, compilers, programs, sources, folder, note };
  const sizes: SizeMeasurement[] = [];
  const measurements = await measureAll(options, run, terminal, sizes);
  const memory = options.suites.includes("memory") ? await measureMemories(options, run, terminal) : [];
  const bars = barsOf({ measurements, memory, sizes, kernelBytes: found.kernelBytes, entryBytes: found.entryBytes });
  terminal.markdown(
    barsTable(
      bars.filter(({ measured }) => measured !== NOT_MEASURED),
      found.machine.processor,
    ),
  );
  const results: Results = {
    date: new Date().toISOString(),
    command: ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
    whole: options.whole,
    seconds: Math.round((performance.now() - start) / 1e3),
    rounds: options.rounds,
    ...found,
    measurements,
    sizes,
    memory,
    bars,
    notes,
  };
  terminal.markdown(losses(results));
  if (before) for (const text of comparisonOf(before, results)) terminal.markdown(text);
  const path = await writeResults(output, options.suites, results);
  const chart = drawChart(results);
  if (chart) await writeFile(`${path}.svg`, chart);
  terminal.print("", `Took ${results.seconds} seconds. Written: ${path}.json${chart ? " and .svg" : ""}`);
}

/** A folder that is removed when the process ends, also by Ctrl-C. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tcptable-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  return folder;
}

async function measureAll(
  options: Options,
  run: Run,
  terminal: Terminal,
  sizes: SizeMeasurement[],
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const suite of SUITES) {
    if (!options.suites.includes(suite) || suite === "memory") continue;
    terminal.status(`${suite} · getting ready`);
    let ofOneKind: Measurement[] = [];
    const print = () => {
      for (const text of tablesOf(ofOneKind)) terminal.markdown(text);
      ofOneKind = [];
    };
    for await (const one of casesOf(suite, options, run, (found) => sizes.push(...found))) {
      if (ofOneKind[0] && !belongsTo(one, ofOneKind[0])) print();
      const measured = await measureOne(one, options.rounds, terminal);
      ofOneKind.push(...measured);
      measurements.push(...measured);
    }
    print();
    if (suite === "frames" || suite === "recording")
      for (const text of bytesTables(sizes.filter((one) => one.suite === suite))) terminal.markdown(text);
  }
  return measurements;
}

/** Whether a case is shown in the same table as a measurement. */
function belongsTo({ suite, kind }: Case, other: Measurement): boolean {
  return suite === other.suite && (kind === other.kind || isCommand(other));
}

function casesOf(
  suite: Exclude<Suite, "memory">,
  options: Options,
  run: Run,
  onSizes: (sizes: SizeMeasurement[]) => void,
): AsyncGenerator<Case> {
  switch (suite) {
    case "collect":
      return collectCases(options.sockets, run);
    case "pushdown":
      return pushdownCases(options.sockets, run);
    case "owners":
      return ownersCases(run);
    case "recording":
      return recordingCases(options.quick, run, onSizes);
    case "start":
      return startCases(options.sockets, run);
    case "diff":
      return diffCases({ ...run, sizes: sizesOf(suite, options) });
    case "frames":
      return framesCases({ ...run, sizes: sizesOf(suite, options) }, onSizes);
    default:
      return tableCases(suite, { ...run, sizes: sizesOf(suite, options) });
  }
}

function measureOne(one: Case, rounds: number, terminal: Terminal): Promise<Measurement[]> {
  return takeTurns(one, rounds, (name, round) => {
    terminal.status(`${one.suite} · ${one.kind} · ${rows(one.size)} rows · round ${round} of ${rounds} · ${name}`);
  });
}

async function measureMemories(options: Options, run: Run, terminal: Terminal): Promise<MemoryMeasurement[]> {
  const measured = await measureMemory(options.samples, run, (workload) => terminal.status(`memory · ${workload}`));
  terminal.markdown(memoryTable(measured));
  return measured;
}
