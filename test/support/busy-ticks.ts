import { timeOf } from "../frames/story-frames.js";
import type { RecordedTick } from "./recordings.js";
import type { RawRow } from "./tables.js";

/** A connection of each number; its state is given. */
export function row(number: number, state = 5, more: Partial<RawRow> = {}): RawRow {
  return {
    state,
    localAddress: 0x0a000001,
    localPort: 443,
    remoteAddress: 0x0a000100 + number,
    remotePort: 40_000 + number,
    owningPid: 7,
    user: 1000,
    inode: 100 + number,
    socketCookie: BigInt(number),
    ...more,
  };
}

/** The same, of IPv6. */
export function row6(number: number, state = 5, more: Partial<RawRow> = {}): RawRow {
  return row(1000 + number, state, {
    localAddress: [0xfd000000, 0, 0, 1],
    remoteAddress: [0xfd000000, 0, 0, 0x100 + number],
    localScopeId: 0,
    remoteScopeId: 0,
    ...more,
  });
}

/** A busy quarter of a minute: a listener, connections that come, change, end and go, a gap, and names. */
export const BUSY_TICKS: RecordedTick[] = Array.from({ length: 40 }, (_, tick) => {
  const rows = [row(1, 2)];
  for (let number = tick; number < tick + 5; number++) rows.push(row(10 + number, number === tick ? 8 : 5));
  const ended =
    tick > 0 && tick % 3 === 0 ? [{ row: row(9 + tick, 8), time: timeOf(tick) - 300, bytesSent: 50 + tick }] : [];
  return {
    ipv4: { rows, ends: ended, ...(tick === 0 ? { names: { 7: "nginx" } } : {}) },
    ipv6: tick === 13 ? { gap: "it was busy" } : { rows: [row6(2, 2), row6(20 + (tick >> 2))] },
  };
});
