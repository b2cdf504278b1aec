import type { Life } from "../capture/types.js";
import { exactOrNull, withoutOwners } from "./events-records.js";

/** The life of a connection for programs: times, states and figures, and the row as it was known last. */
export type LifeRecord = Readonly<Record<string, unknown>>;

/** @param owners whether the recording has them: elsewhere a PID of 0 would say that there is none */
export function lifeRecord(life: Life, owners: boolean): LifeRecord {
  const { firstSeen, lastSeen, endedAt, states, row } = life;
  return {
    firstSeen: isoTime(firstSeen),
    lastSeen: isoTime(lastSeen),
    isOlder: life.isOlder,
    isAlive: life.isAlive,
    endedAt: endedAt === null ? null : isoTime(endedAt),
    livedMilliseconds: livedFor(life),
    ...(!life.sampled && { sampled: false }),
    ...(owners ? { ...row, processName: life.processName ?? null } : withoutOwners(row)),
    states: states.map(({ state, time }) => ({ state, time: isoTime(time) })),
    samples: life.samples,
    matches: life.matches,
    bytesSent: exactOrNull(life.bytesSent),
    bytesReceived: exactOrNull(life.bytesReceived),
    retransmits: life.retransmits,
    rttMicroseconds: life.rttMicroseconds,
  };
}

/** Milliseconds from when it was first seen to its end, as far as it is known. */
export function livedFor({ firstSeen, lastSeen, endedAt }: Life): number {
  return Math.max(0, (endedAt ?? lastSeen) - firstSeen);
}

/** The record as CSV has it: texts and numbers. The states stand in one column, with blanks between them. */
export function lifeValues(life: Life, owners: boolean): Record<string, string | number | null> {
  const values: Record<string, string | number | null> = {};
  for (const [name, value] of Object.entries(lifeRecord(life, owners)))
    if (typeof value === "boolean") values[name] = String(value);
    else if (typeof value === "string" || typeof value === "number") values[name] = value;
  values.states = life.states.map(({ state }) => state).join(" ");
  values.sampled = life.sampled ? null : "false";
  return values;
}

/** The columns of `--csv`: the same on every system, so that a program can rely on them. */
export function lifeColumns(owners: boolean): string[] {
  return [
    ...["firstSeen", "lastSeen", "isOlder", "isAlive", "endedAt", "livedMilliseconds", "state", "states"],
    ...["localAddress", "localPort", "remoteAddress", "remotePort", "localScopeId", "remoteScopeId"],
    ...(owners ? ["owningPid", "processName"] : []),
    ...["user", "inode", "socketCookie", "createTimestamp", "sampled", "samples", "matches"],
    ...["bytesSent", "bytesReceived", "retransmits", "rttMicroseconds"],
  ];
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
