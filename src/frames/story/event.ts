import type { TcpRow } from "../../decoder/table/row.js";
import type { Family } from "../../format/layouts.js";
import type { StateName } from "../../format/states.js";

/** What has happened, as an object of its own that stays valid. Figures of 64 bits are bigints, which JSON has not. */
export type ConnectionEvent = RowEvent | LostEvent | ClockEvent | GapEvent;

/** A connection has opened, closed or changed. */
export interface RowEvent {
  /** What has happened to it. */
  readonly event: "opened" | "closed" | "changed";
  /** Milliseconds since 1970-01-01 UTC: of the end where an end tells it, else of the sample that shows it. */
  readonly time: number;
  /** The connection; of one that closed, as it was last known. */
  readonly row: TcpRow;
  /** Of the process that the row names, where names are told. */
  readonly processName?: string;
  /** Where another state makes it `changed`: the one before. */
  readonly stateBefore?: StateName;
  /** Where another owner makes it `changed`: the PID before. */
  readonly pidBefore?: number;
  /** False where no sample saw the connection, and its end alone tells it: then `row` is the end's, in state CLOSED. */
  readonly sampled: boolean;
  /** Bytes that were sent; null unless an end has told them. So are the three that follow. */
  readonly bytesSent: bigint | null;
  /**
   * Bytes that were received. Linux counts the other end's FIN as one more: told are 6 where 5 bytes and a FIN came. It does not come
   * where this end closed first and went without it, nor where one end reset the connection: then the number is exact. Which it was,
   * Linux does not tell. 0 is always exact.
   */
  readonly bytesReceived: bigint | null;
  /** Segments that were sent again. */
  readonly retransmits: number | null;
  /** The smoothed round-trip time. */
  readonly rttMicroseconds: number | null;
}

/** So many ends were not told: there was no room for them somewhere. */
export interface LostEvent {
  /** Always `"lost"`. */
  readonly event: "lost";
  /** Of the sample after them. */
  readonly time: number;
  /** How many. */
  readonly count: number;
}

/** The wall clock has jumped. */
export interface ClockEvent {
  /** Always `"clock"`. */
  readonly event: "clock";
  /** After the jump. */
  readonly time: number;
  /** By how much: negative where it was set back. */
  readonly milliseconds: number;
}

/** From this sample on, a family is not read. Told when it begins. */
export interface GapEvent {
  /** Always `"gap"`. */
  readonly event: "gap";
  /** Of the sample, milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** The family that is not read. */
  readonly family: Family;
  /** For people. */
  readonly reason: string;
}
