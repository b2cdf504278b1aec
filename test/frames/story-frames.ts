import type { EngineName } from "../../src/decoder/table/engine.js";
import { END_AT, END_RECORD, type Ends, SEEN_BY_SAMPLES, UNKNOWN_U32, UNKNOWN_U64 } from "../../src/format/ends.js";
import { LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import { type ConnectionEvent, createFrameWriter, type FrameWriter } from "../../src/frames/index.js";
import { encodeTable, type RawRow } from "../support/tables.js";

/** An end as a test tells it. */
export interface TestEnd {
  readonly row: RawRow;
  readonly time: number;
  /** All of its figures follow from this; unknown where it is missing. */
  readonly bytesSent?: number;
  readonly seenBySamples?: boolean;
}

/** What one family tells at a tick: a table, or that there is none. */
export interface TestTick {
  readonly rows?: readonly RawRow[];
  readonly gap?: string;
  readonly ends?: readonly TestEnd[];
  readonly lost?: number;
  readonly neverConnected?: number;
  readonly names?: Readonly<Record<number, string>>;
  readonly sharedOwners?: Uint32Array;
}

export function endsOf(ends: readonly TestEnd[], family: 4 | 6): Ends {
  const layout = family === 4 ? "LINUX_TCPTABLE" : "LINUX_TCP6TABLE";
  const records = new Uint8Array(ends.length * END_RECORD);
  const view = new DataView(records.buffer);
  for (const [index, { time, bytesSent, seenBySamples }] of ends.entries()) {
    const at = index * END_RECORD;
    view.setFloat64(at + END_AT.time, time, true);
    view.setBigUint64(at + END_AT.bytesSent, bytesSent === undefined ? UNKNOWN_U64 : BigInt(bytesSent), true);
    view.setBigUint64(at + END_AT.bytesReceived, bytesSent === undefined ? UNKNOWN_U64 : BigInt(bytesSent) + 1n, true);
    view.setUint32(at + END_AT.retransmits, bytesSent === undefined ? UNKNOWN_U32 : bytesSent + 2, true);
    view.setUint32(at + END_AT.rtt, bytesSent === undefined ? UNKNOWN_U32 : bytesSent + 3, true);
    view.setUint32(at + END_AT.flags, seenBySamples ? SEEN_BY_SAMPLES : 0, true);
  }
  const rows = ends.map(({ row, seenBySamples }) =>
    seenBySamples ? row : { ...row, state: 1, owningPid: 0, inode: 0 },
  );
  return { layout, length: ends.length, rows: encodeTable(rows, layout), records };
}

/** Writes the frames of one family. */
export class TestStream {
  readonly layout: LayoutName;
  readonly #writer: FrameWriter;
  readonly #endsAreTold: boolean;

  static async open(layout: LayoutName, engine: EngineName, endsAreTold = true): Promise<TestStream> {
    return new TestStream(layout, await createFrameWriter({ engine, keyInterval: 5 }), endsAreTold);
  }

  private constructor(layout: LayoutName, writer: FrameWriter, endsAreTold: boolean) {
    this.layout = layout;
    this.#writer = writer;
    this.#endsAreTold = endsAreTold;
  }

  /** @param time of the wall clock; the monotonic one shows a second a tick */
  framesOf(tick: number, told: TestTick, time = timeOf(tick)): Uint8Array[] {
    const { rows = [], gap, ends = [], lost = 0, neverConnected = 0, names, sharedOwners } = told;
    const { layout } = this;
    const clock = { tick, time, monotonic: tick * 1000 };
    const frames: Uint8Array[] = [];
    if (names) {
      const list = Object.entries(names).map(([pid, name]) => ({ pid: Number(pid), startTime: 0, name }));
      frames.push(this.#writer.writeNames({ ...clock, names: list }).slice());
    }
    if (ends.length > 0 || lost > 0 || neverConnected > 0) {
      const input = { ...clock, ends: endsOf(ends, LAYOUTS[layout].family), lost, neverConnected };
      frames.push(this.#writer.writeEnds(input).slice());
    }
    if (gap !== undefined) {
      frames.push(this.#writer.writeGap({ ...clock, layout, reason: gap }).slice());
      return frames;
    }
    const endsAreTold = this.#endsAreTold;
    const bytes = encodeTable(rows, layout);
    frames.push(
      this.#writer.write({ ...clock, bytes, layout, attempts: 1, complete: true, endsAreTold, sharedOwners }).slice(),
    );
    return frames;
  }
}

export function timeOf(tick: number): number {
  return 1_700_000_000_000 + tick * 1000;
}

/** An event in a line, with what tests look at. */
export function lineOf(event: ConnectionEvent): string {
  switch (event.event) {
    case "lost":
      return `lost ${event.count}`;
    case "clock":
      return `clock ${event.milliseconds}`;
    case "gap":
      return `gap ${event.family} ${event.reason}`;
    default: {
      const { row, stateBefore, pidBefore, sampled, bytesSent, processName } = event;
      const parts = [
        event.event,
        Number.parseInt(row.socketCookie ?? "0", 16),
        stateBefore === undefined ? row.state : `${stateBefore}→${row.state}`,
        pidBefore === undefined ? "" : `pid ${pidBefore}→${row.owningPid}`,
        sampled ? "" : "unsampled",
        bytesSent === null ? "" : `sent ${bytesSent}`,
        event.event === "closed" ? `at ${event.time - timeOf(0)}` : "",
        processName ?? "",
      ];
      return parts.filter((part) => part !== "").join(" ");
    }
  }
}
