import type { TcpRow } from "../decoder/table/row.js";
import type { Family } from "../format/layouts.js";
import type { StateName } from "../format/states.js";

export type ConnectionEvent =
  | {
      readonly event: "opened" | "closed" | "changed";
      readonly time: number;
      readonly row: TcpRow;
      readonly processName?: string;
      readonly stateBefore?: StateName;
      readonly pidBefore?: number;
      readonly sampled: boolean;
      readonly bytesSent: bigint | null;
      readonly bytesReceived: bigint | null;
      readonly retransmits: number | null;
      readonly rttMicroseconds: number | null;
    }
  | { readonly event: "lost"; readonly time: number; readonly count: number }
  | { readonly event: "clock"; readonly time: number; readonly milliseconds: number }
  | { readonly event: "gap"; readonly time: number; readonly family: Family; readonly reason: string };

export interface SampledMoment {
  readonly time: number;
  readonly monotonic: number;
  readonly isBaseline: boolean;
  readonly gaps: readonly unknown[];
  readonly opened: number;
  readonly closed: number;
  readonly changed: number;
  readonly lost: number;
  readonly neverConnected: number;
  readonly late: number;
  readonly skipped: number;
  readonly samples: number;
  readonly duration: number;
  readonly sources: readonly string[];
  readonly blind: string | undefined;
  events(): Iterable<ConnectionEvent>;
}
