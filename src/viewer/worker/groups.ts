import { SUMMARY_STATES } from "../../capture/index.js";
import type { Family, TcpRow, TcpTable } from "../../decoder/index.js";
import type { Group, GroupBy, Groups } from "../protocol.js";
import { ROW_MARK } from "./compared-table.js";
import type { MomentView } from "./moment-view.js";

/** Groups that are told. */
const MOST_GROUPS = 5000;

interface Counted {
  /** Some row of it, and where that is. */
  readonly table: TcpTable;
  readonly row: number;
  readonly family: Family;
  rows: number;
  opened: number;
  closed: number;
  readonly states: Uint32Array;
}

/** Counts what a moment shows by what its rows have in common. Only those groups that are told become text. */
export function groupsOf(view: MomentView, by: GroupBy): Groups {
  const counted = new Map<string | number, Counted>();
  for (const { part, table, indices, areClosed } of view.lists) {
    const { family } = part;
    const { state } = table.columns;
    const groupOf = groupValue(table, by);
    for (const row of indices) {
      const value = groupOf(row);
      let group = counted.get(value);
      if (!group) {
        group = { table, row, family, rows: 0, opened: 0, closed: 0, states: new Uint32Array(SUMMARY_STATES) };
        counted.set(value, group);
      }
      if (areClosed) {
        group.closed++;
        continue;
      }
      group.rows++;
      if (part.marks[row] === ROW_MARK.opened) group.opened++;
      (group.states[Math.min(state[row] as number, SUMMARY_STATES - 1)] as number)++;
    }
  }
  const largest = [...counted.values()].sort((one, other) => other.rows - one.rows || other.closed - one.closed);
  const groups = largest.slice(0, MOST_GROUPS).map((group) => told(view, by, group));
  return { groups, length: largest.length };
}

/** What a row is counted by, without making text of it where that can be done without. */
function groupValue(table: TcpTable, by: GroupBy): (row: number) => string | number {
  const { state, localPort, remoteAddress, owningPid } = table.columns;
  switch (by) {
    case "state":
      return (row) => state[row] as number;
    case "localPort":
      return (row) => localPort[row] as number;
    case "process":
      return (row) => owningPid?.[row] ?? 0;
    case "remoteAddress":
      // A listener has no remote end, whatever the table's bytes say.
      if (table.family === 4) return (row) => (state[row] === 2 ? 0 : (remoteAddress[row] as number));
      return (row) =>
        state[row] === 2
          ? "::"
          : `${remoteAddress[row * 4]} ${remoteAddress[row * 4 + 1]} ${remoteAddress[row * 4 + 2]} ${remoteAddress[row * 4 + 3]}`;
  }
}

function told(view: MomentView, by: GroupBy, { table, row: index, rows, opened, closed, states }: Counted): Group {
  const row = table.row(index);
  const processName = by === "process" ? view.nameOf(row.owningPid) : "";
  return { ...textsOf(row, by), processName, rows, opened, closed, states };
}

function textsOf(row: TcpRow, by: GroupBy): Pick<Group, "label" | "where"> {
  switch (by) {
    case "state":
      // A state without a name has no word in the grammar.
      return { label: row.state, where: row.state.startsWith("UNKNOWN") ? "" : `state ${row.state.toLowerCase()}` };
    case "localPort":
      return { label: String(row.localPort), where: `sport = :${row.localPort}` };
    case "process":
      return {
        label: row.owningPid === undefined ? "" : String(row.owningPid),
        where: row.owningPid === undefined ? "" : `pid = ${row.owningPid}`,
      };
    case "remoteAddress": {
      const address = row.remoteAddress;
      return { label: address, where: `dst = ${address.includes(":") ? `[${address}]` : address}` };
    }
  }
}
