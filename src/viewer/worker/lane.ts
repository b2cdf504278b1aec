import type { ScanMarks } from "../../capture/index.js";
import type { Lane, Window } from "../protocol.js";

/** Columns at most: no screen has more. */
const MOST_COLUMNS = 16_384;

/** A scan's marks as columns of pixels. @param scannedTo up to when the scan has looked */
export function laneOf(marks: ScanMarks, { from, to, columns }: Window, scannedTo: number): Lane {
  const length = Math.max(1, Math.min(MOST_COLUMNS, Math.floor(columns) || 1));
  const [appeared, went, live] = [new Uint32Array(length), new Uint32Array(length), new Uint32Array(length)];
  const scale = to > from ? length / (to - from) : 0;
  let now = 0;
  /** The first column that does not know how many there are. */
  let next = 0;
  let mostLive = 0;
  const fillTo = (column: number) => {
    for (; next < column; next++) live[next] = Math.max(live[next] as number, now);
  };
  for (let at = 0; at < marks.length; at++) {
    const time = marks.time[at] as number;
    const count = marks.live[at] as number;
    mostLive = Math.max(mostLive, count);
    if (time <= to && time >= from) {
      const column = Math.min(length - 1, Math.floor((time - from) * scale));
      // As many as before, up to this column, and in its own part before the mark.
      fillTo(column);
      live[column] = Math.max(live[column] as number, now, count);
      (appeared[column] as number) += marks.appeared[at] as number;
      (went[column] as number) += marks.went[at] as number;
    }
    if (time <= to) now = count;
  }
  const scanned = scannedTo >= to ? length : Math.max(0, Math.min(length, Math.ceil((scannedTo - from) * scale)));
  fillTo(scanned);
  return { from, to, length, appeared, went, live, mostLive, scannedTo };
}
