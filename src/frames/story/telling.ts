import type { Filter } from "../../filter/filter.js";
import { fieldOf, type LayoutName } from "../../format/layouts.js";
import { MIB_TCP_STATE } from "../../format/states.js";
import type { Change } from "../change.js";
import type { EndedConnections } from "../ended-connections.js";
import { type EndRecord, EndsOfTick, placeOf, stateOf, unsampledEnd } from "./ends.js";
import { RowMatches } from "./matches.js";
import { searchCookies, searchEndpoints } from "./row-search.js";
import {
  type CopiedRow,
  copyOf,
  differs,
  endpointsOf,
  mayStayAfterEnd,
  type NameOf,
  type PlacedRow,
  type SomeRow,
} from "./rows.js";
import { ToldEvents } from "./told.js";
import { ToldEnds } from "./told-ends.js";

/*
 * What is told of the connections of one family, and when. This is the one place that says so. What two tables tell comes from
 * ../rules.ts; here the ends join in, by the socket's cookie. In tables without cookies the kernel's ends can't be joined with
 * anything, and are not looked at: what their rows tell is all.
 *
 *  1. The first table of a stream or layout is a baseline: nothing in it has opened, and what was known before is dropped. After
 *     a gap the next table is compared with the last one that was read.
 *  2. `closed` is told once for each connection, at the earliest proof: an end, or a row that is gone. Rows that stay after it
 *     (FIN-WAIT-2, TIME-WAIT) are silent, and so is their going.
 *  3. The end of a connection that a table has, the one before or this one: `closed`, with the end's figures and time. The row is
 *     the last that was known of its life: this table's, but not where it is a row that stays after an end.
 *  4. A row that is new in this table together with its end: `opened` and `closed`. But if it is one that stays after an end, no
 *     sample has seen the connection's life: rule 5.
 *  5. The end of a connection that no table had: `closed`, not sampled, and the row is the end's. A row that shows up later is
 *     silent: one with the end's cookie; and one that stays after an end, between the same addresses and ports. The kernel makes
 *     a cookie when it is first asked for it, so what has stayed got one of its own. If such a row was told before the end
 *     came, the end is its: rule 3. If the end's remote port is 0, it never was a connection: nothing is told.
 *  6. A row that is gone without an end, in a stream that tells ends, is missing: it waits for the next table. If its end comes
 *     until then, `closed` with figures; if it is back, nothing has happened, or it has `changed`; else `closed` then. A row in
 *     TIME-WAIT does not wait, since what is left of a connection goes without an end. Nor does a row without a cookie, which
 *     no end could be joined with, nor any in a stream that tells no ends: `closed` at once.
 *  7. A connection that came and went between two tables, seen by samples that were skipped: `opened` and `closed`. Its end
 *     by the kernel gives the figures; if that is not there, `closed` is told by rule 6.
 *  8. Whose end was told is remembered as long as a table has its row, and two samples longer: a table may miss a row, an end
 *     may come late.
 *  9. With a filter, `opened` and `closed` are told where the row matches that they show, `changed` where the row matches
 *     before or after.
 */

/** A row that is gone, and waits for its end. */
interface Missing extends CopiedRow {
  /** Whether the filter wants to know of it. */
  readonly matches: boolean;
}

/** Joins the tables and the ends of one family into what has happened. */
export class Telling {
  /** What the last table told. */
  readonly told = new ToldEvents();
  /** Ends that there was no room for here. */
  lost = 0;

  readonly #nameOf: NameOf;
  /** Of the rows that are looked at, and of those before them. */
  readonly #matches: RowMatches;
  readonly #matchesBefore: RowMatches;
  readonly #ends: EndsOfTick;
  #layout: LayoutName | undefined;
  #hasCookies = false;
  #change!: Change;
  /** Whether the table before was a baseline. */
  #wasBaseline = false;
  readonly #ended = new ToldEnds();
  /** Rule 5: rows in the table that have opened as what is left of a connection, since no end had come. */
  readonly #openedLeft = new Set<bigint>();
  /** Rule 6: rows of the table before that this one has not. */
  #missing = new Map<bigint, Missing>();
  /** Those that were missing before this table. */
  #missingBefore = new Map<bigint, Missing>();
  /** Of this tick, where a doubled row may have changed twice. */
  readonly #changed = new Set<bigint>();

  /** @param where rule 9; all is told without one */
  constructor(where: Filter | undefined, nameOf: NameOf) {
    this.#nameOf = nameOf;
    this.#matches = new RowMatches(where);
    this.#matchesBefore = new RowMatches(where);
    this.#ends = new EndsOfTick(new RowMatches(where), this.#ended);
  }

  /**
   * Takes in the next table of the family, and the ends that came with it.
   *
   * @throws {QueryError} the table lacks a column that the filter looks at; nothing has been taken in
   */
  read(change: Change): void {
    this.clear();
    const { layout, isBaseline } = change;
    if (layout !== this.#layout) {
      this.#matches.mustAnswer(layout);
      this.#layout = layout;
      this.#hasCookies = fieldOf(layout, "socketCookie") !== undefined;
    }
    if (isBaseline) {
      this.#ended.clear();
      this.#openedLeft.clear();
      this.#missing.clear();
    }
    this.#change = change;
    this.#ended.advance();
    [this.#missingBefore, this.#missing] = [this.#missing, this.#missingBefore];
    this.#ends.refresh(change.ends);
    if (!this.#hasCookies) this.#ends.byCookie.clear();
    this.#tellClosed();
    this.#tellOpened();
    this.#tellChanged();
    this.#tellMissing();
    this.#tellEnds();
    this.told.sort();
    this.#wasBaseline = isBaseline;
  }

  /** Takes in that a table could not be read: the ends that came nevertheless are told with the next one. */
  readGap(ends: EndedConnections): void {
    this.clear();
    this.lost = this.#ends.hold(ends);
  }

  /** Drops what was told last. */
  clear(): void {
    this.lost = 0;
    this.told.clear();
  }

  #tellClosed(): void {
    const { closed } = this.#change;
    if (closed.length === 0) return;
    this.#matches.refresh(closed);
    const { socketCookie: cookies, state: states } = closed.columns;
    for (let index = 0; index < closed.length; index++) {
      const cookie = cookies?.[index] ?? 0n;
      this.#openedLeft.delete(cookie);
      if (this.#ended.removeRow(cookie)) continue;
      const row = { table: closed, index };
      const matches = this.#matches.has(index);
      const end = this.#ends.joinByKernel(cookie);
      if (end || !this.#mayWait(cookie, states[index])) this.#close(cookie, row, matches, end);
      else this.#miss(cookie, row, matches);
    }
  }

  #tellOpened(): void {
    const { opened, table, sharedOwners } = this.#change;
    if (opened.length === 0) return;
    const { indices } = opened;
    this.#matches.refreshWith(table, indices, sharedOwners);
    const { socketCookie: cookies, state: states } = table.columns;
    for (let place = 0; place < indices.length; place++) {
      const index = indices[place] as number;
      const cookie = cookies?.[index] ?? 0n;
      const matches = this.#matches.has(place);
      const row = { table, index };
      if (cookie === 0n) this.#open(row, matches);
      else if (this.#ended.isRecent(cookie)) this.#ended.addRow(cookie);
      else if (this.#missingBefore.has(cookie)) this.#tellBack(cookie, row, matches, mayStayAfterEnd(states[index]));
      else {
        const end = this.#ends.joinByKernel(cookie);
        if (!end) {
          const isLeft = mayStayAfterEnd(states[index]);
          if (isLeft && this.#isLeftOfUnsampled(row)) {
            this.#ended.addRow(cookie);
          } else {
            if (isLeft) this.#openedLeft.add(cookie);
            this.#open(row, matches);
          }
          continue;
        }
        this.#ended.addRow(cookie);
        if (mayStayAfterEnd(states[index])) this.#tellUnsampled(cookie, end);
        else this.#close(cookie, row, matches, end, true);
      }
    }
  }

  /** Rule 5: whether a row is what has stayed of a connection that no table had. */
  #isLeftOfUnsampled(row: PlacedRow): boolean {
    const endpoints = endpointsOf(row);
    if (this.#ended.isUnsampled(endpoints)) return true;
    const cookie = this.#ends.cookieBetween(endpoints);
    // The end may be that of a row that is missing, which had these ports before.
    return cookie !== undefined && !this.#missingBefore.has(cookie);
  }

  /** A row that was missing is back. */
  #tellBack(cookie: bigint, row: PlacedRow, matches: boolean, stayed: boolean): void {
    const before = this.#missingBefore.get(cookie) as Missing;
    this.#missingBefore.delete(cookie);
    const end = this.#ends.joinByKernel(cookie);
    if (end) {
      this.#ended.addRow(cookie);
      this.#close(cookie, stayed ? before : row, stayed ? before.matches : matches, end);
    } else if (differs(before, row)) {
      if (matches || before.matches) this.told.change(row, before, this.#change.time);
    }
  }

  #tellChanged(): void {
    const { changed, before, table, sharedOwners } = this.#change;
    if (changed.length === 0) return;
    const { indices } = changed;
    this.#matches.refreshWith(table, indices, sharedOwners);
    this.#matchesBefore.refresh(before);
    const { socketCookie: cookies, state: states } = table.columns;
    for (let place = 0; place < indices.length; place++) {
      const index = indices[place] as number;
      const cookie = cookies?.[index] ?? 0n;
      if (this.#ended.hasRow(cookie) || this.#changed.has(cookie)) continue;
      if (cookie !== 0n) this.#changed.add(cookie);
      const row = { table, index };
      const rowBefore = { table: before, index: place };
      const [matched, matches] = [this.#matchesBefore.has(place), this.#matches.has(place)];
      const end = this.#ends.joinByKernel(cookie);
      if (end) {
        this.#ended.addRow(cookie);
        const stayed = mayStayAfterEnd(states[index]);
        this.#close(cookie, stayed ? rowBefore : row, stayed ? matched : matches, end);
      } else if (matched || matches) this.told.change(row, rowBefore, this.#change.time);
    }
    this.#changed.clear();
  }

  /** Rows that were missing since the table before, and are not back. */
  #tellMissing(): void {
    if (this.#missingBefore.size === 0) return;
    for (const [cookie, row] of this.#missingBefore) {
      this.#close(cookie, row, row.matches, this.#ends.joinByKernel(cookie));
      // Samples that were skipped may have had it once more.
      this.#ends.byCookie.delete(cookie);
    }
    this.#missingBefore.clear();
  }

  /** Ends of rows whose going or changing does not show, and of what no table had. */
  #tellEnds(): void {
    const { byCookie, withoutCookie } = this.#ends;
    if (byCookie.size > 0) this.#tellUnchanged();
    const unsampled: [cookie: bigint, end: EndRecord][] = [];
    for (const [cookie, end] of byCookie) {
      const byKernel = unsampledEnd(end);
      if (byKernel) unsampled.push([cookie, byKernel]);
    }
    if (unsampled.length > 0) this.#tellNeverSeen(unsampled);
    for (const [cookie, end] of byCookie)
      if (end.bySamples && !unsampledEnd(end)) this.#tellCameAndWent(cookie, end.bySamples, end.byKernel);
    for (const record of withoutCookie) this.#tellCameAndWent(0n, record, undefined);
  }

  /** Ends of rows that this table has as the one before had them. */
  #tellUnchanged(): void {
    const { table, sharedOwners, isBaseline } = this.#change;
    const rows = searchCookies(this.#ends.byCookie, table);
    this.#matches.refreshWith(
      table,
      rows.map(([, index]) => index),
      sharedOwners,
    );
    const { state: states } = table.columns;
    for (const [place, [cookie, index]] of rows.entries()) {
      const end = this.#ends.joinByKernel(cookie);
      // Samples alone that say it is gone are wrong: it is here.
      this.#ends.byCookie.delete(cookie);
      if (!end) continue;
      this.#ended.addRow(cookie);
      if (isBaseline && mayStayAfterEnd(states[index])) this.#tellUnsampled(cookie, end);
      else this.#close(cookie, { table, index }, this.#matches.has(place), end);
    }
  }

  /** Ends with cookies that no table had. Rule 5: this one may have what is left under another cookie. */
  #tellNeverSeen(ends: readonly [cookie: bigint, end: EndRecord][]): void {
    const { table, isBaseline, sharedOwners } = this.#change;
    // What was left when the baseline was read has not been told.
    const isOfBaseline = isBaseline || this.#wasBaseline;
    const left = searchEndpoints(
      ends.map(([, end]) => placeOf(end)),
      table,
    );
    // From the last one: what is left between some ports is of the last connection between them.
    for (const [cookie, end] of ends.toReversed()) {
      const index = left.get(endpointsOf(placeOf(end)));
      const cookieLeft = index === undefined ? 0n : (table.columns.socketCookie?.[index] ?? 0n);
      const isLeft =
        cookieLeft !== 0n && !this.#ended.hasRow(cookieLeft) && (isOfBaseline || this.#openedLeft.has(cookieLeft));
      if (index === undefined || !isLeft) {
        this.#tellUnsampled(cookie, end);
        continue;
      }
      this.#ended.addRow(cookieLeft);
      if (!this.#openedLeft.has(cookieLeft)) {
        this.#tellUnsampled(cookie, end);
      } else {
        this.#ended.addRecent(cookie);
        this.#matches.refreshWith(table, [index], sharedOwners);
        this.#close(cookieLeft, { table, index }, this.#matches.has(0), end);
      }
    }
  }

  /** Rule 5. */
  #tellUnsampled(cookie: bigint, end: EndRecord): void {
    const row = placeOf(end);
    this.#ended.addRecent(cookie);
    if (row.table.columns.remotePort[row.index] === 0) return;
    this.#ended.addUnsampled(endpointsOf(row));
    if (end.matches) this.told.closeUnsampled(row, this.#timeOf(end), end);
  }

  /** Rule 7. */
  #tellCameAndWent(cookie: bigint, bySamples: EndRecord, byKernel: EndRecord | undefined): void {
    const { matches } = bySamples;
    const row = placeOf(bySamples);
    const state = stateOf(bySamples);
    if (mayStayAfterEnd(state) && this.#ended.isUnsampled(endpointsOf(row))) this.#ended.addRecent(cookie);
    else if (byKernel || !this.#mayWait(cookie, state)) {
      this.#close(cookie, row, matches, byKernel ?? bySamples, true);
    } else {
      this.#open(row, matches);
      this.#miss(cookie, row, matches);
    }
  }

  /** Rule 6. */
  #mayWait(cookie: bigint, state: number | undefined): boolean {
    return this.#change.endsAreTold && cookie !== 0n && state !== MIB_TCP_STATE.TIME_WAIT;
  }

  #miss(cookie: bigint, row: PlacedRow, matches: boolean): void {
    this.#missing.set(cookie, { ...copyOf(row, this.#nameOf), matches });
  }

  #open(row: PlacedRow, matches: boolean): void {
    if (matches) this.told.open(row, this.#change.time);
  }

  /** @param isNew whether its opening has not been told */
  #close(cookie: bigint, row: SomeRow, matches: boolean, end: EndRecord | undefined, isNew = false): void {
    if (cookie !== 0n) this.#ended.addRecent(cookie);
    if (matches) this.told.close(row, this.#timeOf(end), end, isNew);
  }

  /** When an end was told, or the sample where there is none. */
  #timeOf(end: EndRecord | undefined): number {
    return end?.ends.time[end.index] ?? this.#change.time;
  }
}
