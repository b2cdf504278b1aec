import { SUMMARY_STATES, type SummaryBlock } from "../capture/summary-columns.js";
import type { Capture } from "../capture/types.js";
import { type StateName, stateName } from "../format/states.js";

/** What the summaries of a recording tell, together. */
export interface InfoFigures {
  /** Connections of each sample, all tables and states, and when it was by the monotonic clock. */
  readonly rows: readonly number[];
  readonly monotonic: readonly number[];
  readonly least: number;
  readonly most: number;
  /** Connections by state in the last sample. */
  readonly states: readonly { readonly state: StateName | "other"; readonly count: number }[];
  readonly opened: number;
  readonly closed: number;
  readonly changed: number;
  /** Ends of connections that were lost. */
  readonly lost: number;
  /** Samples that lack a family, and others with a table that is not known to be whole. */
  readonly gaps: { readonly ipv4: number; readonly ipv6: number };
  readonly incomplete: number;
  /** Samples that the clock had, and nobody took: the recorder was busy. */
  readonly missed: number;
  /** Milliseconds by which samples were late, and that collecting took: the median and the most; null where nobody told. */
  readonly late: Spread | null;
  readonly duration: Spread | null;
}

interface Spread {
  readonly median: number;
  readonly most: number;
}

/** Adds summaries up. @param reached is told how far it is, wall clock in milliseconds since 1970 */
export async function figuresOf(
  blocks: AsyncIterable<SummaryBlock>,
  reached: (time: number) => void,
): Promise<InfoFigures> {
  const rows: number[] = [];
  const monotonic: number[] = [];
  const late: number[] = [];
  const duration: number[] = [];
  const sums = { opened: 0, closed: 0, changed: 0, lost: 0, incomplete: 0, missed: 0 };
  const gaps = { ipv4: 0, ipv6: 0 };
  let tick: number | undefined;
  let states: InfoFigures["states"] = [];
  for await (const block of blocks) {
    for (let at = 0; at < block.length; at++) {
      rows.push(block.rows[at] as number);
      monotonic.push(block.monotonic[at] as number);
      pushKnown(late, block.late[at] as number);
      pushKnown(duration, block.duration[at] as number);
      for (const kind of ["opened", "closed", "changed", "lost"] as const) sums[kind] += block[kind][at] as number;
      const missing = block.gaps[at] as number;
      if (block.complete[at] === 0 && missing === 0) sums.incomplete++;
      if ((missing & 1) !== 0) gaps.ipv4++;
      if ((missing & 2) !== 0) gaps.ipv6++;
      const next = block.tick[at] as number;
      // After 2³² ticks they begin with 0 again.
      if (tick !== undefined && next > tick) sums.missed += next - tick - 1;
      tick = next;
    }
    if (block.length > 0) {
      states = statesAt(block, block.length - 1);
      reached(block.time[block.length - 1] as number);
    }
  }
  const [least, most] = rows.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as [number, number]);
  return { rows, monotonic, least, most, states, ...sums, gaps, late: spreadOf(late), duration: spreadOf(duration) };
}

function pushKnown(values: number[], value: number): void {
  if (!Number.isNaN(value)) values.push(value);
}

function spreadOf(values: number[]): Spread | null {
  if (values.length === 0) return null;
  values.sort((one, other) => one - other);
  return { median: values[(values.length - 1) >> 1] as number, most: values.at(-1) as number };
}

function statesAt(block: SummaryBlock, at: number): InfoFigures["states"] {
  return Array.from({ length: SUMMARY_STATES }, (_, state) => ({
    state: state === SUMMARY_STATES - 1 ? ("other" as const) : stateName(state),
    count: block.states[state]?.[at] ?? 0,
  })).filter(({ count }) => count > 0);
}

/** What a recording holds, for programs. Times are ISO 8601 in UTC, durations milliseconds. */
export function infoRecord(capture: Capture, figures: InfoFigures): object {
  const { metadata, start, end, samples, bytes, intact } = capture;
  const { families, ...recorder } = metadata;
  const { rows, monotonic, least, most, states, ...sums } = figures;
  return {
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
    milliseconds: (monotonic.at(-1) ?? 0) - (monotonic[0] ?? 0),
    samples,
    bytes,
    ...recorder,
    families,
    connections: { least, most, last: rows.at(-1) ?? null, states },
    ...sums,
    intact,
  };
}
