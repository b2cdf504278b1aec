/** The portable entry: recordings, as they are read and written. Runs in Node, browsers and workers as it is. */

export { AbortError, type AbortSignalLike } from "../format/abort.js";
export type { Readable, Writable } from "./access.js";
export { type BlobLike, blobReadable } from "./blob.js";
export { type CaptureOptions, openCapture } from "./capture.js";
export type { ChunkCompression } from "./chunk-file.js";
export * from "./errors.js";
export { type HttpOptions, httpReadable } from "./http.js";
export type { CaptureMetadata, FamilyMetadata } from "./metadata.js";
export { type Recovered, type RecoverOptions, recoverCapture } from "./recover.js";
export { SUMMARY_STATES, type SummaryBlock, type SummaryColumns } from "./summary-columns.js";
export type { SampleClock, Summary } from "./summary-encoder.js";
export type {
  Capture,
  Intact,
  Life,
  MomentsOptions,
  RecordedGroup,
  ScanMarks,
  ScanOptions,
  ScanProgress,
  ScanResult,
  TimeRange,
} from "./types.js";
export { type CapturedGroup, type CaptureWriter, type CaptureWriterOptions, createCaptureWriter } from "./writer.js";
