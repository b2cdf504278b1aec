import type { Capture } from "../capture/types.js";
import { DONE } from "./exit-codes.js";
import { figuresOf, type InfoFigures, infoRecord } from "./info-figures.js";
import { infoLines } from "./info-text.js";
import { print } from "./output.js";
import { Progress } from "./progress.js";
import { withRecording } from "./recording.js";
import { STDOUT } from "./standard-streams.js";
import { escapeJson } from "./unsafe-text.js";

/** What `tcptable info` is asked for. */
export interface InfoArguments {
  readonly file: string;
  readonly json: boolean;
}

/** Prints what a recording holds. Its summaries tell: no table is read. Returns the exit code. */
export async function info({ file, json }: InfoArguments): Promise<number> {
  return withRecording(file, undefined, async ({ capture, span }) => {
    const figures = await collectFigures(capture);
    const lines = json
      ? JSON.stringify(infoRecord(capture, figures), null, 2).split("\n").map(escapeJson)
      : infoLines(file, capture, figures, span.zone);
    await print(lines, STDOUT);
    return DONE;
  });
}

async function collectFigures(capture: Capture): Promise<InfoFigures> {
  const progress = new Progress("Reading");
  const { start, end } = capture;
  try {
    return await figuresOf(capture.summaries(), (time) => progress.show((time - start) / (end - start)));
  } finally {
    progress.hide();
  }
}
