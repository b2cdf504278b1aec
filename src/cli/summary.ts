import type { Selection } from "../decoder/table/table.js";
import type { Family } from "../format/layouts.js";
import { MIB_TCP_STATE, parseState, type StateName, stateName } from "../format/states.js";
import { bold, colourState } from "./colours.js";
import type { Look } from "./table-text.js";

/** How many connections are in a state. */
export interface StateCount {
  state: StateName;
  /** Of all families that could be read. */
  count: number;
  /** Absent where the family was not asked for, `null` where it could not be read. */
  ipv4?: number | null;
  ipv6?: number | null;
}

type FamilyField = "ipv4" | "ipv6";

export function fieldOf(family: Family): FamilyField {
  return `ipv${family}`;
}

/** Counts by state, in the order of the states' numbers. Only states that occur. */
export function summarize(selections: readonly Selection[], families: readonly Family[]): StateCount[] {
  const read = selections.map(({ table }) => table.family);
  const states = new Map<StateName, StateCount>();
  for (const selection of selections) {
    for (const [state, count] of countStates(selection)) {
      const counted = states.get(state) ?? emptyCount(state, families, read);
      counted.count += count;
      counted[fieldOf(selection.table.family)] = count;
      states.set(state, counted);
    }
  }
  return Array.from(states.values()).sort((a, b) => numberOf(a.state) - numberOf(b.state));
}

function emptyCount(state: StateName, families: readonly Family[], read: readonly Family[]): StateCount {
  const count: StateCount = { state, count: 0 };
  for (const family of families) count[fieldOf(family)] = read.includes(family) ? 0 : null;
  return count;
}

function countStates({ table, indices, columns }: Selection): Map<StateName, number> {
  const counts = new Map<StateName, number>();
  const numbers = new Uint32Array(255);
  const { state: states } = columns;
  for (const [at, state] of states.entries()) {
    if (state < 255) {
      numbers[state] = (numbers[state] as number) + 1;
    } else {
      // The state column ends at 255; the rows themselves have the numbers from there up.
      const name = table.row(indices[at] as number).state;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  for (const [number, count] of numbers.entries()) if (count > 0) counts.set(stateName(number), count);
  return counts;
}

function numberOf(state: StateName): number {
  return parseState(state) ?? Number(/\d+/.exec(state)?.[0]);
}

/** The counts as a table for people, with the total below. A family that could not be read has `-`. */
export function* summaryLines(
  counts: readonly StateCount[],
  families: readonly Family[],
  { header, colour }: Look,
): Generator<string> {
  const fields: (FamilyField | "count")[] = families.length > 1 ? [...families.map(fieldOf), "count"] : ["count"];
  const labels = families.length > 1 ? [...families.map((family) => `IPv${family}`), "Total"] : ["Connections"];
  const totals = fields.map((field) => textOf(sum(counts.map((count) => count[field]))));
  const stateWidth = Math.max("State".length, ...counts.map(({ state }) => state.length));
  const widths = labels.map((label, at) => Math.max(label.length, (totals[at] as string).length));
  const lineOf = (state: string, cells: readonly string[]) =>
    [state.padEnd(stateWidth), ...cells.map((cell, at) => cell.padStart(widths[at] as number))].join("  ");
  const embolden = (line: string) => (colour ? bold(line) : line);

  if (header) yield embolden(lineOf("State", labels));
  for (const count of counts) {
    const { state } = count;
    const line = lineOf(
      state,
      fields.map((field) => textOf(count[field])),
    );
    yield colour ? line.replace(state, colourState(state, parseState(state) ?? MIB_TCP_STATE.RESERVED)) : line;
  }
  yield embolden(lineOf("Total", totals));
}

function sum(counts: readonly (number | null | undefined)[]): number | null {
  return counts.includes(null) ? null : counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}

function textOf(count: number | null | undefined): string {
  return String(count ?? "-");
}
