import { CaptureError } from "../capture/errors.js";
import { answerWith } from "./answer.js";
import { FAILED, MISUSED } from "./exit-codes.js";
import { exportRecording } from "./export.js";
import { tellFailure } from "./failures.js";
import { info } from "./info.js";
import { record } from "./record.js";
import { MisuseError } from "./recording.js";
import { type ParsedRecordings, parseRecordingsLine } from "./recordings-line.js";
import { recover } from "./recover.js";
import { replay } from "./replay.js";
import { scan } from "./scan.js";
import { readVersion } from "./version.js";
import { warn } from "./warnings.js";

/** What `watch` records with, in this bundle: most who look do not record. See build.mjs. */
export { beginRecording } from "./watch/begin-recording.js";

/**
 * Runs one of the commands for recordings. Returns the exit code.
 *
 * @param words the first one names the command
 * @throws what no message explains. Another bundle's classes of errors are not this one's: all others are told here
 */
export async function recordings(words: readonly string[]): Promise<number> {
  try {
    return await run(parseRecordingsLine(words));
  } catch (error) {
    if (error instanceof MisuseError || error instanceof CaptureError) {
      await warn(error.message);
      return error instanceof MisuseError ? MISUSED : FAILED;
    }
    return await tellFailure(error);
  }
}

async function run(parsed: ParsedRecordings): Promise<number> {
  switch (parsed.kind) {
    case "text":
    case "mistake":
      return await answerWith(parsed);
    case "record":
      return record(parsed.arguments, readVersion());
    case "recover":
      return recover(parsed.arguments);
    case "replay":
      return replay(parsed.arguments);
    case "scan":
      return scan(parsed.arguments);
    case "info":
      return info(parsed.arguments);
    case "export":
      return exportRecording(parsed.arguments);
  }
}
