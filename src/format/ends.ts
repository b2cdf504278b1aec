import type { LayoutName } from "./layouts.js";

/*
 * What is told when a connection has ended, beside its row: a record of 40 bytes for each, all little-endian.
 *
 *  0        8            16               24            28    32      36   40
 *  | time   | bytes sent | bytes received | retransmits | rtt | flags | 0  |
 *  | f64    | u64        | u64            | u32         | u32 | u32   |    |
 *
 * Bytes are those of the programs, without headers; of those sent, what was sent again counts again. Linux counts the other end's FIN
 * as a byte that was received, where one came. The rtt is the smoothed round trip, microseconds.
 *
 * A figure that nobody told has all its bits set.
 */

/** Bytes of a record. */
export const END_RECORD = 40;

/** Bytes from the start of a record. */
export const END_AT = { time: 0, bytesSent: 8, bytesReceived: 16, retransmits: 24, rtt: 28, flags: 32 } as const;

/** The flag of an end that the kernel did not tell: a sample had seen the connection, and a later one no longer. */
export const SEEN_BY_SAMPLES = 1;

/** A figure of 32 bits that nobody has told. */
export const UNKNOWN_U32 = 0xffffffff;
/** A figure of 64 bits that nobody has told. */
export const UNKNOWN_U64 = 0xffff_ffff_ffff_ffffn;

/** Connections of one family that have ended, oldest first. */
export interface Ends {
  /** Of the rows. */
  readonly layout: LayoutName;
  /** How many. */
  readonly length: number;
  /** Their last known rows: a raw table, from `dwNumEntries` on. State 1 (CLOSED) is told by the kernel, and nothing else. */
  readonly rows: Uint8Array;
  /** `length` records, see END_AT. `time` is when the end was heard of: milliseconds since 1970-01-01 UTC. */
  readonly records: Uint8Array;
}
