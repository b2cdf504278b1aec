/**
 * What page and worker say to each other: the one file that both know. The page asks with a number (`id`), the worker answers with the
 * same number, once. Some answers are preceded by progress. Of one kind of question the newest wins: the worker ends the work for the
 * one before, and answers that with `superseded`. Everything here survives a structured clone.
 *
 * Times are wall-clock milliseconds since 1970-01-01 UTC. State numbers are MIB_TCP_STATE's. Names and addresses come from files that
 * nobody vouches for: show them as text alone.
 */
import type { CaptureMetadata, Intact, Life } from "../capture/index.js";
import type { ColumnName, Family, SortKey, StateName, TcpRow } from "../decoder/index.js";

/** Where a recording is. */
export type Source =
  | { readonly kind: "file"; readonly file: Blob; readonly name: string }
  /** An absolute address, http or https: the server must answer ranges. */
  | { readonly kind: "address"; readonly address: string }
  /** The WebSocket of `tcptable view`. */
  | { readonly kind: "live"; readonly address: string };

/** What is known of an open recording. */
export interface RecordingInfo {
  /** Of the file, without its folder; the host where there is none. */
  readonly name: string;
  readonly metadata: CaptureMetadata;
  readonly start: number;
  readonly end: number;
  readonly samples: number;
  /** Of the file. */
  readonly bytes: number;
  readonly intact: Intact;
  /** Whether it is this machine, now. */
  readonly isLive: boolean;
  /** The columns that its rows have, in the table's order. */
  readonly columns: readonly ColumnName[];
}

/** What the stack, the rates and their hidden table are drawn of: a value for each column of pixels, most recent last. */
export interface Timeline {
  readonly from: number;
  readonly to: number;
  /** Columns. */
  readonly length: number;
  /** Samples in each column: where there are none, nothing is known (before `loadedTo`: nothing was recorded). */
  readonly samples: Uint32Array;
  /** When the sample with most rows was, which stands for its column; NaN where there is none. */
  readonly time: Float64Array;
  /** Its rows: no spike is averaged away. */
  readonly rows: Uint32Array;
  /** The fewest rows of any sample in the column. */
  readonly fewestRows: Uint32Array;
  /** Rows by state of the sample with most rows: SUMMARY_STATES arrays, of the states 0 to 12, and of all others. */
  readonly states: readonly Uint32Array[];
  /** Sums. */
  readonly opened: Uint32Array;
  readonly closed: Uint32Array;
  readonly changed: Uint32Array;
  readonly lost: Uint32Array;
  /** Milliseconds, of the latest sample; NaN where nobody knows. */
  readonly late: Float64Array;
  /** Families that some sample did not read: bit 0 IPv4, bit 1 IPv6. */
  readonly gaps: Uint8Array;
  /** The most rows of any column of the whole recording, so that the scale stays where it is. */
  readonly mostRows: number;
  /** Stretches without a sample, or without a family, that overlap what was asked for. */
  readonly gapRanges: readonly GapRange[];
  /** Up to when summaries have been read. */
  readonly loadedTo: number;
}

export interface GapRange {
  readonly from: number;
  readonly to: number;
  /** Those that were not read; both where the recorder did not sample at all. */
  readonly families: readonly Family[];
}

/** What opened, closed and changed is told against. */
export type Since =
  | { readonly kind: "sample" }
  /** The sample so long before. */
  | { readonly kind: "milliseconds"; readonly milliseconds: number }
  /** The sample at a time that someone has pinned. */
  | { readonly kind: "pinned"; readonly time: number };

/** What the table shows. */
export interface View {
  /** The last sample that is not later. */
  readonly at: number;
  /** In ss's grammar. */
  readonly where: string;
  /** First key first. Both families are sorted as one; an IPv4 address comes before any IPv6 address. */
  readonly sort: readonly SortKey[];
  readonly since: Since;
}

/** A moment, as the filter and the sort keys make it. */
export interface MomentInfo {
  /** Of the sample that is shown. */
  readonly time: number;
  readonly tick: number;
  /** Which sample of the recording it is, from 0, as far as summaries know; -1 where they don't. */
  readonly sample: number;
  /** Rows of all tables. */
  readonly rows: number;
  /** Rows that match. */
  readonly matches: number;
  /** Rows to show: those that match, and those that matched and are gone since. */
  readonly length: number;
  /** By state: SUMMARY_STATES numbers, of all rows, and of those that match. */
  readonly states: Uint32Array;
  readonly matchStates: Uint32Array;
  /** Of what matches, since `since`. */
  readonly opened: number;
  readonly closed: number;
  readonly changed: number;
  /** The sample that marks are told against; NaN where there is none before. */
  readonly sinceTime: number;
  /** Whether every table is whole, and no family missing. */
  readonly complete: boolean;
  readonly gaps: readonly { readonly family: Family; readonly reason: string }[];
  /** Ends that were not told. */
  readonly lost: number;
  /** Milliseconds by which the sample was late; NaN where nobody knows. */
  readonly late: number;
}

export type Mark = "opened" | "closed" | "changed" | "";

/** One row on the screen. */
export interface ShownRow {
  /** The connection's name: the same in every sample. It is what the link's `row` holds. */
  readonly key: string;
  readonly family: Family;
  /** As it is, or where it has closed, as it was last. */
  readonly row: TcpRow;
  readonly processName: string;
  readonly mark: Mark;
  /** Where another state, or another owner, makes it `changed`. */
  readonly stateBefore?: StateName;
  readonly pidBefore?: number;
}

export interface Rows {
  /** Place of the first one. */
  readonly from: number;
  readonly rows: readonly ShownRow[];
  /** As `MomentInfo.length`, and of which sample they are. */
  readonly length: number;
  readonly time: number;
}

/** When the connections on the screen were first seen, as far back as was looked. */
export interface FirstSeen {
  readonly key: string;
  readonly time: number;
  /** Whether it was there when looking began: then `time` is that, and it is older. */
  readonly isOlder: boolean;
}

export type GroupBy = "remoteAddress" | "localPort" | "process" | "state";

export interface Group {
  /** What its rows have in common, as text. */
  readonly label: string;
  /** For `process`: what it is called; empty where nobody knows. */
  readonly processName: string;
  /** Rows that match. */
  readonly rows: number;
  readonly opened: number;
  readonly closed: number;
  /** Its rows by state: SUMMARY_STATES numbers. */
  readonly states: Uint32Array;
  /** A condition for these rows alone, to be added to the filter. */
  readonly where: string;
}

export interface Groups {
  /** Largest first; the first 5,000. */
  readonly groups: readonly Group[];
  /** How many there are. */
  readonly length: number;
}

/** What a scan has found so far, or in the end. */
export interface ScanState {
  readonly where: string;
  /** From 0 to 1. */
  readonly fraction: number;
  /** Of the sample that was looked at last. */
  readonly time: number;
  /** Connections that matched. */
  readonly count: number;
  /** Lives that are kept, and can be asked for. */
  readonly length: number;
  readonly isDone: boolean;
}

/** Where matches are, in columns of pixels. */
export interface Lane {
  readonly from: number;
  readonly to: number;
  readonly length: number;
  /** Sums. */
  readonly appeared: Uint32Array;
  readonly went: Uint32Array;
  /** The most that matched at once. */
  readonly live: Uint32Array;
  /** The most of the whole scan. */
  readonly mostLive: number;
  /** Up to when the scan has looked. */
  readonly scannedTo: number;
}

/** The life of a connection on the way: it grows both ways. */
export interface LifeState {
  readonly key: string;
  /** Absent where nothing of it was found so far. */
  readonly life?: Life;
  /** Other lives of the same pair of ends, by `firstSeen`. */
  readonly others: readonly Life[];
  /** What was looked at. */
  readonly from: number;
  readonly to: number;
  readonly isDone: boolean;
}

export type ExportFormat = "csv" | "json" | "ndjson";

export type ExportWhat =
  /** The whole moment, as filtered and sorted. */
  | { readonly kind: "moment" }
  /** Places in the table. */
  | { readonly kind: "rows"; readonly places: readonly number[] }
  /** What the scan has found. */
  | { readonly kind: "lives" }
  /** A part of the recording, as a recording. The format does not matter. */
  | { readonly kind: "window"; readonly from: number; readonly to: number };

export interface Exported {
  readonly file: Blob;
  /** What to call it. */
  readonly name: string;
  /** Rows, lives or samples in it. */
  readonly count: number;
}

/** Questions: what is asked with each, what is answered, and what comes before the answer. */
export interface Questions {
  /** Opens a recording, and closes the one before. Summaries are read from then on: events tell. */
  open: { ask: Source; answer: RecordingInfo; progress: never };
  close: { ask: undefined; answer: undefined; progress: never };
  /** `columns` of pixels from a time to another, both included. */
  timeline: { ask: Window; answer: Timeline; progress: never };
  /** The same for the whole recording, however that was zoomed. */
  overview: { ask: { readonly columns: number }; answer: Timeline; progress: never };
  /** Goes to a moment, filters, sorts and marks. */
  view: { ask: View; answer: MomentInfo; progress: never };
  /** Rows of the last view, `to` not included. */
  rows: { ask: { readonly from: number; readonly to: number }; answer: Rows; progress: never };
  /** The place of a connection in the last view; -1 where it is not. */
  place: { ask: { readonly key: string }; answer: number; progress: never };
  /** The time of another sample: so many before or after a time. */
  step: { ask: { readonly at: number; readonly samples: number }; answer: number; progress: never };
  /** The time of the nearest sample in which something that matches opened, closed or changed; NaN where there is none. */
  change: {
    ask: { readonly at: number; readonly where: string; readonly direction: -1 | 1 };
    answer: number;
    progress: never;
  };
  /** When connections at a moment were first seen. */
  firstSeen: {
    ask: { readonly at: number; readonly rows: readonly Pick<ShownRow, "key" | "row" | "family">[] };
    answer: readonly FirstSeen[];
    progress: never;
  };
  groups: { ask: { readonly by: GroupBy }; answer: Groups; progress: never };
  /** Looks through the whole recording. An empty filter finds every connection. */
  scan: { ask: { readonly where: string }; answer: ScanState; progress: ScanState };
  /** Ends the scan; what it has found stays. */
  stopScan: { ask: undefined; answer: ScanState | undefined; progress: never };
  /** Where the last scan's matches are. */
  lane: { ask: Window; answer: Lane | undefined; progress: never };
  /** Lives of the last scan, by `firstSeen`, `to` not included. */
  lives: {
    ask: { readonly from: number; readonly to: number };
    answer: { readonly from: number; readonly lives: readonly FoundLife[]; readonly length: number };
    progress: never;
  };
  /** One connection's life. */
  life: {
    ask: { readonly at: number; readonly row: Pick<ShownRow, "key" | "row" | "family"> };
    answer: LifeState;
    progress: LifeState;
  };
  export: {
    ask: { readonly what: ExportWhat; readonly format: ExportFormat };
    answer: Exported;
    /** From 0 to 1. */
    progress: number;
  };
  /** Writes what is intact into a new recording. */
  recover: { ask: undefined; answer: Exported; progress: number };
  /** Live mode: starts or ends recording on this machine. */
  record: { ask: { readonly isOn: boolean }; answer: undefined; progress: never };
}

export interface Window {
  readonly from: number;
  readonly to: number;
  readonly columns: number;
}

/** A life, and the key of its connection. */
export interface FoundLife {
  readonly key: string;
  readonly life: Life;
}

export type QuestionName = keyof Questions;

export type Ask = {
  [Name in QuestionName]: { readonly id: number; readonly ask: Name; readonly value: Questions[Name]["ask"] };
}[QuestionName];

/** What went wrong. */
export interface Problem {
  readonly kind: /** A filter is not in the grammar: `column` says where. */
    | "filter"
    /** The filter or a sort key asks for a column that the recording has not. */
    | "query"
    /** No recording: another file, or nothing but a beginning. */
    | "not-a-recording"
    /** A recording of another version. */
    | "version"
    /** The file can't be reached, or is another one by now. */
    | "access"
    /** A part is not what it was, or too large. */
    | "damaged"
    /** Nothing is open. */
    | "closed"
    /** The newest question of this kind is another one. */
    | "superseded"
    /** Anything else: a defect. */
    | "other";
  /** One or two sentences, for people. */
  readonly message: string;
  /** Of a filter: the mistake's place, from 0; what is wrong, without the picture. */
  readonly column?: number;
  readonly problem?: string;
}

/** From the worker to the page. */
export type Tell =
  | { readonly id: number; readonly answer: Questions[QuestionName]["answer"] }
  | { readonly id: number; readonly progress: unknown }
  | { readonly id: number; readonly problem: Problem }
  | WorkerEvent;

/** What nobody asked for. */
export type WorkerEvent =
  /** More summaries have been read: ask for the timeline again. `isDone` at the end. */
  | { readonly event: "summaries"; readonly fraction: number; readonly isDone: boolean }
  /** The recording has grown, or shows damage that was not known. */
  | { readonly event: "info"; readonly info: RecordingInfo }
  /** Live mode. */
  | { readonly event: "live"; readonly live: LiveState };

export interface LiveState {
  readonly connection: "connected" | "reconnecting" | "ended";
  /** For people; empty where all is well. */
  readonly reason: string;
  /** The file that is being recorded on this machine; empty for none. */
  readonly recordingTo: string;
}
