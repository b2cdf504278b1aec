/** What people do without a recording, or without its scan. */
export const EVERY_TABLE = "every table of the recording";
export const JSON_LINES = "JSON lines, gzipped";

/** What the bytes are, beside RAW. */
export const RECORDED = "recording";
export const RECORDED_ZSTD = "recording, zstd";

/** Of an hour at 10 Hz: what the design's bars speak of. */
export const HOUR_SAMPLES = 36_000;
export const HOUR_ROWS = 1_000;
/** In the kind of a whole hour's recording: of a short one, starting would take the most of the time. */
export const AN_HOUR = ", an hour";
