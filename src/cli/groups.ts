import type { Family } from "../format/layouts.js";
import { bold } from "./colours.js";
import type { ConnectionRow } from "./column-names.js";
import { fieldOf } from "./summary.js";
import type { Look } from "./table-text.js";
import { cutEnd, widthOf } from "./text-width.js";
import { printable } from "./unsafe-text.js";

/** What `--by` counts by. */
export const GROUPINGS = ["state", "process", "user", "local", "lport", "remote", "rport"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** The field of a count that says of what it is, as rows call it. */
const FIELDS = {
  state: "state",
  process: "processName",
  user: "user",
  local: "localAddress",
  lport: "localPort",
  remote: "remoteAddress",
  rport: "remotePort",
} as const satisfies Record<Grouping, keyof ConnectionRow>;

const LABELS: Readonly<Record<Grouping, string>> = {
  ...{ state: "State", process: "Program", user: "User" },
  ...{ local: "Local Address", lport: "Local Port", remote: "Remote Address", rport: "Remote Port" },
};

/** How many connections have the same value. Its fields: the value, by the name that rows have for it, the count, and each family's. */
export type GroupCount = Record<string, string | number | null>;

export function fieldFor(by: Grouping): string {
  return FIELDS[by];
}

/**
 * Counts connections by what they have in common, the most first, then by value. A listener has no remote end: its value is null, as
 * where there is no owner.
 */
export function countBy(rows: Iterable<ConnectionRow>, by: Grouping, families: readonly Family[]): GroupCount[] {
  const field = FIELDS[by];
  const groups = new Map<string | number | null, GroupCount>();
  for (const row of rows) {
    const value = groupOf(row, by);
    let group = groups.get(value);
    if (!group) {
      group = { [field]: value, ...(by === "user" && { userName: row.userName ?? null }), count: 0 };
      for (const family of families) group[fieldOf(family)] = 0;
      groups.set(value, group);
    }
    group.count = Number(group.count) + 1;
    const family = fieldOf(row.localAddress.includes(":") ? 6 : 4);
    group[family] = Number(group[family]) + 1;
  }
  return [...groups.values()].sort((a, b) => Number(b.count) - Number(a.count) || compare(a[field], b[field]));
}

function groupOf(row: ConnectionRow, by: Grouping): string | number | null {
  const ofRemote = by === "remote" || by === "rport";
  return ofRemote && row.state === "LISTEN" ? null : (row[FIELDS[by]] ?? null);
}

function compare(a: GroupCount[string] | undefined, b: GroupCount[string] | undefined): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : 1;
}

/** The counts as a table for people. @param width cells of a line of the terminal, where one shows it */
export function* groupLines(
  counts: readonly GroupCount[],
  by: Grouping,
  families: readonly Family[],
  { header, colour }: Look,
  width?: number,
): Generator<string> {
  const fields = families.length > 1 ? [...families.map(fieldOf), "count"] : ["count"];
  const labels = families.length > 1 ? [...families.map((family) => `IPv${family}`), "Total"] : ["Connections"];
  const numbers = counts.map((count) => fields.map((field) => String(count[field])));
  const widths = labels.map((label, at) => Math.max(label.length, ...numbers.map((row) => row[at]?.length ?? 0)));
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - widths.reduce((sum, one) => sum + one + 2, 0);
  const values = counts.map((count) => cutEnd(printable(String(count.userName ?? count[FIELDS[by]] ?? "-")), room));
  const valueWidth = Math.max(LABELS[by].length, ...values.map(widthOf));
  const lineOf = (value: string, cells: readonly string[]) =>
    [
      value + " ".repeat(valueWidth - widthOf(value)),
      ...cells.map((cell, at) => cell.padStart(widths[at] as number)),
    ].join("  ");
  if (header) {
    const line = lineOf(LABELS[by], labels);
    yield colour ? bold(line) : line;
  }
  for (const [at, value] of values.entries()) yield lineOf(value, numbers[at] as readonly string[]);
}
