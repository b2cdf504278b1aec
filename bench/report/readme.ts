import { readFile, writeFile } from "node:fs/promises";
import { KERNEL } from "../contestants/names.js";
import { SIZES } from "../data/tables.js";
import type { Bar, Measurement, Results } from "../results.js";
import { drawChart } from "./chart.js";
import { comparison, digits, duration, rows, times } from "./format.js";

/** The copy of the chart that README shows. */
const CHART = "bench/chart.svg";

/**
 * Writes a run's figures into README.md, between its marks, and the chart beside the suite.
 *
 * @throws {Error} README has no such marks
 */
export async function writeReadme(root: URL, results: Results): Promise<void> {
  const readme = new URL("README.md", root);
  const chart = drawChart(results);
  if (!chart) throw new Error("The last run measured nothing that the chart shows: run the whole suite first.");
  let content = await readFile(readme, "utf8");
  content = replaceRegion(content, "chart", `![Time a row, on a logarithmic scale](${CHART})`);
  content = replaceRegion(content, "table", markdown(results));
  await writeFile(new URL(CHART, root), chart);
  await writeFile(readme, content);
}

/** What stands between `<!-- bench:name -->` and `<!-- /bench:name -->`. */
export function replaceRegion(content: string, name: string, region: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = content.indexOf(begin);
  const to = content.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`README.md has no "${begin}" with an "${end}" after it.`);
  return `${content.slice(0, from + begin.length)}\n\n${region}\n\n${content.slice(to)}`;
}

/** The tables that README shows. */
export function markdown(results: Results): string {
  const { measurements, bars } = results;
  const kind = measurements.find(({ suite }) => suite !== "collect")?.kind;
  const ofKind = measurements.filter((one) => one.kind === kind);
  const collected = measurements.filter(({ suite }) => suite === "collect");
  return [
    origin(results),
    RULES,
    ...(ofKind.length > 0
      ? [`Nanoseconds a row, tables of the kind "${kind}":`, sizesTable(ofKind), losses(measurements)]
      : []),
    ...(collected.length > 0 ? ["A whole sample of a machine's own table:", samplesTable(collected)] : []),
    "The bars that were set before, each by its worst case over all kinds and sizes:",
    barsTable(bars),
  ].join("\n\n");
}

function origin({ machine, versions, command, rounds, date }: Results): string {
  const { processor, cores, memoryGiB, system } = machine;
  const compilers = new Set([versions.c, versions.cpp].filter((version) => version !== undefined));
  return [
    `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${versions.node}, V8 ${versions.v8};`,
    ...(compilers.size > 0 ? [`${[...compilers].join("; ")} (\`-O3 -march=native\`);`] : []),
    `\`${command}\` on ${date.slice(0, 10)}, medians of ${rounds === 1 ? "one round" : `${rounds} rounds`}.`,
    "In brackets: the time by the kernel's in the same round, **bold** where the kernel loses.",
  ].join("\n");
}

/** What a reader has to know to believe the figures, or not to. */
const RULES = `Each contestant has a process of its own, takes turns with the others, and is timed only after it gave the same rows as
the rest. Tables are seeded; a filter or a sort sees at least 16,000 different rows before one comes again, so that no branch
predictor knows them by heart. *C* is the same loop over the same columns; *C++ std::sort* is timed without the making of its
records, and *ss* without the reading of its text; *row objects* hold text as most programs do, *row objects of numbers* spare
themselves that. In *pipeline* the bytes lie elsewhere and are copied in.`;

/** One line a contestant, one column a size. */
function sizesTable(measured: readonly Measurement[]): string {
  const sizes = [...new Set(measured.map(({ size }) => size))]
    .filter((size) => (SIZES as readonly number[]).includes(size) || size < SIZES[0])
    .sort((a, b) => a - b);
  const lines = [row(["", ...sizes.map((size) => `${rows(size)} rows`)]), row(["---", ...sizes.map(() => "--:")])];
  for (const suite of new Set(measured.map((one) => one.suite))) {
    const ofSuite = measured.filter((one) => one.suite === suite);
    lines.push(row([`**${suite}**`, ...sizes.map(() => "")]));
    for (const contestant of new Set(ofSuite.map((one) => one.contestant))) {
      const cells = sizes.map((size) =>
        cell(ofSuite.find((one) => one.size === size && one.contestant === contestant)),
      );
      lines.push(row([contestant, ...cells]));
    }
  }
  return lines.join("\n");
}

function cell(one: Measurement | undefined): string {
  if (!one) return "";
  if (one.contestant === KERNEL) return digits(one.nanosecondsPerRow);
  return emphasised(`${digits(one.nanosecondsPerRow)} (${times(one.ratio)})`, one.ratio);
}

function emphasised(text: string, ratio: number): string {
  return ratio < 1 ? `**${text}**` : text;
}

/** Where the kernel loses, over all kinds and sizes: the table above shows one kind. */
function losses(measurements: readonly Measurement[]): string {
  const lost = measurements.filter(({ ratio, contestant }) => ratio < 1 && contestant !== KERNEL);
  if (lost.length === 0) return "The kernel is the fastest for all kinds and sizes.";
  const names = new Set(lost.map(({ suite, contestant }) => `${suite}, ${contestant}`));
  const lines = Array.from(names, (name) => {
    const isIt = ({ suite, contestant }: Measurement) => `${suite}, ${contestant}` === name;
    const group = lost.filter(isIt).sort((a, b) => a.ratio - b.ratio);
    const [worst] = group as [Measurement];
    const cases = measurements.filter(isIt).length;
    const where = group.length === cases ? "always" : `in ${group.length} of ${cases} cases`;
    return `- ${name}: ${where}, at most ${comparison(worst.ratio)} (${worst.kind}, ${rows(worst.size)} rows)`;
  });
  return ["Where the kernel loses, over all kinds and sizes:", "", ...lines].join("\n");
}

function samplesTable(measured: readonly Measurement[]): string {
  const [first] = measured;
  return [
    row([`${rows(first?.size ?? 0)} sockets`, "a sample", ""]),
    row(["---", "--:", "--:"]),
    ...measured.map(({ contestant, nanosecondsPerRow, size, ratio }) =>
      row([
        contestant === KERNEL ? "tcptable" : contestant,
        duration(nanosecondsPerRow * size),
        contestant === KERNEL ? "" : emphasised(times(ratio), ratio),
      ]),
    ),
  ].join("\n");
}

function barsTable(bars: readonly Bar[]): string {
  return [
    row(["What", "Reference", "At least", "Measured", ""]),
    row(["---", "---", "---", "---", "---"]),
    ...bars.map(({ what, reference, atLeast, measured, reached }) =>
      row([
        what,
        reference,
        atLeast,
        measured,
        reached === undefined ? "not measured" : reached ? "reached" : "**not reached**",
      ]),
    ),
  ].join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
