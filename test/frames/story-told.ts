import { expect } from "vitest";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { createStory, type Story } from "../../src/frames/index.js";
import type { RawRow } from "../support/tables.js";
import { lineOf, type TestEnd, TestStream, type TestTick, timeOf } from "./story-frames.js";

export const [LISTEN, ESTAB, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, TIME_WAIT] = [2, 5, 6, 7, 8, 11];

/** A row whose cookie, PID and ports tell which one it is. */
export function row(cookie: number, state: number = ESTAB, more: Partial<RawRow> = {}): RawRow {
  return {
    state,
    localAddress: 0x0a000001,
    localPort: 1000 + cookie,
    remoteAddress: 0x0a000002,
    remotePort: state === LISTEN ? 0 : 443,
    owningPid: state === TIME_WAIT ? 0 : 100 + cookie,
    user: 7,
    inode: state === TIME_WAIT ? 0 : cookie,
    socketCookie: BigInt(cookie),
    ...more,
  };
}

/** The kernel's end of a connection: its cookie times ten are the bytes that it sent. */
export function end(cookie: number, after = 0, more: Partial<RawRow> = {}): TestEnd {
  return { row: row(cookie, 1, more), time: timeOf(0) + after, bytesSent: cookie * 10 };
}

export function seen(cookie: number, after = 0, state = ESTAB): TestEnd {
  return { row: row(cookie, state), time: timeOf(0) + after, seenBySamples: true };
}

interface Options {
  readonly where?: string;
  readonly layout?: LayoutName;
  readonly endsAreTold?: boolean;
}

/** What each of some ticks of IPv4 told. */
export async function told(engine: EngineName, ticks: readonly TestTick[], options: Options = {}): Promise<string[][]> {
  const stream = await TestStream.open(options.layout ?? "LINUX_TCPTABLE", engine, options.endsAreTold ?? true);
  const story = await createStory({ engine, where: options.where });
  return ticks.map((tick, number) => linesOf(story, stream.framesOf(number, tick)));
}

export function linesOf(story: Story, frames: readonly Uint8Array[]): string[] {
  const moment = story.read(frames);
  const lines = Array.from(moment.events(), lineOf);
  for (const event of ["opened", "closed", "changed"] as const)
    expect(moment[event]).toBe(lines.filter((line) => line.startsWith(event)).length);
  return lines;
}
