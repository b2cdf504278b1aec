import { UNKNOWN_U32, UNKNOWN_U64 } from "../../format/ends.js";
import type { EndRecord } from "./ends.js";
import type { RowEvent } from "./event.js";
import { copyOf, isOtherOwner, type NameOf, type PlacedRow, pidOf, type SomeRow, stateOf } from "./rows.js";

/** An event that is to be told, without the objects that people read: they are made for whoever asks. */
export interface Told {
  readonly event: RowEvent["event"];
  readonly time: number;
  readonly row: SomeRow;
  /** What `changed` is told against. */
  readonly before?: SomeRow | undefined;
  /** Whether its opening is told just before it: it came and went. */
  readonly isNew?: boolean;
  readonly sampled: boolean;
  /** The end that tells its figures. */
  readonly figures?: EndRecord | undefined;
}

/** What is to be told of a family, in the order of telling. */
export class ToldEvents {
  /** By the time of the end. */
  readonly closed: Told[] = [];
  /** In the table's order, as the next ones. */
  readonly changed: Told[] = [];
  readonly opened: Told[] = [];
  /** Openings that are told with a `closed`. */
  cameAndWent = 0;

  open(row: PlacedRow, time: number): void {
    this.opened.push({ event: "opened", time, row, sampled: true });
  }

  change(row: PlacedRow, before: SomeRow, time: number): void {
    this.changed.push({ event: "changed", time, row, before, sampled: true });
  }

  /** @param isNew whether its opening is to be told with it */
  close(row: SomeRow, time: number, figures: EndRecord | undefined, isNew: boolean): void {
    this.closed.push({ event: "closed", time, row, isNew, sampled: true, figures });
    if (isNew) this.cameAndWent++;
  }

  /** A connection that no sample saw. */
  closeUnsampled(row: PlacedRow, time: number, figures: EndRecord): void {
    this.closed.push({ event: "closed", time, row, sampled: false, figures });
  }

  sort(): void {
    if (this.closed.length > 1) this.closed.sort(byTime);
  }

  clear(): void {
    this.closed.length = 0;
    this.changed.length = 0;
    this.opened.length = 0;
    this.cameAndWent = 0;
  }
}

function byTime(one: Told, other: Told): number {
  return one.time - other.time;
}

/** The event itself. @param event what is told is this, or the opening of what came and went */
export function eventOf(
  { row: source, before, sampled, figures: end }: Told,
  event: RowEvent["event"],
  time: number,
  nameOf: NameOf,
): RowEvent {
  const { row, processName } = copyOf(source, nameOf);
  const figures = event === "closed" ? end : undefined;
  const hasOtherState = before !== undefined && stateOf(before) !== row.state;
  const pidBefore = before === undefined ? 0 : pidOf(before);
  return {
    event,
    time,
    row,
    ...(processName === undefined ? undefined : { processName }),
    ...(hasOtherState ? { stateBefore: stateOf(before) } : undefined),
    ...(isOtherOwner(pidBefore, row.owningPid ?? 0) ? { pidBefore } : undefined),
    sampled,
    bytesSent: known64(figures?.ends.bytesSent[figures.index]),
    bytesReceived: known64(figures?.ends.bytesReceived[figures.index]),
    retransmits: known32(figures?.ends.retransmits[figures.index]),
    rttMicroseconds: known32(figures?.ends.rtt[figures.index]),
  };
}

function known64(figure: bigint | undefined): bigint | null {
  return figure === undefined || figure === UNKNOWN_U64 ? null : figure;
}

function known32(figure: number | undefined): number | null {
  return figure === undefined || figure === UNKNOWN_U32 ? null : figure;
}
