/** The portable entry: consecutive tables → frames, and back, and what is told beside them. Runs in Node, browsers and workers as it is. */

export { type Ends, SEEN_BY_SAMPLES, UNKNOWN_U32, UNKNOWN_U64 } from "../format/ends.js";
export type { Change } from "./change.js";
export type { EndedConnections } from "./ended-connections.js";
export type { EndsInput } from "./ends-frame.js";
export * from "./errors.js";
export type { Gap, GapInput } from "./gap-frame.js";
export type { FrameClock } from "./header.js";
export type { NamesInput, ProcessName } from "./names-frame.js";
export { createFrameReader, type FrameReader, type FrameReaderOptions } from "./reader.js";
export type { ClockEvent, ConnectionEvent, GapEvent, LostEvent, RowEvent } from "./story/event.js";
export type { Moment } from "./story/moment.js";
export { createStory, type Story, type StoryOptions } from "./story.js";
export type { FrameInput } from "./table-input.js";
export { createFrameWriter, type FrameWriter, type FrameWriterOptions } from "./writer.js";
