import type { Ends } from "../../src/format/ends.js";
import { type AnyRow, readRows } from "./diag-sockets.js";

/** One end as its row and its record have it; a figure that is not known is null. */
export interface ReadEnd extends AnyRow {
  readonly time: number;
  readonly bytesSent: bigint | null;
  readonly bytesReceived: bigint | null;
  readonly retransmits: number | null;
  readonly rtt: number | null;
  readonly flags: number;
}

/** What ends say, by a reader of its own that knows nothing of format/ends.ts. */
export function readEnds({ layout, length, rows, records }: Ends): ReadEnd[] {
  const all = readRows({ layout, bytes: rows, attempts: 1, nanoseconds: 0 });
  if (all.length !== length || records.length !== length * 40) throw new Error(`${all.length} rows of ${length} ends`);
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const long = (at: number) => (view.getBigInt64(at, true) === -1n ? null : view.getBigUint64(at, true));
  const word = (at: number) => (view.getInt32(at, true) === -1 ? null : view.getUint32(at, true));
  return all.map((row, index) => {
    const at = index * 40;
    if (view.getUint32(at + 36) !== 0) throw new Error(`Garbage behind record ${index}.`);
    return {
      ...row,
      time: view.getFloat64(at, true),
      bytesSent: long(at + 8),
      bytesReceived: long(at + 16),
      retransmits: word(at + 24),
      rtt: word(at + 28),
      flags: view.getUint32(at + 32, true),
    };
  });
}
