import { readFile, writeFile } from "node:fs/promises";
import { isSample, type Results } from "../results.js";
import { drawChart } from "./chart.js";
import { barsTable, bytesTables, LEGEND, losses, memoryTable, origin, shortTable, tablesOf } from "./tables.js";

/** The copy of the chart that README shows. */
const CHART = "bench/chart.svg";

/**
 * Writes a run's figures between the marks of README.md, which has the short of it, and of bench/README.md, which has all;
 * and the chart beside the suite.
 *
 * @throws {Error} the run measured too little, or one of the pages has no such marks
 */
export async function writeReadme(root: URL, results: Results): Promise<void> {
  const chart = drawChart(results);
  if (!chart) throw new Error("The run measured nothing that the chart shows: run the whole suite first.");
  await writeRegion(new URL("README.md", root), "chart", `![Time a row, on a logarithmic scale](${CHART})`);
  await writeRegion(new URL("README.md", root), "table", summary(results));
  await writeRegion(new URL("bench/README.md", root), "results", details(results));
  await writeFile(new URL(CHART, root), chart);
}

async function writeRegion(page: URL, name: string, region: string): Promise<void> {
  const content = await readFile(page, "utf8");
  try {
    await writeFile(page, replaceRegion(content, name, region));
  } catch (error) {
    throw new Error(`${page.pathname}: ${error instanceof Error ? error.message : error}`);
  }
}

/** What stands between `<!-- bench:name -->` and `<!-- /bench:name -->`. */
export function replaceRegion(content: string, name: string, region: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = content.indexOf(begin);
  const to = content.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`There is no "${begin}" with a "${end}" after it.`);
  return `${content.slice(0, from + begin.length)}\n\n${region}\n\n${content.slice(to)}`;
}

/** The short of it, for README. */
export function summary(results: Results): string {
  const kind = results.measurements.find((one) => !isSample(one))?.kind;
  const about = `Tables of the kind "${kind}"; **bold** where the kernel loses. Measured on:`;
  return [about, origin(results), shortTable(results.measurements), losses(results)].join("\n\n");
}

/** All of it, for bench/README. */
export function details(results: Results): string {
  const { measurements, memory, bars, notes } = results;
  return [
    origin(results),
    LEGEND,
    ...tablesOf(measurements),
    ...bytesTables(results.sizes ?? []),
    ...(memory.length > 0 ? [memoryTable(memory)] : []),
    barsTable(bars, results.machine.processor),
    losses(results),
    ...(notes.length > 0 ? [["Left out:", "", ...notes.map((note) => `- ${note}`)].join("\n")] : []),
  ].join("\n\n");
}
