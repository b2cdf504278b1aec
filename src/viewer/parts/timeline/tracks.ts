import type { Span } from "./picture.js";

/** Top and bottom of a track in CSS pixels. */
export type Track = readonly [number, number];

/** Where the tracks lie. */
export interface Tracks {
  readonly narrow: boolean;
  readonly overview: Track;
  readonly axis: Track;
  readonly stack: Track;
  readonly rates: Track;
  readonly matches: Track;
  readonly selected: Track;
  /** From the left edge to the first column, and from the last one to the right edge, where scales stand. */
  readonly left: number;
  readonly right: number;
}

const WIDE_HEIGHT = 312;

/** The stack takes what the splitter gives or takes away; the other tracks keep their heights. */
export function tracksFor(narrow: boolean, height: number): Tracks {
  if (narrow) {
    return {
      narrow,
      overview: [4, 20],
      axis: [26, 46],
      stack: [48, 150],
      rates: [158, 190],
      matches: [196, 210],
      selected: [214, 228],
      left: 0,
      right: 12,
    };
  }
  const more = height - WIDE_HEIGHT;
  return {
    narrow,
    overview: [4, 24],
    axis: [27, 48],
    stack: [52, 212 + more],
    rates: [220 + more, 260 + more],
    matches: [268 + more, 286 + more],
    selected: [288 + more, 306 + more],
    left: 0,
    right: 52,
  };
}

/** Pixels a track area is wide. */
export function trackWidth(tracks: Tracks, width: number): number {
  return Math.max(1, Math.floor(width - tracks.left - tracks.right));
}

/** The x of a time, in CSS pixels. */
export function xOf(time: number, span: Span, tracks: Tracks, width: number): number {
  return tracks.left + ((time - span.from) / Math.max(1e-6, span.to - span.from)) * trackWidth(tracks, width);
}

/** The time at an x; outside of the tracks, the nearest that they show. */
export function timeAt(x: number, span: Span, tracks: Tracks, width: number): number {
  const share = Math.min(1, Math.max(0, (x - tracks.left) / trackWidth(tracks, width)));
  return span.from + share * (span.to - span.from);
}

const SECOND = 1000;
/** Steps between ticks, in milliseconds. */
const STEPS = [
  ...[0.001, 0.01, 0.1, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((hours) => hours * 3600 * SECOND),
];

/** The least step whose labels have room. */
export function tickStep(span: Span, width: number, room: number): number {
  const step = STEPS.find((each) => (each / (span.to - span.from)) * width > room);
  return step ?? (STEPS.at(-1) as number);
}

/** A round number at or above the most: where the stack's scale ends. */
export function niceTop(most: number): number {
  if (most <= 10) return 10;
  const scale = 10 ** Math.floor(Math.log10(most));
  const factor = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((each) => each * scale >= most) ?? 10;
  return factor * scale;
}
