import type { TcpRow } from "../decoder/table/row.js";
import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import type { ConnectionEvent, RowEvent } from "../frames/index.js";

/** What the columns of a file for other programs are: the same ones for every recording, so that files can be read together. */

/** What a column's values are: `time` is milliseconds since 1970-01-01 UTC, `u64` a bigint, the unsigned ones numbers. */
export type ColumnType = "time" | "text" | "boolean" | "u8" | "u16" | "u32" | "u64" | "i64";

export type Value = string | number | bigint | boolean | null;

export interface ExportColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Of a connection, whatever the file is about. */
const CONNECTION: readonly ExportColumn[] = [
  { name: "state", type: "text" },
  { name: "localAddress", type: "text" },
  { name: "localPort", type: "u16" },
  { name: "remoteAddress", type: "text" },
  { name: "remotePort", type: "u16" },
  { name: "localScopeId", type: "u32" },
  { name: "remoteScopeId", type: "u32" },
  { name: "owningPid", type: "u32" },
  { name: "processName", type: "text" },
  { name: "user", type: "u32" },
  { name: "inode", type: "u32" },
  { name: "socketCookie", type: "text" },
  { name: "createTimestamp", type: "time" },
  { name: "offloadState", type: "text" },
];

/** A connection in a sample. */
export const ROW_COLUMNS: readonly ExportColumn[] = [
  { name: "time", type: "time" },
  { name: "tick", type: "u32" },
  { name: "family", type: "u8" },
  ...CONNECTION,
  { name: "receiveQueue", type: "u32" },
  { name: "sendQueue", type: "u32" },
];

/** What has happened. */
export const EVENT_COLUMNS: readonly ExportColumn[] = [
  { name: "time", type: "time" },
  { name: "event", type: "text" },
  { name: "family", type: "u8" },
  { name: "stateBefore", type: "text" },
  { name: "pidBefore", type: "u32" },
  ...CONNECTION,
  { name: "sampled", type: "boolean" },
  { name: "bytesSent", type: "u64" },
  { name: "bytesReceived", type: "u64" },
  { name: "retransmits", type: "u32" },
  { name: "rttMicroseconds", type: "u32" },
  { name: "count", type: "u32" },
  { name: "milliseconds", type: "i64" },
  { name: "reason", type: "text" },
];

/** What of a recording decides on the values. */
export interface Recorded {
  /** Whether it has owners: elsewhere a PID of 0 would say that there is none. */
  readonly owners: boolean;
  nameOf(pid: number): string | undefined;
}

/** The values of a connection in a sample, in the order of ROW_COLUMNS. */
export function rowValues(
  row: TcpRow,
  sample: { readonly time: number; readonly tick: number; readonly layout: LayoutName },
  recorded: Recorded,
): Value[] {
  const name = row.owningPid ? recorded.nameOf(row.owningPid) : undefined;
  return [
    ...[sample.time, sample.tick, LAYOUTS[sample.layout].family],
    ...connectionValues(row, name, recorded.owners),
    ...[row.receiveQueue ?? null, row.sendQueue ?? null],
  ];
}

/** The values of an event, in the order of EVENT_COLUMNS. */
export function eventValues(event: ConnectionEvent, recorded: Recorded): Value[] {
  const row = "row" in event ? event : undefined;
  return [
    ...[event.time, event.event, familyOf(event)],
    ...[row?.stateBefore ?? null, row?.pidBefore ?? null],
    ...(row ? connectionValues(row.row, row.processName, recorded.owners) : CONNECTION.map(() => null)),
    row ? row.sampled : null,
    ...figuresOf(row),
    "count" in event ? event.count : null,
    "milliseconds" in event ? event.milliseconds : null,
    "reason" in event ? event.reason : null,
  ];
}

function familyOf(event: ConnectionEvent): number | null {
  if ("family" in event) return event.family;
  return "row" in event ? (event.row.localAddress.includes(":") ? 6 : 4) : null;
}

function figuresOf(event: RowEvent | undefined): Value[] {
  if (event?.event !== "closed") return [null, null, null, null];
  return [event.bytesSent, event.bytesReceived, event.retransmits, event.rttMicroseconds];
}

function connectionValues(row: TcpRow, processName: string | undefined, owners: boolean): Value[] {
  return [
    ...[row.state, row.localAddress, row.localPort, row.remoteAddress, row.remotePort],
    ...[row.localScopeId ?? null, row.remoteScopeId ?? null],
    ...(owners ? [row.owningPid ?? null, processName ?? null] : [null, null]),
    ...[row.user ?? null, row.inode ?? null, row.socketCookie ?? null],
    row.createTimestamp ? Date.parse(row.createTimestamp) : null,
    row.offloadState ?? null,
  ];
}
