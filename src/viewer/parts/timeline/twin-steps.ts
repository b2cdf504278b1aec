import type { Timeline } from "../../protocol.js";
import { STANDS } from "./from-worker.js";

/** A line of the timeline's table. */
export interface TwinStep {
  /** Of the sample that is told; the step's begin where there is none. */
  readonly time: number;
  /** The column with most rows of the step, which stands for it; null where nothing was sampled. */
  readonly column: number | null;
}

/**
 * A timeline's columns, joined to a few steps: no spike is left out. A step without a sample is told only where one is missing: where the
 * sample before still stands, there is nothing new.
 *
 * @param every milliseconds from a sample to the next; 0 where that is not known
 * @param most steps
 */
export function twinSteps(timeline: Timeline, every: number, most: number): TwinStep[] {
  const { length, samples, rows, time } = timeline;
  const wide = (timeline.to - timeline.from) / Math.max(1, length);
  const count = Math.min(most, length);
  const steps: TwinStep[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (let step = 0; step < count; step++) {
    const first = Math.floor((step * length) / count);
    const end = Math.floor(((step + 1) * length) / count);
    let busiest = -1;
    for (let column = first; column < end; column++) {
      if (samples[column] === 0) continue;
      if (busiest < 0 || (rows[column] as number) > (rows[busiest] as number)) busiest = column;
      latest = time[column] as number;
    }
    const begin = timeline.from + first * wide;
    if (busiest >= 0) steps.push({ time: time[busiest] as number, column: busiest });
    else if (begin - latest >= every * STANDS) steps.push({ time: begin, column: null });
  }
  return steps;
}
