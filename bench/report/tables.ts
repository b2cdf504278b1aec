import {
  DECODE_ONE,
  DUMP,
  KERNEL,
  MEMCPY,
  NATIVE,
  OBJECTS,
  PLAIN,
  SS,
  SS_OWNERS,
  STD_SORT,
  TEXT_MAP,
} from "../contestants/names.js";
import { RAW } from "../frames/names.js";
import {
  type Bar,
  DIFF,
  FRAMES_READ,
  isCommand,
  isSample,
  type Measurement,
  type MemoryMeasurement,
  type Results,
  type SizeMeasurement,
} from "../results.js";
import { bytes, comparison, digits, duration, percent, rows, times } from "./format.js";
import { boldLoss, table } from "./markdown.js";

/** How to read the tables below. */
export const LEGEND = "In brackets: the time by the kernel's in the same round, **bold** where the kernel loses.";

/** One table for each suite and kind, in the order of the measurements; of commands one for all that were run. */
export function tablesOf(measurements: readonly Measurement[]): string[] {
  const nameOf = (one: Measurement) => (isCommand(one) ? one.suite : `${one.suite}, ${one.kind}`);
  return Array.from(new Set(measurements.map(nameOf)), (name) => {
    const ofOne = measurements.filter((one) => nameOf(one) === name);
    if (ofOne[0] && isCommand(ofOne[0])) return commandsTable(ofOne);
    return ofOne[0] && isSample(ofOne[0]) ? samplesTable(ofOne) : sizesTable(name, ofOne);
  });
}

/** One suite and one kind: a line a contestant, a column a size. */
function sizesTable(name: string, measured: readonly Measurement[]): string {
  const sizes = [...new Set(measured.map(({ size }) => size))];
  return table(
    [`${name}: ns a row`, ...sizes.map((size) => `${rows(size)} rows`)],
    contestantsOf(measured).map((contestant) => [
      contestant,
      ...sizes.map((size) => timeCell(measured.find((one) => one.size === size && one.contestant === contestant))),
    ]),
  );
}

function timeCell(one: Measurement | undefined): string {
  if (!one) return "";
  const time = digits(one.nanosecondsPerRow);
  return one.contestant === KERNEL ? time : boldLoss(`${time} (${times(one.ratio)})`, one.ratio < 1);
}

/** The machine's own table. A sample of it is one thing, whose rows come and go together: its time is that of all rows. */
function samplesTable(measured: readonly Measurement[]): string {
  const [first] = measured;
  return table(
    [`${first?.suite}, ${first?.kind}, ${rows(first?.size ?? 0)} sockets`, "a sample"],
    measured.map((one) => {
      const time = duration(one.nanosecondsPerRow * one.size);
      if (one.contestant === KERNEL) return ["tcptable", time];
      return [one.contestant, boldLoss(`${time} (${times(one.ratio)})`, one.ratio < 1)];
    }),
  );
}

/** Whole processes: a line a command, a column a contestant. */
function commandsTable(measured: readonly Measurement[]): string {
  const commands = [...new Set(measured.map(({ kind }) => kind))];
  const contestants = contestantsOf(measured);
  return table(
    [
      `${measured[0]?.suite}, ${rows(measured[0]?.size ?? 0)} sockets: a whole process`,
      ...contestants.map((name) => (name === KERNEL ? "tcptable" : name)),
    ],
    commands.map((command) => [
      command,
      ...contestants.map((contestant) => {
        const one = measured.find(({ kind, contestant: other }) => kind === command && other === contestant);
        if (!one) return "";
        const time = duration(one.nanosecondsPerRow * one.size);
        return contestant === KERNEL ? time : boldLoss(`${time} (${times(one.ratio)})`, one.ratio < 1);
      }),
    ]),
  );
}

/** Bytes that a table takes, by what they are: one table for each suite and kind. In brackets the share of the raw table. */
export function bytesTables(measured: readonly SizeMeasurement[]): string[] {
  const names = new Set(measured.map(({ suite, kind }) => `${suite}, ${kind}`));
  return Array.from(names, (name) => {
    const ofOne = measured.filter(({ suite, kind }) => `${suite}, ${kind}` === name);
    const sizes = [...new Set(ofOne.map(({ size }) => size))];
    const find = (size: number, what: string) => ofOne.find((one) => one.size === size && one.what === what);
    return table(
      [`${name}: bytes a table`, ...sizes.map((size) => `${rows(size)} rows`)],
      [...new Set(ofOne.map(({ what }) => what))].map((what) => [
        what,
        ...sizes.map((size) => {
          const [one, raw] = [find(size, what), find(size, RAW)];
          if (!one) return "";
          return raw && what !== RAW ? `${rows(one.bytes)} (${percent(one.bytes / raw.bytes)})` : rows(one.bytes);
        }),
      ]),
    );
  });
}

/** What many samples left for the garbage collector. */
export function memoryTable(memory: readonly MemoryMeasurement[]): string {
  return table(
    ["memory", "samples", "scavenges", "mark-compacts", "made", "kept", "kernel's memory", "resident"],
    memory.map((one) => [
      one.workload,
      rows(one.samples),
      rows(one.scavenges),
      rows(one.markCompacts),
      one.allocated === undefined ? "" : bytes(one.allocated.reduce((sum, part) => sum + part, 0)),
      growth(one.heapGrowth),
      growth(one.linearMemoryGrowth),
      growth(one.residentGrowth),
    ]),
  );
}

function growth(count: number): string {
  return `${count < 0 ? "" : "+"}${bytes(count)}`;
}

/** What was promised, and what was measured on a processor of this name. */
export function barsTable(bars: readonly Bar[], processor: string): string {
  return table(
    [`The bars on ${processor}, each by its worst case`, "Reference", "At least", "Measured", ""],
    bars.map(({ what, reference, atLeast, measured, reached }) => [
      what,
      reference,
      atLeast,
      measured,
      reached === undefined ? "not measured" : boldLoss(reached ? "reached" : "not reached", !reached),
    ]),
    5,
  );
}

/** The sizes and the references of the short table: what a reader wants to know first. */
const SHORT_SIZES = [300, 10_000];
const SHORT_NAMES: Readonly<Record<string, { readonly title: string; readonly references: readonly string[] }>> = {
  decode: { title: "decode", references: [MEMCPY, NATIVE, PLAIN, OBJECTS] },
  filter: { title: "filter: state, port and prefix", references: [NATIVE, PLAIN] },
  sort: { title: "sort", references: [STD_SORT, PLAIN] },
  pipeline: { title: "decode + filter + sort", references: [PLAIN, OBJECTS] },
  collect: { title: "a whole sample of this machine's table", references: [DUMP, SS] },
  owners: { title: "the same with owners, after the first", references: [SS_OWNERS] },
  [DIFF]: { title: "what changed between two tables", references: [DECODE_ONE, TEXT_MAP] },
  [FRAMES_READ]: { title: "a delta frame back into its table", references: [MEMCPY] },
};

/** Ratios alone, at most two sizes, one kind. */
export function shortTable(measurements: readonly Measurement[]): string {
  const kind = measurements.find((one) => !isSample(one))?.kind;
  const lines = Object.entries(SHORT_NAMES).flatMap(([suite, { title, references }]) =>
    references.flatMap((reference) => {
      const measured = measurements.filter((one) => one.suite === suite && one.contestant === reference);
      const [sample] = measured.filter(isSample);
      if (sample) return [[`${title}, ${rows(sample.size)} sockets`, reference, "", ratioCell(sample)]];
      const cells = SHORT_SIZES.map((size) =>
        ratioCell(measured.find((one) => one.kind === kind && one.size === size)),
      );
      return cells.some((cell) => cell !== "") ? [[title, reference, ...cells]] : [];
    }),
  );
  const header = ["Times as long as tcptable takes", "", ...SHORT_SIZES.map((size) => `${rows(size)} rows`)];
  return table(header, lines, 2);
}

function ratioCell(one: Measurement | undefined): string {
  return one ? boldLoss(times(one.ratio), one.ratio < 1) : "";
}

/** Where the kernel loses, over all kinds and sizes, and which bars it does not reach. */
export function losses({ measurements, bars }: Pick<Results, "measurements" | "bars">): string {
  const lost = measurements.filter(({ ratio, contestant }) => ratio < 1 && contestant !== KERNEL);
  const names = new Set(lost.map(({ suite, contestant }) => `${suite}, ${contestant}`));
  const lines = Array.from(names, (name) => {
    const isIt = ({ suite, contestant }: Measurement) => `${suite}, ${contestant}` === name;
    const group = lost.filter(isIt).sort((a, b) => a.ratio - b.ratio);
    const [worst] = group as [Measurement];
    const cases = measurements.filter(isIt).length;
    const where = group.length === cases ? "always" : `in ${group.length} of ${cases} cases`;
    return `- ${name}: ${where}, at most ${comparison(worst.ratio)} (${worst.kind}, ${rows(worst.size)} rows)`;
  });
  const missed = bars.filter(({ reached }) => reached === false);
  lines.push(
    ...missed.map(({ what, reference, atLeast, measured }) => {
      const compared = reference === "" ? "" : `, ${reference}`;
      return `- ${what}${compared}: the bar is ${atLeast}, and it is not reached: ${measured}`;
    }),
  );
  if (lines.length === 0) return "Of what was measured, the kernel is the fastest in all, and reaches every bar.";
  return ["Where the kernel loses, over all kinds and sizes:", "", ...lines].join("\n");
}

/** What the figures depend on. */
export function origin({ machine, versions, command, rounds, date }: Results): string {
  const { processor, cores, memoryGiB, system } = machine;
  const compilers = new Set([versions.c, versions.cpp].filter((version) => version !== undefined));
  return [
    `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}; Node ${versions.node}, V8 ${versions.v8};`,
    ...(compilers.size > 0 ? [`${[...compilers].join("; ")} (\`-O3 -march=native\`);`] : []),
    `\`${command}\` on ${date.slice(0, 10)}, medians of ${rounds === 1 ? "one round" : `${rounds} rounds`}.`,
  ].join("\n");
}

function contestantsOf(measured: readonly Measurement[]): string[] {
  return [...new Set(measured.map(({ contestant }) => contestant))];
}
