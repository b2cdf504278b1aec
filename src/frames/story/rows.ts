import type { TcpRow } from "../../decoder/table/row.js";
import type { TcpTable } from "../../decoder/table/table.js";
import { exactState } from "../../format/header.js";
import { MIB_TCP_STATE, type StateName, stateName } from "../../format/states.js";

/** A row that lies in a table of this moment. */
export interface PlacedRow {
  readonly table: TcpTable;
  readonly index: number;
}

/** A row of a table that is gone. */
export interface CopiedRow {
  readonly row: TcpRow;
  readonly processName: string | undefined;
}

export type SomeRow = PlacedRow | CopiedRow;

/** What a process is called. */
export type NameOf = (pid: number) => string | undefined;

/** A row that outlives its table. */
export function copyOf(row: SomeRow, nameOf: NameOf): CopiedRow {
  if ("row" in row) return row;
  const copied = row.table.row(row.index);
  return { row: copied, processName: copied.owningPid ? nameOf(copied.owningPid) : undefined };
}

/** Whether state or owner make a later row of a connection a `changed` one: rule 3 of ../rules.ts, for rows of some tables ago. */
export function differs(before: SomeRow, now: SomeRow): boolean {
  return stateOf(before) !== stateOf(now) || isOtherOwner(pidOf(before), pidOf(now));
}

/** A PID of 0 is unknown, and no change. */
export function isOtherOwner(before: number, now: number): boolean {
  return before !== now && before !== 0 && now !== 0;
}

export function stateOf(row: SomeRow): StateName {
  if ("row" in row) return row.row.state;
  const { table, index } = row;
  const state = table.columns.state[index] as number;
  return stateName(state === 255 ? exactState(table.bytes, table.layout, index) : state);
}

/** Addresses and ports: all numbers of a row's columns, as one text. */
export function endpointsOf({ table, index }: PlacedRow): string {
  const { localAddress, localPort, remoteAddress, remotePort } = table.columns;
  const words = table.family === 4 ? 1 : 4;
  const [local, remote] = [localAddress, remoteAddress].map((column) =>
    column.subarray(index * words, (index + 1) * words).join(" "),
  );
  return `${local} ${localPort[index]} ${remote} ${remotePort[index]}`;
}

export function pidOf(row: SomeRow): number {
  return ("row" in row ? row.row.owningPid : row.table.columns.owningPid?.[row.index]) ?? 0;
}

/** What is left of a connection that has ended may be in these two states, and in no other. */
export function mayStayAfterEnd(state: number | undefined): boolean {
  return state === MIB_TCP_STATE.FIN_WAIT2 || state === MIB_TCP_STATE.TIME_WAIT;
}
