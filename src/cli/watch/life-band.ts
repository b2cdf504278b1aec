import type { Life } from "./lives.js";

/** Signs of a life, so that a glance tells who has closed. */
const SIGNS: Readonly<Record<string, string>> = {
  "SYN-SENT": "╌",
  "SYN-RECEIVED": "╌",
  "FIN-WAIT-1": "░",
  "FIN-WAIT-2": "░",
  CLOSING: "░",
  "CLOSE-WAIT": "▒",
  "LAST-ACK": "▒",
  "TIME-WAIT": "·",
};

/**
 * A life as a band, the oldest left: opening, established, this end closes, the other end has closed, TIME-WAIT. Blank before it
 * was seen, and after it ended.
 *
 * @param from milliseconds since 1970 of the left border, and `to` of the right one
 */
export function lifeBand(life: Life, from: number, to: number, cells: number): string {
  const { states, first, end } = life;
  if (end && !end.sampled) return `${" ".repeat(Math.max(0, cells - 1))}▏`;
  let band = "";
  const step = (to - from) / cells;
  for (let cell = 0; cell < cells; cell++) {
    // The latest state within the cell: else the last one, a moment old, would never be seen.
    const until = from + (cell + 1) * step;
    if (until < first || (end && until - step > end.time)) {
      band += " ";
      continue;
    }
    let state = states[0]?.state ?? "";
    // A state that began the life shows, however short it was.
    if (!(cell === 0 && from >= first)) for (const next of states) if (next.since <= until) state = next.state;
    band += SIGNS[state] ?? "━";
  }
  return band;
}
