/** The portable entry: consecutive tables → frames, and back. Runs in Node, browsers and workers as it is. */

export type { Change } from "./change.js";
export * from "./errors.js";
export { createFrameReader, type FrameReader, type FrameReaderOptions } from "./reader.js";
export { createFrameWriter, type FrameInput, type FrameWriter, type FrameWriterOptions } from "./writer.js";
