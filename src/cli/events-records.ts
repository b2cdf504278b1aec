import type { TcpRow } from "../decoder/table/row.js";
import type { ConnectionEvent } from "../frames/index.js";
import { exactInteger } from "./exact-integers.js";

/** What is told of the owners. */
export interface OwnersWanted {
  /** Whether the tables were asked for owners: elsewhere a PID of 0 would say that there is none. */
  readonly owners: boolean;
  /** Whether names of processes were asked for. */
  readonly processes: boolean;
}

/**
 * An event for programs: when and what, then the row as `--ndjson` prints it, and behind it the figures of an end, `null` where
 * nobody told them. `stateBefore`, `pidBefore` and `sampled: false` are there only where they say something.
 */
export type EventRecord = Readonly<Record<string, string | number | boolean | null | readonly number[]>>;

/** Makes the record of an event. */
export function recordOf(event: ConnectionEvent, { owners, processes }: OwnersWanted): EventRecord {
  const { time, ...rest } = event;
  const at = new Date(time).toISOString();
  if (!("row" in rest)) return { time: at, ...rest };
  return {
    time: at,
    event: rest.event,
    ...(rest.stateBefore !== undefined && { stateBefore: rest.stateBefore }),
    ...(rest.pidBefore !== undefined && { pidBefore: rest.pidBefore }),
    ...(!rest.sampled && { sampled: false }),
    ...(owners ? rest.row : withoutOwners(rest.row)),
    family: rest.row.localAddress.includes(":") ? 6 : 4,
    ...(processes && { processName: rest.processName ?? null }),
    ...(rest.event === "closed" && {
      bytesSent: exactOrNull(rest.bytesSent),
      bytesReceived: exactOrNull(rest.bytesReceived),
      retransmits: rest.retransmits,
      rttMicroseconds: rest.rttMicroseconds,
    }),
  };
}

/** A row of a table that was not asked for owners. */
export function withoutOwners({ owningPid, owningPids, ...row }: TcpRow): Omit<TcpRow, "owningPid" | "owningPids"> {
  return row;
}

/** A figure of 64 bits in JSON; null where nobody told it. */
export function exactOrNull(value: bigint | null): number | string | null {
  return value === null ? null : exactInteger(value);
}

/** The columns of `--csv`: the same on every system, so that a program can rely on them. */
export function csvColumns({ owners, processes }: OwnersWanted): string[] {
  return [
    ...["time", "event", "stateBefore", "state"],
    ...["localAddress", "localPort", "remoteAddress", "remotePort", "localScopeId", "remoteScopeId"],
    ...(owners ? ["owningPid", "pidBefore"] : []),
    ...(processes ? ["processName"] : []),
    ...["user", "inode", "socketCookie", "createTimestamp", "sampled"],
    ...["bytesSent", "bytesReceived", "retransmits", "rttMicroseconds"],
    ...["count", "milliseconds", "family", "reason"],
  ];
}
