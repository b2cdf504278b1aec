/** What the timeline paints. Times are milliseconds since 1970-01-01 UTC. */

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A value for each pixel column of a stretch: the sample with most rows in it. */
export interface PictureColumns {
  readonly span: Span;
  readonly length: number;
  /** 1 where some sample lies in the column, or the column lies within one. Nothing is drawn elsewhere. */
  readonly seen: Uint8Array;
  /** By place in STATE_ORDER, then by column. */
  readonly states: readonly Uint32Array[];
  readonly rows: Uint32Array;
  /** The most that opened and closed a second. */
  readonly opened: Float32Array;
  readonly closed: Float32Array;
  /** 1 where some sample was late. */
  readonly late: Uint8Array;
}

/** Where the filter matched over the recording, by pixel column of the window. */
export interface PictureMatches {
  readonly live: Uint32Array;
  readonly appeared: Uint32Array;
  /** How far a scan has read; the window's end where it has read all. */
  readonly upTo: number;
  readonly label: string;
}

export interface LifePart extends Span {
  readonly state: string;
}

export interface Picture {
  /** The whole recording. */
  readonly extent: Span;
  /** What is zoomed into. */
  readonly window: Span;
  readonly columns: PictureColumns | null;
  readonly overview: PictureColumns | null;
  /** With what is missing there. */
  readonly gaps: readonly (Span & { readonly label: string })[];
  /** Where what can be read ends, if that is before the extent does, and why: two lines. */
  readonly cut: { readonly at: number; readonly label: readonly [string, string] } | null;
  readonly matches: PictureMatches | null;
  readonly matchHint: string;
  /** Of the selected connection; null where none is selected. */
  readonly life: readonly LifePart[] | null;
  /** Ends by which other connections of the pair were seen, and by which alone. */
  readonly ends: readonly number[];
  readonly lifeHint: string;
  readonly pin: number | null;
  /** Names of the states that the stack shows alone, from the floor; null for all. */
  readonly only: ReadonlySet<string> | null;
  readonly wholeLabel: string;
  readonly zoneLabel: string;
  /** The text of a time under a tick; with seconds where ticks are closer than a minute. */
  axisLabel(time: number, withSeconds: boolean): string;
  /** Milliseconds by which the zone is ahead of UTC: ticks stand on its round times. */
  readonly offset: number;
}

/** What moves with the pointer and the moment, painted over the data. */
export interface Pointers {
  readonly at: number | null;
  readonly flag: string;
  readonly hover: number | null;
  /** The stretch that is being dragged over. */
  readonly drag: Span | null;
}
