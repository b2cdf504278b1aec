import type { TcpRow } from "../../decoder/table/row.js";
import type { TcpTable } from "../../decoder/table/table.js";
import { formatIPv4, formatIPv6 } from "../../format/address.js";
import { MIB_TCP_STATE, parseState, stateName } from "../../format/states.js";
import type { Marks } from "./marks.js";
import type { RowFilter } from "./row-filter.js";
import type { RowList } from "./row-list.js";

/** By what rows can be grouped, in the order of the key. */
export const GROUPINGS = ["remote", "port", "process", "state"] as const;

export type Grouping = (typeof GROUPINGS)[number];

export interface Group {
  /** As its rows have it in the table. */
  readonly value: string | number;
  /** For people. */
  readonly label: string;
  /** What picks its rows, in the filter language; `undefined` where nothing can. */
  readonly filter: string | undefined;
  rows: number;
  /** By state number, those from 16 up in the last. */
  readonly states: Uint32Array;
  /** Connections with a mark. */
  opened: number;
  closed: number;
}

/** What groups are sorted by. */
export const GROUP_SORTS = ["label", "rows", "opened", "closed"] as const;

export interface GroupSort {
  readonly column: (typeof GROUP_SORTS)[number];
  readonly descending: boolean;
}

export type NameOf = (pid: number) => string | undefined;

/** The groups of a list's rows, with what has opened and closed in them lately. */
export function groupRows(
  list: RowList,
  by: Grouping,
  { marks, rowFilter, nameOf, sort }: { marks: Marks; rowFilter: RowFilter; nameOf: NameOf; sort: GroupSort },
): Group[] {
  const groups = new Map<string | number, Group>();
  const groupOf = (value: string | number): Group => {
    let group = groups.get(value);
    if (!group) {
      group = { value, ...describe(by, value, nameOf), rows: 0, states: new Uint32Array(16), opened: 0, closed: 0 };
      groups.set(value, group);
    }
    return group;
  };
  for (let place = 0; place < list.length; place++) {
    const { table, index } = list.at(place);
    if (!table) continue;
    const group = groupOf(valueAt(table, index, by));
    group.rows++;
    const state = Math.min(15, table.columns.state[index] as number);
    group.states[state] = (group.states[state] as number) + 1;
  }
  for (const { event } of marks) {
    if (event.event === "changed" || !rowFilter.matches(event.row)) continue;
    groupOf(valueIn(event.row, by))[event.event]++;
  }
  return [...groups.values()].sort(orderOf(sort));
}

function orderOf({ column, descending }: GroupSort): (one: Group, other: Group) => number {
  const turn = descending ? -1 : 1;
  return (one, other) => {
    const order = column === "label" ? byValue(one, other) : one[column] - other[column];
    return turn * order || other.rows - one.rows || byValue(one, other);
  };
}

function byValue({ value }: Group, { value: other }: Group): number {
  if (typeof value === "number" && typeof other === "number") return value - other;
  if (typeof value === typeof other) return value < other ? -1 : value > other ? 1 : 0;
  return typeof value === "number" ? -1 : 1;
}

/** Listeners have no remote end. */
const NOBODY = "*";

function valueAt(table: TcpTable, index: number, by: Grouping): string | number {
  const { state, localPort, owningPid, remoteAddress } = table.columns;
  switch (by) {
    case "port":
      return localPort[index] as number;
    case "process":
      return owningPid?.[index] ?? 0;
    case "state":
      return state[index] as number;
    case "remote": {
      if (state[index] === MIB_TCP_STATE.LISTEN) return NOBODY;
      if (table.family === 4) return remoteAddress[index] as number;
      const at = index * 4;
      const [a, b, c, d] = [remoteAddress[at], remoteAddress[at + 1], remoteAddress[at + 2], remoteAddress[at + 3]];
      return formatIPv6(a as number, b as number, c as number, d as number);
    }
  }
}

function valueIn(row: TcpRow, by: Grouping): string | number {
  switch (by) {
    case "port":
      return row.localPort;
    case "process":
      return row.owningPid ?? 0;
    case "state":
      return parseState(row.state) ?? 255;
    case "remote": {
      if (row.state === "LISTEN") return NOBODY;
      const octets = row.remoteAddress.includes(":") ? undefined : row.remoteAddress.split(".");
      return octets ? octets.reduce((all, octet) => all * 256 + Number(octet), 0) : row.remoteAddress;
    }
  }
}

function describe(by: Grouping, value: string | number, nameOf: NameOf): Pick<Group, "label" | "filter"> {
  switch (by) {
    case "port":
      return { label: `:${value}`, filter: `sport = :${value}` };
    case "process": {
      if (value === 0) return { label: "-", filter: "pid = 0" };
      const name = nameOf(value as number);
      return { label: `${value}${name === undefined ? "" : `/${name}`}`, filter: `pid = ${value}` };
    }
    case "state": {
      const label = stateName(value as number);
      return { label, filter: `( state ${label.toLowerCase()} )` };
    }
    case "remote": {
      if (value === NOBODY) return { label: NOBODY, filter: "( state listening )" };
      const label = typeof value === "number" ? formatIPv4(value) : value;
      return { label, filter: `dst ${label}` };
    }
  }
}

/** The states of a group with most rows first: `168 CLOSE-WAIT, 56 SYN-SENT`. */
export function statesText({ states }: Group): string {
  return [...states.entries()]
    .filter(([, count]) => count > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([state, count]) => `${count} ${state === 15 ? "others" : stateName(state)}`)
    .join(", ");
}

/** A filter that also asks for a group. */
export function withGroup(filter: string, group: string): string {
  const before = filter.trim();
  if (before === "") return group.replace(/^\( (.*) \)$/, "$1");
  // "and" and "or" bind alike.
  return /\bor\b|\|/i.test(before) ? `( ${before} ) ${group}` : `${before} ${group}`;
}
