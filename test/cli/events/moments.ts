import type { CountedMoment } from "../../../src/cli/events-stats.js";
import type { TcpRow } from "../../../src/decoder/table/row.js";
import type { ConnectionEvent, Gap, Moment, RowEvent } from "../../../src/frames/index.js";

export type ScriptedMoment = CountedMoment & Pick<Moment, "events">;

/** 2026-11-24T12:00:00.000Z. */
export const NOON = Date.UTC(2026, 10, 24, 12);

/** A row as Linux's layout of identities has it, owners not asked for. */
export const ROW: TcpRow = {
  ...{
    state: "ESTABLISHED",
    localAddress: "127.0.0.1",
    localPort: 40000,
    remoteAddress: "127.0.0.1",
    remotePort: 8080,
  },
  ...{ owningPid: 0, user: 1000, inode: 4711, socketCookie: "1a2b" },
};

const UNKNOWN = { bytesSent: null, bytesReceived: null, retransmits: null, rttMicroseconds: null };

export function opened(row: Partial<TcpRow> = {}, more: Partial<RowEvent> = {}): RowEvent {
  return { event: "opened", time: NOON, row: { ...ROW, ...row }, sampled: true, ...UNKNOWN, ...more };
}

export function changed(row: Partial<TcpRow>, more: Partial<RowEvent>): RowEvent {
  return { ...opened(row), event: "changed", ...more };
}

export function closed(row: Partial<TcpRow> = {}, more: Partial<RowEvent> = {}): RowEvent {
  return { ...opened(row), event: "closed", ...more };
}

/** A moment in which these happened. */
export function moment(events: readonly ConnectionEvent[], more: Partial<ScriptedMoment> = {}): ScriptedMoment {
  const count = (kind: string) => events.filter(({ event }) => event === kind).length;
  return {
    ...{ monotonic: 0, gaps: events.filter(({ event }) => event === "gap") as unknown as Gap[] },
    ...{ opened: count("opened"), closed: count("closed"), changed: count("changed"), lost: 0, neverConnected: 0 },
    ...{ late: 0, skipped: 0, samples: 1, sources: ["a script"], blind: undefined },
    *events() {
      yield* events;
    },
    ...more,
  };
}
