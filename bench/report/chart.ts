import { DUMP, KERNEL, MEMCPY, NATIVE, STD_SORT } from "../contestants/names.js";
import { isSample, type Measurement, type Results } from "../results.js";
import { duration, rows, times } from "./format.js";

/** Colours that can be read on white and on nearly black: GitHub shows the same file on both. */
const TEXT = "#6e7681";
const GRID = "#8b949e";
const COLOURS = { kernel: "#2da44e", native: "#4c8eda", other: "#8b949e" };

const WIDTH = 860;
const LEFT = 190;
const RIGHT = 130;
const BAR = 15;
const STEP = 21;
const GROUP_GAP = 34;
const TOP = 72;

const TITLES: Readonly<Record<string, string>> = {
  decode: "decode",
  filter: "filter",
  sort: "sort",
  pipeline: "decode + filter + sort",
  collect: "a whole sample of this machine's table",
};

/** The size that the chart is about. */
const SIZE = 10_000;

/**
 * The chart of a run as SVG: nanoseconds a row on a logarithmic scale, shorter is better.
 *
 * @returns `undefined` where the run measured nothing that it shows
 */
export function drawChart({ measurements, machine, versions }: Results): string | undefined {
  const titled = measurements.filter(({ suite }) => suite in TITLES);
  const kind = titled.find((one) => one.size === SIZE && !isSample(one))?.kind;
  const shown = titled.filter((one) => isSample(one) || (one.size === SIZE && one.kind === kind));
  if (shown.length === 0) return undefined;
  const groups = Object.keys(TITLES)
    .map((suite) =>
      shown.filter((one) => one.suite === suite).sort((a, b) => a.nanosecondsPerRow - b.nanosecondsPerRow),
    )
    .filter((group) => group.length > 0);
  const all = shown.map(({ nanosecondsPerRow }) => nanosecondsPerRow);
  const scale = logarithmicScale(Math.min(...all), Math.max(...all));

  const body: string[] = [];
  let y = TOP;
  for (const group of groups) {
    body.push(text(0, y + 4, titleOf(group), 'class="title"'));
    y += 16;
    for (const one of group) {
      body.push(...bar(one, y, scale));
      y += STEP;
    }
    y += GROUP_GAP - 16;
  }
  const height = y + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>Nanoseconds a row, logarithmic</title>`,
    `<style>text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:${TEXT}}.title{font-weight:600;font-size:13px}.ours{font-weight:600}.tick{font-size:11px}</style>`,
    text(
      0,
      16,
      `Time a row${kind ? `, tables of ${rows(SIZE)} rows (${kind})` : ""}: shorter is better`,
      'class="title"',
    ),
    text(
      0,
      33,
      escaped(`${machine.processor}, Node ${versions.node}; logarithmic scale; ×: times the kernel's`),
      'class="tick"',
    ),
    ...scale.ticks.flatMap((tick) => gridLine(tick, scale, height)),
    ...body,
    "</svg>\n",
  ].join("\n");
}

interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** From the decade below the smallest value to the largest value. */
function logarithmicScale(smallest: number, largest: number): Scale {
  const from = Math.floor(Math.log10(smallest));
  const to = Math.max(from + 1, Math.log10(largest));
  const decade = (WIDTH - LEFT - RIGHT) / (to - from);
  return {
    ticks: Array.from({ length: Math.floor(to) - from + 1 }, (_, index) => 10 ** (from + index)),
    at: (value) => LEFT + (Math.log10(value) - from) * decade,
  };
}

function titleOf(group: readonly Measurement[]): string {
  const [first] = group;
  if (!first) return "";
  const title = TITLES[first.suite] ?? first.suite;
  return isSample(first) ? `${title}, ${rows(first.size)} sockets` : title;
}

function bar({ contestant, nanosecondsPerRow, ratio }: Measurement, y: number, scale: Scale): string[] {
  const ours = contestant.startsWith(KERNEL);
  const colour = ours ? COLOURS.kernel : isNative(contestant) ? COLOURS.native : COLOURS.other;
  const end = scale.at(nanosecondsPerRow);
  const compared = contestant === KERNEL ? "" : ` · ${times(ratio)}`;
  return [
    text(LEFT - 8, y + 12, escaped(contestant), `text-anchor="end"${ours ? ' class="ours"' : ""}`),
    `<rect x="${LEFT}" y="${y}" width="${Math.max(1, end - LEFT).toFixed(1)}" height="${BAR}" rx="2" fill="${colour}"/>`,
    text(end + 6, y + 12, `${duration(nanosecondsPerRow)}${compared}`, ours ? 'class="ours"' : ""),
  ];
}

function isNative(contestant: string): boolean {
  return [NATIVE, MEMCPY, STD_SORT, DUMP].includes(contestant);
}

function gridLine(tick: number, scale: Scale, height: number): string[] {
  const x = scale.at(tick).toFixed(1);
  return [
    `<line x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${height}" stroke="${GRID}" stroke-opacity="0.25"/>`,
    text(Number(x), TOP - 12, tickLabel(tick), 'class="tick" text-anchor="middle"'),
  ];
}

function tickLabel(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds < 1 ? nanoseconds.toFixed(-Math.log10(nanoseconds)) : nanoseconds} ns`;
  return `${nanoseconds / 1e3} µs`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y}"${attributes && ` ${attributes}`}>${content}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
