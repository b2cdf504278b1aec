import { StaleTableError } from "../../decoder/errors.js";
import type { Change } from "../change.js";
import type { Gap } from "../gap-frame.js";
import type { ConnectionEvent } from "./event.js";
import type { NameOf } from "./rows.js";
import type { Telling } from "./telling.js";
import { eventOf, type Told } from "./told.js";

/** What a moment is made of: what the frames of one family told at this tick. */
export interface FamilyMoment {
  readonly telling: Telling;
  /** Absent where no table was read. */
  readonly change: Change | undefined;
  readonly gap: Gap | undefined;
  /** Whether the tick before had no gap of this family. */
  readonly gapBegins: boolean;
}

/**
 * All families at one tick, and what has become of them since the moment before. A story has one such object, which stands for the
 * frames that were read last: after the next `read` it is about those, and an iteration over earlier events throws StaleTableError.
 */
export class Moment {
  /** Which sample of the clock it was. */
  tick = 0;
  /** Wall clock, milliseconds since 1970-01-01 UTC. */
  time = 0;
  /** Monotonic clock, milliseconds since the stream began. */
  monotonic = 0;
  /** Whether there is nothing to compare with: no event has opened or closed. */
  isBaseline = true;
  /** Whether every family is whole, and none has a gap. */
  complete = false;
  /** The families that were read, IPv4 first: tables, and what has changed in them, unfiltered. */
  readonly changes: readonly Change[] = [];
  /** The families that were not. */
  readonly gaps: readonly Gap[] = [];
  /** How many `opened` events there are. With a filter, of what it matches. */
  opened = 0;
  /** How many `closed` ones. */
  closed = 0;
  /** How many `changed` ones. */
  changed = 0;
  /** Ends that were not told, because there was no room for them somewhere. */
  lost = 0;
  /** Sockets that went without ever having been connected. */
  neverConnected = 0;
  /** Milliseconds by which the wall clock left the monotonic one since the moment before; 0 for less than a second. */
  clockJump = 0;

  readonly #families: readonly FamilyMoment[];
  readonly #nameOf: NameOf;
  readonly #stateCounts = new Uint32Array(256);
  #hasStateCounts = false;
  /** Goes up with each refresh. */
  #round = 0;

  /** @internal */
  constructor(families: readonly FamilyMoment[], nameOf: NameOf) {
    this.#families = families;
    this.#nameOf = nameOf;
  }

  /** Rows of all tables. */
  get length(): number {
    let length = 0;
    for (const { table } of this.changes) length += table.length;
    return length;
  }

  /**
   * Rows by state number, of all tables and unfiltered: 256 counters, as TcpTable's. Counted when asked for, always into the same
   * array.
   */
  get stateCounts(): Uint32Array {
    if (this.#hasStateCounts) return this.#stateCounts;
    this.#stateCounts.fill(0);
    for (const { table } of this.changes) {
      const counts = table.stateCounts;
      for (let state = 0; state < 256; state++) (this.#stateCounts[state] as number) += counts[state] as number;
    }
    this.#hasStateCounts = true;
    return this.#stateCounts;
  }

  /** What a process is called, where names are told; `undefined` where they are not. */
  nameOf(pid: number): string | undefined {
    return this.#nameOf(pid);
  }

  /**
   * What has happened, as objects that stay valid: first what concerns all (`lost`, `clock`, `gap`), then of IPv4, then of IPv6, what
   * has closed by the time of the end, what has changed, what has opened. Of a connection that came and went, `opened` comes just
   * before its `closed`. They are made one by one: whoever does not ask pays nothing.
   *
   * @throws {StaleTableError} at the next event, where the story has read on in between
   */
  *events(): Generator<ConnectionEvent, void, undefined> {
    const round = this.#round;
    for (const event of this.#allEvents()) {
      yield event;
      if (round !== this.#round) throw new StaleTableError("table");
    }
  }

  *#allEvents(): Generator<ConnectionEvent, void, undefined> {
    const { time, lost, clockJump } = this;
    if (lost > 0) yield { event: "lost", time, count: lost };
    if (clockJump !== 0) yield { event: "clock", time, milliseconds: clockJump };
    for (const { gap, gapBegins } of this.#families)
      if (gap && gapBegins) yield { event: "gap", time, family: gap.family, reason: gap.reason };
    for (const { telling, change } of this.#families) {
      if (!change) continue;
      const eventFrom = (told: Told, event = told.event, at = told.time) => eventOf(told, event, at, this.#nameOf);
      for (const told of telling.told.closed) {
        // Its end may have come before the sample that had it.
        if (told.isNew) yield eventFrom(told, "opened", Math.min(told.time, time));
        yield eventFrom(told);
      }
      for (const told of telling.told.changed) yield eventFrom(told);
      for (const told of telling.told.opened) yield eventFrom(told);
    }
  }

  /** Makes this object stand for what its families hold now. @internal */
  refresh(): void {
    const changes = this.changes as Change[];
    const gaps = this.gaps as Gap[];
    let changesLength = 0;
    let gapsLength = 0;
    for (const { telling, change, gap } of this.#families) {
      this.lost += telling.lost;
      if (gap) {
        gaps[gapsLength++] = gap;
        this.lost += gap.ends.lost;
        this.neverConnected += gap.ends.neverConnected;
      }
      if (!change) continue;
      changes[changesLength++] = change;
      if (!change.isBaseline) this.isBaseline = false;
      if (!change.complete) this.complete = false;
      this.opened += telling.told.opened.length + telling.told.cameAndWent;
      this.closed += telling.told.closed.length;
      this.changed += telling.told.changed.length;
      this.lost += change.ends.lost;
      this.neverConnected += change.ends.neverConnected;
    }
    if (gapsLength > 0) this.complete = false;
    // An array that is emptied loses its memory: filled again at each moment, it would be garbage each time.
    if (changes.length > changesLength) changes.length = changesLength;
    if (gaps.length > gapsLength) gaps.length = gapsLength;
  }

  /** Lets go of the frames before, of which `refresh` still replaces what is in the lists. @internal */
  expire(): void {
    this.#round++;
    this.#hasStateCounts = false;
    this.isBaseline = true;
    this.complete = true;
    this.opened = 0;
    this.closed = 0;
    this.changed = 0;
    this.lost = 0;
    this.neverConnected = 0;
    this.clockJump = 0;
  }

  /** Holds nothing, where there is nothing to refresh it with. @internal */
  clear(): void {
    this.expire();
    (this.changes as Change[]).length = 0;
    (this.gaps as Gap[]).length = 0;
  }
}
