import { STATE_ORDER } from "../../model/states.js";
import type { Lane, Timeline } from "../../protocol.js";
import type { PictureColumns, PictureMatches } from "./picture.js";

/** Intervals for which a sample stands where no other one follows. */
export const STANDS = 1.5;

/** Numbers of SummaryColumns.states that no state of STATE_ORDER has: CLOSED, DELETE-TCB, unknown ones. */
function otherPlaces(states: readonly Uint32Array[]): number[] {
  return [...states.keys()].filter((number) => !STATE_ORDER.some((state) => state.number === number));
}

/** `states` of a moment or a column by the places of STATE_ORDER. */
export function byPlace(states: ArrayLike<number>): number[] {
  const other = [...Array(states.length).keys()].filter(
    (number) => !STATE_ORDER.some((state) => state.number === number),
  );
  return STATE_ORDER.map(({ number }) =>
    number >= 0 ? (states[number] ?? 0) : other.reduce((sum, each) => sum + (states[each] ?? 0), 0),
  );
}

/**
 * Columns as they are painted. Where columns are narrower than samples are apart, a sample stands until the next one: a table is
 * what it is until it is read again. `every` is milliseconds from a sample to the next.
 */
export function pictureColumns(timeline: Timeline, every: number): PictureColumns {
  const { length } = timeline;
  const wide = (timeline.to - timeline.from) / Math.max(1, length);
  const other = otherPlaces(timeline.states);
  const states = STATE_ORDER.map(({ number }) => {
    if (number >= 0) return timeline.states[number]?.slice() ?? new Uint32Array(length);
    const sum = new Uint32Array(length);
    for (const each of other)
      for (let x = 0; x < length; x++) sum[x] = (sum[x] ?? 0) + (timeline.states[each]?.[x] ?? 0);
    return sum;
  });
  const rows = timeline.rows.slice();
  const seen = new Uint8Array(length);
  const opened = new Float32Array(length);
  const closed = new Float32Array(length);
  const late = new Uint8Array(length);
  let last = -1;
  for (let x = 0; x < length; x++) {
    const samples = timeline.samples[x] as number;
    if (samples > 0) {
      const seconds = Math.max(wide, samples * every) / 1000;
      seen[x] = 1;
      opened[x] = (timeline.opened[x] as number) / seconds;
      closed[x] = (timeline.closed[x] as number) / seconds;
      late[x] = (timeline.late[x] as number) > Math.max(5, every / 2) ? 1 : 0;
      last = x;
    } else if (last >= 0 && timeline.from + x * wide - (timeline.time[last] as number) < every * STANDS) {
      seen[x] = 1;
      opened[x] = opened[last] as number;
      closed[x] = closed[last] as number;
      rows[x] = rows[last] as number;
      for (const counts of states) counts[x] = counts[last] as number;
    }
  }
  return { span: { from: timeline.from, to: timeline.to }, length, seen, states, rows, opened, closed, late };
}

export function pictureMatches(lane: Lane, label: string): PictureMatches {
  return { live: lane.live, appeared: lane.appeared, upTo: lane.scannedTo, label };
}
