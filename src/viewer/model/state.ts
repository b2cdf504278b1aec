import { type Signal, signal } from "@preact/signals";
import type { SortKey } from "../../decoder/index.js";
import type { Span } from "../parts/timeline/picture.js";
import type {
  FirstSeen,
  FoundLife,
  GroupBy,
  Groups,
  Lane,
  LifeState,
  LiveState,
  MomentInfo,
  Problem,
  RecordingInfo,
  Rows,
  ScanState,
  ShownRow,
  Since,
  Timeline,
} from "../protocol.js";
import type { LinkedView } from "./link.js";

/** In whose times the page tells: this browser's, UTC, or the recorded machine's. */
export type Zone = "local" | "utc" | "recorder";
export type Theme = "light" | "dark" | "system";
export type Scope = "moment" | "recording";

/** Work that takes a while, and how far it is. */
export interface Work {
  readonly what: string;
  /** From 0 to 1. */
  readonly fraction: number;
}

/** Lives of the last scan that the page holds. */
export interface HeldLives {
  readonly from: number;
  readonly lives: readonly FoundLife[];
  readonly length: number;
}

/** A group that is unfolded, and those of its rows that are on the screen. */
export interface OpenGroup {
  readonly label: string;
  readonly rows: Rows | null;
}

/** Everything that the page shows: each a signal, so that a part is drawn anew when what it reads has changed. */
export interface ViewerState {
  readonly phase: Signal<"empty" | "loading" | "open">;
  /** Why nothing could be opened: a sentence for the empty page. */
  readonly failure: Signal<string>;
  readonly info: Signal<RecordingInfo | null>;
  /** How much of the summaries has been read, from 0 to 1, and how often more of them came. */
  readonly summaries: Signal<{ readonly fraction: number; readonly reads: number }>;
  readonly live: Signal<LiveState | null>;
  /** Whether the moment goes along with now. */
  readonly isFollowing: Signal<boolean>;

  /** The moment that was asked for. */
  readonly at: Signal<number>;
  readonly window: Signal<Span>;
  readonly zone: Signal<Zone>;
  readonly theme: Signal<Theme>;
  /** The filter's text as it stands in the box. */
  readonly typed: Signal<string>;
  /** The last of them that was a filter: what the page shows is of this one. */
  readonly where: Signal<string>;
  readonly mistake: Signal<Problem | null>;
  readonly scope: Signal<Scope>;
  readonly groupBy: Signal<GroupBy | null>;
  readonly sort: Signal<readonly SortKey[]>;
  readonly since: Signal<Since>;
  readonly selected: Signal<ShownRow | null>;
  /** Where the recording lies, if it has an address. */
  readonly address: Signal<string>;
  /** What the page's address asks for, until a recording is open. */
  readonly linked: Signal<LinkedView | null>;
  /** The connection that a link names, until its row is found. */
  readonly soughtKey: Signal<string>;

  readonly moment: Signal<MomentInfo | null>;
  readonly rows: Signal<Rows | null>;
  /** By the connection's key. */
  readonly firstSeen: Signal<ReadonlyMap<string, FirstSeen>>;
  readonly timeline: Signal<Timeline | null>;
  readonly overview: Signal<Timeline | null>;
  /** Pixel columns of the timeline. */
  readonly columns: Signal<number>;
  readonly groups: Signal<Groups | null>;
  readonly openGroup: Signal<OpenGroup | null>;
  readonly scan: Signal<ScanState | null>;
  readonly lane: Signal<Lane | null>;
  readonly lives: Signal<HeldLives | null>;
  readonly life: Signal<LifeState | null>;

  /** CSS pixels of the timeline that the splitter moves. */
  readonly timelineHeight: Signal<number>;
  /** Whether letters alone are keys. */
  readonly hasLetterKeys: Signal<boolean>;
  readonly isKeysSheetOpen: Signal<boolean>;
  readonly work: Signal<Work | null>;
  /** Something to tell once: copied, saved, not possible. */
  readonly message: Signal<string>;
}

/** A page without a recording. */
export function createState(): ViewerState {
  return {
    phase: signal("empty"),
    failure: signal(""),
    info: signal(null),
    summaries: signal({ fraction: 0, reads: 0 }),
    live: signal(null),
    isFollowing: signal(false),
    at: signal(0),
    window: signal({ from: 0, to: 1 }),
    zone: signal("local"),
    theme: signal("system"),
    typed: signal(""),
    where: signal(""),
    mistake: signal(null),
    scope: signal("moment"),
    groupBy: signal(null),
    sort: signal([]),
    since: signal({ kind: "sample" }),
    selected: signal(null),
    address: signal(""),
    linked: signal(null),
    soughtKey: signal(""),
    moment: signal(null),
    rows: signal(null),
    firstSeen: signal(new Map()),
    timeline: signal(null),
    overview: signal(null),
    columns: signal(0),
    groups: signal(null),
    openGroup: signal(null),
    scan: signal(null),
    lane: signal(null),
    lives: signal(null),
    life: signal(null),
    timelineHeight: signal(312),
    hasLetterKeys: signal(true),
    isKeysSheetOpen: signal(false),
    work: signal(null),
    message: signal(""),
  };
}
