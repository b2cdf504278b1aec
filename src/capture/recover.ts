import type { EngineName } from "../decoder/table/engine.js";
import type { AbortSignalLike } from "../format/abort.js";
import { LAYOUTS } from "../format/layouts.js";
import { GAP } from "../frames/header.js";
import { createStory, FrameError, type Moment } from "../frames/index.js";
import type { Readable, Writable } from "./access.js";
import { type CaptureOptions, openCapture } from "./capture.js";
import { CaptureError } from "./errors.js";
import type { SummaryColumns } from "./summary-columns.js";
import { describeFrame } from "./topics.js";
import type { Capture, Intact } from "./types.js";
import { type CaptureWriter, type CaptureWriterOptions, createCaptureWriter } from "./writer.js";

/** How a broken recording is read, and the new one written. */
export interface RecoverOptions
  extends Pick<CaptureOptions, "engine" | "maxTableBytes">,
    Pick<CaptureWriterOptions, "compression"> {
  readonly engine?: EngineName | undefined;
  /** Ends it early: what is asked for next throws an AbortError. The new file has no end then. */
  readonly signal?: AbortSignalLike | undefined;
  /** Told of each sample: how many there are so far. */
  readonly progress?: ((samples: number) => void) | undefined;
}

/** What was kept of a broken recording, and what was not. */
export interface Recovered {
  /** Samples in the new file. */
  readonly samples: number;
  /** Wall clock of the first one, milliseconds since 1970-01-01 UTC. */
  readonly start: number;
  /** Of the last one. */
  readonly end: number;
  /** Tables that can't be read, because one that they start from is lost. */
  readonly lostTables: number;
  /** What is wrong with the broken file, and how far it is whole. */
  readonly intact: Intact;
  /** Of the broken file. */
  readonly bytes: number;
}

/**
 * Writes what is intact of a recording into a new file, with summaries and index. Damage in the middle costs the samples in it, and
 * those tables behind it that start from one of them: up to the next key frames.
 *
 * @throws what `openCapture`, `createCaptureWriter` and the files throw
 */
export async function recoverCapture(from: Readable, to: Writable, options: RecoverOptions = {}): Promise<Recovered> {
  const { engine, maxTableBytes, compression, signal, progress } = options;
  const capture = await openCapture(from, { engine, maxTableBytes });
  const timings = new Timings(await knownSummaries(capture, signal));
  const writer = await createCaptureWriter(to, capture.metadata, { compression });
  const story = await createStory({ engine, maxTableBytes });
  let [start, end, lostTables] = [Number.NaN, Number.NaN, 0];
  for await (const group of capture.frames({ signal })) {
    const { tick, time, monotonic } = group;
    let moment: Moment;
    try {
      moment = story.read(group.frames);
    } catch (error) {
      // Frames that are none, or not of one tick: no accident makes such a chunk.
      if (!(error instanceof RangeError) && !(error instanceof FrameError)) throw error;
      lostTables++;
      continue;
    }
    const frames = group.frames.filter((frame) => isReadable(frame, moment));
    lostTables += group.frames.length - frames.length;
    if (frames.length === 0) continue;
    if (!(await added(writer, { tick, time, monotonic, ...timings.of(tick, monotonic), frames }, moment))) {
      lostTables += frames.length;
      continue;
    }
    if (writer.samples === 1) start = time;
    end = time;
    progress?.(writer.samples);
  }
  await writer.close();
  const { intact, bytes } = capture;
  capture.close();
  return { samples: writer.samples, start, end, lostTables, intact, bytes };
}

/** False for what can't stand behind what is there: a monotonic clock that steps back. */
async function added(
  writer: CaptureWriter,
  group: Parameters<CaptureWriter["add"]>[0],
  moment: Moment,
): Promise<boolean> {
  try {
    await writer.add(group, moment);
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

/** Whether the story could read a frame. Its family has a gap, if not; but a gap that was recorded is one, too. */
function isReadable(frame: Uint8Array, moment: Moment): boolean {
  const { kind, layout, topic } = describeFrame(frame) ?? {};
  if (topic === undefined) return false;
  if ((topic !== "ipv4" && topic !== "ipv6") || kind === GAP || !layout) return true;
  const { family } = LAYOUTS[layout];
  return !moment.gaps.some((gap) => gap.family === family);
}

/** Frames do not say how late a sample was, and how long it took; the summaries that are there do. */
async function knownSummaries(
  capture: Capture,
  signal: AbortSignalLike | undefined,
): Promise<SummaryColumns | undefined> {
  try {
    return await capture.allSummaries({ signal });
  } catch (error) {
    if (error instanceof CaptureError) return undefined;
    throw error;
  }
}

/** How samples went, asked for in their order. */
class Timings {
  readonly #known: SummaryColumns | undefined;
  #at = 0;

  constructor(known: SummaryColumns | undefined) {
    this.#known = known;
  }

  /** @param monotonic milliseconds; summaries have whole microseconds of it */
  of(tick: number, monotonic: number): { readonly late: number; readonly duration: number } {
    const known = this.#known;
    if (known) {
      while (this.#at < known.length && (known.monotonic[this.#at] as number) < monotonic - 0.001) this.#at++;
      if (this.#at < known.length && known.tick[this.#at] === tick)
        return { late: known.late[this.#at] as number, duration: known.duration[this.#at] as number };
    }
    return { late: Number.NaN, duration: Number.NaN };
  }
}
