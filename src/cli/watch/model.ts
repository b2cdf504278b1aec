import type { TcpTable } from "../../decoder/table/table.js";
import type { RowEvent } from "../../frames/index.js";
import type { SampledMoment } from "../../sampler/sampler.js";
import { type ConnectionKey, keyAt } from "./connection-key.js";
import type { NameOf } from "./groups.js";
import { History } from "./history.js";
import { Lives } from "./lives.js";
import { Marks } from "./marks.js";

/** States that have a line of their own: MIB numbers 2 to 11. */
export const SHOWN_STATES = [2, 5, 4, 3, 8, 10, 6, 7, 9, 11] as const;

/** Series of the history behind those of the states, which have their own numbers. */
export const ROWS = 13;
export const OPENED = 14;
export const CLOSED = 15;

/** What of a moment is used here. */
export type WatchedMoment = Pick<
  SampledMoment,
  | "time"
  | "monotonic"
  | "isBaseline"
  | "changes"
  | "gaps"
  | "length"
  | "stateCounts"
  | "opened"
  | "closed"
  | "changed"
  | "late"
  | "skipped"
  | "samples"
  | "sources"
  | "blind"
  | "nameOf"
  | "events"
>;

/** What one sample showed. The tables are valid until the next one. */
export interface Picture {
  /** Wall clock, milliseconds since 1970. */
  readonly time: number;
  readonly every: number;
  readonly late: number;
  readonly skipped: number;
  readonly tables: readonly TcpTable[];
  readonly length: number;
  /** Rows by state number, and how many more than in the sample before. */
  readonly counts: readonly number[];
  readonly differences: readonly number[];
  /** Connections that opened, and that closed, a second. */
  readonly openedRate: number;
  readonly closedRate: number;
  /** The families that were read, and why the others were not. */
  readonly families: readonly number[];
  readonly gaps: readonly string[];
  readonly sources: readonly string[];
  readonly blind: string | undefined;
  readonly nameOf: NameOf;
}

/** What happened while the picture stood. */
export interface Pause {
  /** Wall clock. */
  readonly since: number;
  opened: number;
  closed: number;
  changed: number;
}

/** All that is known of the connections: it takes in moments, and nothing else. */
export class WatchModel {
  readonly lives = new Lives();
  readonly marks = new Marks();
  /** What is to be seen: while it is paused, what was. */
  picture: Picture | undefined;
  pause: Pause | undefined;
  /** Wall clock of the latest sample, also while it is paused. */
  time = 0;
  #latest: Picture | undefined;
  readonly #history = new History(16);
  #pausedHistory: History | undefined;
  /** Monotonic time over all samplers: each one's own begins at 0. */
  #elapsed = 0;
  #monotonic: number | undefined;
  /** The connections that were there when sampling was interrupted. */
  #known: ReadonlySet<ConnectionKey> | undefined;

  /** For the sparklines. */
  get history(): History {
    return this.#pausedHistory ?? this.#history;
  }

  /** @param every milliseconds from one sample to the next */
  read(moment: WatchedMoment, every: number): void {
    const { time, samples, skipped } = moment;
    this.time = time;
    const step = this.#monotonic === undefined ? every : Math.max(1, moment.monotonic - this.#monotonic);
    this.#monotonic = moment.monotonic;
    this.#elapsed += step;
    this.lives.advance(time, samples, skipped);
    if (!this.pause) {
      this.marks.advance(time);
      for (const change of moment.changes) this.marks.readTable(change);
    }
    for (const event of moment.events()) {
      if (!("row" in event)) continue;
      this.lives.read(event);
      if (this.pause) this.pause[event.event]++;
      else this.marks.read(event, time);
    }
    if (moment.isBaseline) this.#compareWithKnown(moment);
    this.#latest = this.#pictureOf(moment, every, step / 1000);
    if (!this.pause) this.picture = this.#latest;
  }

  /** The next moment is another sampler's: it can't tell what happened since the last one of this. */
  interrupt(): void {
    const keys = new Set<ConnectionKey>();
    for (const table of this.#latest?.tables ?? [])
      for (let index = 0; index < table.length; index++) keys.add(keyAt(table, index));
    this.#known = this.#latest && keys;
    this.#monotonic = undefined;
  }

  /** Lets the picture stand, or go on from now. */
  togglePause(): void {
    if (this.pause) {
      this.pause = undefined;
      this.#pausedHistory = undefined;
      this.marks.clear();
      this.picture = this.#latest;
    } else if (this.picture) {
      this.pause = { since: this.picture.time, opened: 0, closed: 0, changed: 0 };
      this.#pausedHistory = this.#history.copy();
      this.picture = { ...this.picture, tables: this.picture.tables.map((table) => table.copy()) };
    }
  }

  #pictureOf(moment: WatchedMoment, every: number, seconds: number): Picture {
    const counts = Array.from(moment.stateCounts);
    const before = this.#latest?.counts;
    // A first table says nothing of what came before it.
    const openedRate = moment.isBaseline ? 0 : moment.opened / seconds;
    const closedRate = moment.isBaseline ? 0 : moment.closed / seconds;
    this.#history.add(this.#elapsed, every, [...counts.slice(0, ROWS), moment.length, openedRate, closedRate]);
    return {
      ...{ time: moment.time, every, late: moment.late, skipped: moment.skipped },
      tables: moment.changes.map(({ table }) => table),
      length: moment.length,
      counts,
      differences: counts.map((count, state) => (before ? count - (before[state] as number) : 0)),
      ...{ openedRate, closedRate },
      families: moment.changes.map(({ table }) => table.family),
      gaps: moment.gaps.map(({ family, reason }) => `IPv${family} failed: ${reason}`),
      ...{ sources: [...moment.sources], blind: moment.blind, nameOf: (pid) => moment.nameOf(pid) },
    };
  }

  #compareWithKnown({ changes, time }: WatchedMoment): void {
    const known = this.#known;
    this.#known = undefined;
    if (!known) return;
    for (const { table } of changes) {
      for (let index = 0; index < table.length; index++) {
        const key = keyAt(table, index);
        if (known.has(key) || this.lives.get(key)) continue;
        const event = openedEvent(table, index, time);
        this.lives.read(event);
        if (!this.pause) this.marks.read(event, time);
      }
    }
  }
}

function openedEvent(table: TcpTable, index: number, time: number): RowEvent {
  const figures = { bytesSent: null, bytesReceived: null, retransmits: null, rttMicroseconds: null };
  return { event: "opened", time, row: table.row(index), sampled: true, ...figures };
}
