const BARS = "▁▂▃▄▅▆▇█";

/**
 * A line of bars for values over time: each bar is the largest value of its part of the time, the lowest one for the least of all
 * values, the highest for the most. Where a part has no value, there is a blank.
 *
 * @param times ascending, as many as there are values
 * @param width bars at most; fewer where there are fewer values
 */
export function sparkline(values: ArrayLike<number>, times: ArrayLike<number>, width: number): string {
  const { length } = values;
  if (length === 0) return "";
  const [first, last] = [times[0] as number, times[length - 1] as number];
  // A bar a sample, or two samples at least: clocks are never quite even, and a bar of little more than one might get none.
  const bars = length <= width ? length : Math.min(width, Math.ceil(length / 2));
  // Half of the time between two samples, so that each lies in the middle of its part.
  const half = (last - first) / (length - 1) / 2;
  const most = new Array<number>(bars).fill(Number.NEGATIVE_INFINITY);
  let least = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < length; at++) {
    const value = values[at] as number;
    const place =
      last > first ? Math.floor((((times[at] as number) - first + half) / (last - first + 2 * half)) * bars) : 0;
    const bar = Math.min(bars - 1, Math.max(0, place));
    if (value > (most[bar] as number)) most[bar] = value;
    if (value < least) least = value;
    if (value > highest) highest = value;
  }
  const range = highest - least;
  return most
    .map((value) => {
      if (value === Number.NEGATIVE_INFINITY) return " ";
      const height = range === 0 ? 0 : Math.round(((value - least) / range) * (BARS.length - 1));
      return BARS[height];
    })
    .join("");
}
