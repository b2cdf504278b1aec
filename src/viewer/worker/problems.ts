import {
  CaptureAccessError,
  CaptureError,
  CaptureVersionError,
  NotACaptureError,
  TruncatedCaptureError,
} from "../../capture/index.js";
import { FilterSyntaxError, QueryError } from "../../decoder/index.js";
import { FrameError } from "../../frames/index.js";
import type { Problem } from "../protocol.js";

/** Ends work that nobody waits for any more. */
export class SupersededError extends Error {
  override readonly name = "SupersededError";
  constructor() {
    super("A newer question has taken this one's place.");
  }
}

/** There is no recording to ask. */
export class NothingOpenError extends Error {
  override readonly name = "NothingOpenError";
  constructor() {
    super("No recording is open. Open one first.");
  }
}

/** What the page is told of an error. */
export function problemOf(error: unknown): Problem {
  if (error instanceof FilterSyntaxError)
    return { kind: "filter", message: error.message, column: error.column, problem: error.problem };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: kindOf(error), message };
}

function kindOf(error: unknown): Problem["kind"] {
  if (error instanceof SupersededError) return "superseded";
  if (error instanceof NothingOpenError) return "closed";
  if (error instanceof QueryError) return "query";
  if (error instanceof NotACaptureError || error instanceof TruncatedCaptureError) return "not-a-recording";
  if (error instanceof CaptureVersionError) return "version";
  // A file that can't be read, and an address that nobody answers.
  if (error instanceof CaptureAccessError || error instanceof DOMException) return "access";
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message)) return "access";
  return error instanceof CaptureError || error instanceof FrameError ? "damaged" : "other";
}
