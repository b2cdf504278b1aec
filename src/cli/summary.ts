import type { Selection } from "../decoder/selection.js";
import { MIB_TCP_STATE, parseState, type StateName, stateName } from "../decoder/states.js";
import { bold, colourState } from "./colours.js";
import type { Look } from "./table-text.js";

/** How many rows are in a state. What `--summary --json` prints. */
export interface StateCount {
  state: StateName;
  count: number;
}

/** Counts by state, in the order of the states' numbers. Only states that occur. */
export function summarize(selection: Selection): StateCount[] {
  const counts = new Uint32Array(256);
  const states = selection.columns.state;
  for (const state of states) counts[state] = (counts[state] as number) + 1;
  const exact = Array.from(counts.subarray(0, 255), (count, number) => ({ state: stateName(number), count }));
  return [...exact.filter(({ count }) => count > 0), ...countLargeNumbers(selection, states)];
}

/** The state column ends at 255; the rows themselves have the numbers from there up. */
function countLargeNumbers({ table, indices }: Selection, states: Uint8Array): StateCount[] {
  const counts = new Map<StateName, number>();
  for (let at = states.indexOf(255); at !== -1; at = states.indexOf(255, at + 1)) {
    const { state } = table.row(indices[at] as number);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const found = Array.from(counts, ([state, count]) => ({ state, count }));
  return found.sort((a, b) => a.state.localeCompare(b.state, "en", { numeric: true }));
}

/** The counts as a table for people, with the total below. */
export function* summaryLines(counts: readonly StateCount[], { header, colour }: Look): Generator<string> {
  const total = String(counts.reduce((sum, { count }) => sum + count, 0));
  const stateWidth = Math.max("State".length, ...counts.map(({ state }) => state.length));
  const countWidth = Math.max("Connections".length, total.length);
  const lineOf = (state: string, count: string) => `${state.padEnd(stateWidth)}  ${count.padStart(countWidth)}`;
  const embolden = (line: string) => (colour ? bold(line) : line);

  if (header) yield embolden(lineOf("State", "Connections"));
  for (const { state, count } of counts) {
    const line = lineOf(state, String(count));
    yield colour ? line.replace(state, colourState(state, parseState(state) ?? MIB_TCP_STATE.RESERVED)) : line;
  }
  yield embolden(lineOf("Total", total));
}
