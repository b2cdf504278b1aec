import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { TASKS } from "./contestants/contestant.js";
import { KINDS } from "./data/tables.js";
import { aboutTime, secondsOf } from "./estimate.js";
import { kernelBytes, machine, versions } from "./machine.js";
import { findCompilers } from "./native.js";
import { type Options, parseOptions, SUITES, sizesOf } from "./options.js";
import { barsOf, NOT_MEASURED } from "./report/bars.js";
import { drawChart } from "./report/chart.js";
import { comparisonOf } from "./report/compare.js";
import { rows } from "./report/format.js";
import { writeReadme } from "./report/readme.js";
import { barsTable, LEGEND, losses, memoryTable, tablesOf } from "./report/tables.js";
import { Terminal } from "./report/terminal.js";
import {
  type Measurement,
  type MemoryMeasurement,
  type Results,
  readNewestWholeRun,
  readResults,
  writeResults,
} from "./results.js";
import { collectCases } from "./suites/collect.js";
import { measureMemory } from "./suites/memory.js";
import { ownersCases } from "./suites/owners.js";
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
  console.log(`collect: this machine's table\nowners: the same with owners\nmemory: garbage over many samples`);
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
  const found = { machine: machine(), versions: await versions(compilers), kernelBytes: await kernelBytes() };
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
  const measurements = await measureAll(options, run, terminal);
  const memory = options.suites.includes("memory") ? await measureMemories(options, run, terminal) : [];
  const bars = barsOf({ measurements, memory, kernelBytes: found.kernelBytes });
  terminal.markdown(barsTable(bars.filter(({ measured }) => measured !== NOT_MEASURED)));
  const results: Results = {
    date: new Date().toISOString(),
    command: ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
    whole: options.whole,
    seconds: Math.round((performance.now() - start) / 1e3),
    rounds: options.rounds,
    ...found,
    measurements,
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

async function measureAll(options: Options, run: Run, terminal: Terminal): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const suite of SUITES) {
    if (!options.suites.includes(suite) || suite === "memory") continue;
    const cases =
      suite === "collect"
        ? collectCases(options.sockets, run)
        : suite === "owners"
          ? ownersCases(run)
          : tableCases(suite, { ...run, sizes: sizesOf(suite, options) });
    if (suite === "collect") terminal.status(`opening ${rows(options.sockets)} sockets`);
    let ofOneKind: Measurement[] = [];
    for await (const one of cases) {
      if (ofOneKind[0] && ofOneKind[0].kind !== one.kind) {
        for (const text of tablesOf(ofOneKind)) terminal.markdown(text);
        ofOneKind = [];
      }
      const measured = await measureOne(one, options.rounds, terminal);
      ofOneKind.push(...measured);
      measurements.push(...measured);
    }
    for (const text of tablesOf(ofOneKind)) terminal.markdown(text);
  }
  return measurements;
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
