import type { TcpRow } from "../decoder/table/row.js";
import type { Filter } from "../filter/filter.js";
import type { AbortSignalLike } from "../format/abort.js";
import type { Family } from "../format/layouts.js";
import type { StateName } from "../format/states.js";
import type { Moment } from "../frames/index.js";
import type { CaptureMetadata } from "./metadata.js";
import type { SummaryBlock, SummaryColumns } from "./summary-columns.js";

/** A part of a recording: wall-clock times in milliseconds since 1970-01-01 UTC, both included; all of it where one is missing. */
export interface TimeRange {
  /** The first time; from the start unless said otherwise. */
  readonly from?: number | undefined;
  /** The last time; to the end unless said otherwise. */
  readonly to?: number | undefined;
  /** Ends the reading early: what is asked for next throws an AbortError. */
  readonly signal?: AbortSignalLike | undefined;
}

/** How far a recording can be read. */
export interface Intact {
  /** Whether all of it can, as far as is known: damage inside shows when that part is read. */
  readonly complete: boolean;
  /** What is wrong, for people. */
  readonly reason?: string;
  /** Bytes from the start of the file up to where whole records end. */
  readonly bytes: number;
}

/** All frames of one tick as they were recorded: views, valid until the next one. */
export interface RecordedGroup {
  /** Number of the sample on the recorder's grid. */
  readonly tick: number;
  /** Wall clock, milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Monotonic clock, milliseconds since the recording began. */
  readonly monotonic: number;
  /** Of all families, in the order in which a story reads them. */
  readonly frames: readonly Uint8Array[];
}

/** The life of one connection of which some row, or the end, matched a filter. Times are those of samples, wall clock in milliseconds since 1970-01-01 UTC. */
export interface Life {
  /** IPv4 or IPv6. */
  readonly family: Family;
  /** As it was known last. */
  readonly row: TcpRow;
  /** The name of the process that owned it, where names were recorded. */
  readonly processName?: string | undefined;
  /** The first sample that it was in, of those that were looked at; of one that no sample saw, its end. */
  readonly firstSeen: number;
  /** The last sample that it was in; of one that no sample saw, its end. */
  readonly lastSeen: number;
  /** Whether it was there when looking began: it may be older. */
  readonly isOlder: boolean;
  /** Whether it was still there when looking ended. */
  readonly isAlive: boolean;
  /** The states in which samples found it, in order, and when first. Beyond 64 only the last one is kept up to date. */
  readonly states: readonly { readonly state: StateName; readonly time: number }[];
  /** Samples that it was in. */
  readonly samples: number;
  /** Samples in which its row matched. */
  readonly matches: number;
  /** False: told by its end alone. */
  readonly sampled: boolean;
  /** When its end was heard of. The row may stay for a while. */
  readonly endedAt: number | null;
  /** Bytes sent, as its end told; null where it told nothing. So are the three that follow. */
  readonly bytesSent: bigint | null;
  /** Bytes received; on Linux one more where the other end's FIN had come. */
  readonly bytesReceived: bigint | null;
  /** Segments that were sent again. */
  readonly retransmits: number | null;
  /** The smoothed round-trip time. */
  readonly rttMicroseconds: number | null;
}

/** Where matches appeared and went: a value for each sample at which one did, or at which how many there are changed. */
export interface ScanMarks {
  /** Samples that are marked. */
  readonly length: number;
  /** When they were: wall clock, milliseconds since 1970-01-01 UTC. */
  readonly time: Float64Array;
  /** Rows that matched at this sample, and not at the one before. */
  readonly appeared: Uint32Array;
  /** The other way round. */
  readonly went: Uint32Array;
  /** Connections that match from this sample on. */
  readonly live: Uint32Array;
}

/** What a scan has found. */
export interface ScanResult {
  /** Connections that matched. */
  readonly count: number;
  /** At most `lifeLimit` of them, by `firstSeen`: those that were found first. */
  readonly lives: readonly Life[];
  /** Samples that were looked at. */
  readonly samples: number;
  /** Where matches appeared and went, for a timeline. */
  readonly marks: ScanMarks;
}

/** How far a scan has got. */
export interface ScanProgress {
  /** From 0 to 1. */
  readonly fraction: number;
  /** Of the sample that was looked at last. */
  readonly time: number;
  /** Connections that matched so far. */
  readonly count: number;
  /** What has been found so far. Made when asked for. */
  result(): ScanResult;
}

/** What part of a recording is scanned, and how. */
export interface ScanOptions extends TimeRange {
  /** Called ten times a second at most. */
  readonly progress?: ((progress: ScanProgress) => void) | undefined;
  /** Lives that are kept; all are counted. 200,000 unless said otherwise. */
  readonly lifeLimit?: number | undefined;
}

/** What part of a recording is told, and of which connections. */
export interface MomentsOptions extends TimeRange {
  /** Which connections the events are about, as in `createStory`. */
  readonly where?: string | Filter | undefined;
}

/** An open recording. */
export interface Capture {
  /** What it says of itself: host, filter, zone. */
  readonly metadata: CaptureMetadata;
  /** Wall clock of the first sample, milliseconds since 1970-01-01 UTC. */
  readonly start: number;
  /** Of the last one. */
  readonly end: number;
  /** Samples that can be read. */
  readonly samples: number;
  /** Of the file. */
  readonly bytes: number;
  /** May say less than before once a damaged part has been read. */
  readonly intact: Intact;

  /** The summaries of a minute each, in order. */
  summaries(range?: TimeRange): AsyncIterable<SummaryBlock>;
  /** The summaries of all of it, as one. */
  allSummaries(range?: TimeRange): Promise<SummaryColumns>;
  /**
   * The moment at a time: the last sample that is not later, or the first one. It starts from the key frame before it. Valid until
   * the next call of this method.
   */
  at(time: number | { readonly monotonic: number }): Promise<Moment>;
  /** Every sample in order, with what has happened in it: the one Moment of a story, valid until the next. */
  moments(options?: MomentsOptions): AsyncIterable<Moment>;
  /** The raw frames of every sample in order. */
  frames(range?: TimeRange): AsyncIterable<RecordedGroup>;
  /** Which connections matched at any time, and how they lived. */
  scan(filter: string | Filter, options?: ScanOptions): Promise<ScanResult>;
  /** Looks whether the file has grown, and takes in what is new. */
  refresh(): Promise<boolean>;
  /** Gives its memory back. Who has opened the file closes it. */
  close(): void;
}
