import { type Capture, createCaptureWriter, type RecordedGroup, type SummaryColumns } from "../../capture/index.js";
import { createStory, FrameError, type Moment } from "../../frames/index.js";
import { BlobFile } from "./blob-file.js";

/** Milliseconds before a window in which there is a key frame of every family: recorders write one a minute. */
const LEAD = 130_000;

interface CopiedGroup extends RecordedGroup {
  readonly late: number;
  readonly duration: number;
}

/** Writes a part of a recording as a recording: from the key frames before it on, since nothing can be read without them. */
export async function writeWindow(
  capture: Capture,
  from: number,
  to: number,
  signal: AbortSignal,
  progress: (fraction: number) => void,
): Promise<{ readonly file: BlobFile; readonly samples: number }> {
  const file = new BlobFile();
  const writer = await createCaptureWriter(file, capture.metadata);
  const story = await createStory();
  const timings = timingsOf(await capture.allSummaries({ from: from - LEAD, to, signal }));
  /** Since the last key frames before the window. */
  let lead: CopiedGroup[] = [];
  // The writer is told of each sample in its turn.
  const written = await createStory();
  const add = async (group: CopiedGroup) => {
    try {
      await writer.add(group, written.read(group.frames));
    } catch (error) {
      // Of a damaged recording: a table whose first one is lost. Without the sample the others can be read.
      if (!(error instanceof RangeError) && !(error instanceof FrameError)) throw error;
    }
  };
  for await (const group of capture.frames({ from: from - LEAD, to, signal })) {
    const moment = story.read(group.frames);
    const [late, duration] = timings.get(group.tick) ?? [Number.NaN, Number.NaN];
    const copied = { ...group, late, duration };
    if (group.time <= from) {
      if (beginsAnew(moment)) lead = [];
      if (lead.length > 0 || beginsAnew(moment))
        lead.push({ ...copied, frames: group.frames.map((frame) => frame.slice()) });
      continue;
    }
    for (const before of lead.splice(0)) await add(before);
    if (writer.samples > 0 || beginsAnew(moment)) await add(copied);
    if (to > from) progress(Math.min(1, Math.max(0, (group.time - from) / (to - from))));
  }
  for (const before of lead) await add(before);
  await writer.close();
  return { file, samples: writer.samples };
}

/** Whether every family has a whole table, and none needs an earlier one. */
function beginsAnew({ changes }: Moment): boolean {
  return changes.length > 0 && changes.every(({ kind }) => kind === "key");
}

function timingsOf({ length, tick, late, duration }: SummaryColumns): Map<number, readonly [number, number]> {
  const timings = new Map<number, readonly [number, number]>();
  for (let at = 0; at < length; at++) timings.set(tick[at] as number, [late[at] as number, duration[at] as number]);
  return timings;
}
