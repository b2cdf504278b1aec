import { isSample, type Measurement, type Results } from "../results.js";
import { digits, duration, rows, times } from "./format.js";
import { boldLoss, table } from "./markdown.js";

/** What differs less than this between two runs says nothing. */
const NOISE = 1.1;

/**
 * A run beside an earlier one: a table for each suite and kind that both measured, before and now. Nanoseconds a row; of whole
 * samples and processes the time of one.
 */
export function comparisonOf(before: Results, now: Results): string[] {
  const tables: string[] = [];
  for (const name of new Set(now.measurements.map(nameOf))) {
    const pairs = now.measurements
      .filter((one) => nameOf(one) === name)
      .flatMap((one) => {
        const earlier = before.measurements.find((other) => isSameCase(one, other));
        return earlier ? [{ one, earlier }] : [];
      });
    if (pairs.length === 0) continue;
    const sizes = [...new Set(pairs.map(({ one }) => one.size))];
    const contestants = [...new Set(pairs.map(({ one }) => one.contestant))];
    const body = contestants.map((contestant) => [
      contestant,
      ...sizes.map((size) => {
        const pair = pairs.find(({ one }) => one.contestant === contestant && one.size === size);
        return pair ? changeCell(pair.earlier, pair.one) : "";
      }),
    ]);
    const unit = pairs[0] && isSample(pairs[0].one) ? "" : ", ns a row";
    tables.push(table([`${name}: before → now${unit}`, ...sizes.map((size) => `${rows(size)} rows`)], body));
  }
  return [introduction(before, now, tables.length > 0), ...tables];
}

function introduction(before: Results, now: Results, measuredAlike: boolean): string {
  const from = `the run of ${before.date.slice(0, 16).replace("T", " ")} UTC (\`${before.command}\`)`;
  if (!measuredAlike) return `Nothing was measured that ${from} measured as well.`;
  const differences = [
    differenceOf("processor", before.machine.processor, now.machine.processor),
    differenceOf("Node", before.versions.node, now.versions.node),
  ].filter((difference) => difference !== "");
  const warning = differences.length > 0 ? ` Not the same: ${differences.join("; ")}.` : "";
  return `Compared with ${from}; **bold** where it takes more than ${times(NOISE)} as long.${warning}`;
}

function differenceOf(what: string, before: string | undefined, now: string | undefined): string {
  return before === now ? "" : `${what} ${before} before, ${now} now`;
}

function nameOf({ suite, kind }: Measurement): string {
  return `${suite}, ${kind}`;
}

function isSameCase(one: Measurement, other: Measurement): boolean {
  return nameOf(one) === nameOf(other) && one.size === other.size && one.contestant === other.contestant;
}

function changeCell(before: Measurement, now: Measurement): string {
  const change = now.nanosecondsPerRow / before.nanosecondsPerRow;
  return boldLoss(`${timeOf(before)} → ${timeOf(now)} (${times(change)})`, change > NOISE);
}

function timeOf(one: Measurement): string {
  return isSample(one) ? duration(one.nanosecondsPerRow * one.size) : digits(one.nanosecondsPerRow);
}
