import { openCapture } from "../capture/capture.js";
import { openFileReadable } from "../capture/node-file.js";
import type { Capture } from "../capture/types.js";
import type { EngineName } from "../decoder/table/engine.js";
import { DONE, FAILED } from "./exit-codes.js";
import { countText } from "./quantities.js";
import type { RangeArguments } from "./recorded-connections.js";
import { isoText, parseTime, type Span, Zone } from "./times.js";
import { warn } from "./warnings.js";

/** The command line asks of a recording what it can't have. */
export class MisuseError extends Error {
  override readonly name = "MisuseError";
}

/** A recording that a command works on. */
export interface Recording {
  readonly capture: Capture;
  readonly span: Span;
}

/**
 * Opens a recording, lets a command work on it, and closes it again. Where it is damaged, that is told behind what is intact.
 *
 * @param act returns the exit code; it is not called for a recording without a sample
 * @returns the exit code
 * @throws {CaptureError} the file is no recording
 * @throws what the system says of the file
 */
export async function withRecording(
  path: string,
  engine: EngineName | undefined,
  act: (recording: Recording) => Promise<number>,
): Promise<number> {
  const file = await openFileReadable(path);
  try {
    const capture = await openCapture(file, { engine });
    try {
      return await tellDamage(capture, await actOn(capture, act));
    } finally {
      capture.close();
    }
  } finally {
    await file.close();
  }
}

async function actOn(capture: Capture, act: (recording: Recording) => Promise<number>): Promise<number> {
  if (capture.samples === 0) {
    await warn("The recording has no sample.");
    return FAILED;
  }
  const { start, end, metadata } = capture;
  return act({ capture, span: { start, end, zone: new Zone(metadata.timeZone) } });
}

/** Tells what can't be read of a recording. Returns the exit code. */
async function tellDamage({ intact, bytes }: Capture, code: number): Promise<number> {
  if (intact.complete) return code;
  const reason = (intact.reason ?? "it is damaged").replace(/\.?$/, ".");
  await warn(
    `The recording is not whole: ${countText(intact.bytes)} of its ${countText(bytes)} bytes are intact. Why: ${reason}`,
  );
  return code === DONE ? FAILED : code;
}

/**
 * The time that an option names.
 *
 * @param option as people write it
 * @throws {MisuseError} it is no time
 */
export function timeOf(option: string, text: string, span: Span): number {
  try {
    return parseTime(text, span);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new MisuseError(`${option} ${text}: ${error.message}`);
  }
}

/** Milliseconds: a time that is written without milliseconds means the whole second. */
const SECOND = 1000;

/**
 * The time of a table that an option names: one that the recording has.
 *
 * @throws {MisuseError} it is no time, or none in the recording
 */
export function timeWithin(option: string, text: string, span: Span): number {
  const time = timeOf(option, text, span);
  if (time < span.start - SECOND || time > span.end + SECOND)
    throw new MisuseError(`${option} ${text} is not in the recording. ${spanText(span)}`);
  return time;
}

/** Which part of a recording is meant: nothing where all of it is. @throws {MisuseError} there is no such part */
export function rangeOf({ from, to }: RangeArguments, span: Span): { readonly from?: number; readonly to?: number } {
  const range = {
    ...(from !== undefined && { from: timeOf("--from", from, span) }),
    ...(to !== undefined && { to: timeOf("--to", to, span) }),
  };
  const { from: first = span.start, to: last = span.end } = range;
  if (first > span.end || last < span.start)
    throw new MisuseError(`Nothing of the recording is between --from and --to. ${spanText(span)}`);
  if (first > last) throw new MisuseError(`--from is later than --to: nothing is between them. ${spanText(span)}`);
  return range;
}

function spanText({ start, end, zone }: Span): string {
  return `It goes from ${isoText(start, zone)} to ${isoText(end, zone)} (${zone.name}).`;
}
