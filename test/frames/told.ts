import type { Change, Gap } from "../../src/frames/index.js";

/** What a frame of a table told. */
export function told(read: Change | Gap | undefined): Change {
  if (!read || read.kind === "gap") throw new Error(`The frame was no table's, but ${read?.kind ?? "passed over"}.`);
  return read;
}
