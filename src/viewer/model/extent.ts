import type { Span } from "../parts/timeline/picture.js";
import type { RecordingInfo } from "../protocol.js";

/** What the overview spans: where a file is cut off, also about what is missing. */
export function extentOf(info: RecordingInfo): Span {
  const long = Math.max(1, info.end - info.start);
  const { complete, bytes } = info.intact;
  const missing = complete || bytes <= 0 ? 0 : Math.max(0, info.bytes - bytes) / bytes;
  // No more than half of the picture for what nobody can see.
  return { from: info.start, to: info.start + long * (1 + Math.min(1, missing)) };
}
