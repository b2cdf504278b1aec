import type { RawRow } from "../support/tables.js";
import type { TestEnd } from "./story-frames.js";

/** What is told of a connection, in a line: `closed 7 5 sent 70 unsampled`, `changed 7 5→8`. Numbers are cookie and states. */
export type Line = string;

/** The states of rows that stay after an end. */
const STAYS = [7, 11];

/**
 * What src/frames/story/telling.ts tells of the tables and ends of one family, connection by connection: slow and plain. Rows have
 * cookies; a doubled one is so with the same bytes.
 */
export class StoryOracle {
  #before: Map<bigint, RawRow> | undefined;
  #missing = new Map<bigint, RawRow>();
  /** The table after which nothing is known any more of an end that was told; Infinity while its row is there. */
  readonly #endedUntil = new Map<bigint, number>();
  /** The same of the addresses and ports of connections that no table had. */
  readonly #unsampledUntil = new Map<string, number>();
  /** Rows that have opened as what is left of a connection. */
  readonly #openedLeft = new Set<bigint>();
  #tables = 0;
  #held: TestEnd[] = [];
  readonly #endsAreTold: boolean;

  constructor(endsAreTold: boolean) {
    this.#endsAreTold = endsAreTold;
  }

  readGap(ends: readonly TestEnd[]): void {
    this.#held.push(...ends);
  }

  read(rows: readonly RawRow[], told: readonly TestEnd[]): Line[] {
    this.#tables++;
    const byCookie = (list: readonly RawRow[]) => new Map(list.map((row) => [row.socketCookie as bigint, row]));
    const now = byCookie(rows);
    const ends = [...this.#held, ...told].toReversed();
    this.#held = [];
    const endMap = (seen: boolean) =>
      new Map(
        ends
          .filter(({ seenBySamples = false }) => seenBySamples === seen)
          .map((end) => [end.row.socketCookie as bigint, end]),
      );
    const [byKernel, bySamples] = [endMap(false), endMap(true)];
    const before = this.#before ?? new Map<bigint, RawRow>();
    const missing = this.#missing;
    this.#missing = new Map();
    const lines: Line[] = [];
    const known = (cookie: bigint) => (this.#endedUntil.get(cookie) ?? 0) >= this.#tables;
    const lives = (row: RawRow | undefined) => (row && !STAYS.includes(row.state) ? row : undefined);
    const lastOf = (cookie: bigint) => before.get(cookie) ?? missing.get(cookie);
    const betweenOf = (row: RawRow) => `${row.localPort} ${row.remotePort}`;
    // Ends of connections that no table had; and the row that is left of one, which has another cookie.
    const strangers = new Map<string, TestEnd>();
    for (const [cookie, end] of byKernel)
      if (!known(cookie) && !lastOf(cookie) && !lives(now.get(cookie)) && !lives(bySamples.get(cookie)?.row))
        strangers.set(betweenOf(end.row), end);
    const endOfLeft = new Map<bigint, TestEnd>();
    for (const [cookie, row] of now) {
      const end = strangers.get(betweenOf(row));
      const wasTold = this.#openedLeft.has(cookie) && before.has(cookie);
      if (
        end &&
        STAYS.includes(row.state) &&
        end.row.socketCookie !== cookie &&
        !known(cookie) &&
        wasTold &&
        !byKernel.has(cookie)
      )
        endOfLeft.set(cookie, end);
    }
    // Of a row that was there from the baseline on nothing is told.
    if (this.#tables <= 2)
      for (const [cookie, row] of now)
        if (
          strangers.has(betweenOf(row)) &&
          !lives(row) &&
          !byKernel.has(cookie) &&
          !known(cookie) &&
          !endOfLeft.has(cookie)
        )
          if (this.#tables === 1 || before.has(cookie)) this.#endedUntil.set(cookie, this.#tables);
    const joined = new Set([...endOfLeft.values()].map(({ row }) => row.socketCookie as bigint));
    const silent = (row: RawRow) =>
      STAYS.includes(row.state) &&
      (strangers.has(betweenOf(row)) || (this.#unsampledUntil.get(betweenOf(row)) ?? 0) >= this.#tables);
    for (const cookie of new Set([...now, ...before, ...missing, ...byKernel, ...bySamples].map(([key]) => key))) {
      const here = now.get(cookie);
      const last = lastOf(cookie);
      const seen = bySamples.get(cookie)?.row;
      const end = byKernel.get(cookie) ?? endOfLeft.get(cookie);
      const open = (row: RawRow) => lines.push(`opened ${cookie} ${row.state}`);
      const close = (row: RawRow, how = "") => {
        lines.push(`closed ${cookie} ${row.state}${end ? ` sent ${end.bytesSent}` : ""}${how}`);
        this.#endedUntil.set(cookie, 0);
      };
      const isKnown = known(cookie);
      const waits = (row: RawRow) => this.#endsAreTold && row.state !== 11;
      if (isKnown) {
        // Silent.
      } else if (joined.has(cookie) || (!end && !last && silent((here ?? seen) as RawRow))) {
        this.#endedUntil.set(cookie, 0);
      } else if (end) {
        const isNew = last === undefined && this.#before !== undefined;
        const row = lives(here) ?? last ?? lives(seen);
        if (row) {
          if (isNew) open(row);
          close(row);
        } else if (end.row.remotePort !== 0) {
          close({ ...end.row, state: 1 }, " unsampled");
          this.#unsampledUntil.set(betweenOf(end.row), this.#tables + 2);
        } else this.#endedUntil.set(cookie, 0);
      } else if (here) {
        if (
          last &&
          (last.state !== here.state || (last.owningPid && here.owningPid && last.owningPid !== here.owningPid))
        )
          lines.push(`changed ${cookie} ${last.state}→${here.state}`);
        if (!last && this.#before) {
          open(here);
          if (!lives(here)) this.#openedLeft.add(cookie);
        }
      } else if (before.has(cookie)) {
        if (waits(last as RawRow)) this.#missing.set(cookie, last as RawRow);
        else close(last as RawRow);
      } else if (last) {
        close(last);
      } else if (seen) {
        open(seen);
        if (waits(seen)) this.#missing.set(cookie, seen);
        else close(seen);
      }
      const until = this.#endedUntil.get(cookie);
      if (until !== undefined && (isKnown || until === 0)) {
        const wasThere = before.has(cookie) || until === 0;
        if (here) this.#endedUntil.set(cookie, Number.POSITIVE_INFINITY);
        else if (wasThere) this.#endedUntil.set(cookie, this.#tables + 2);
      }
    }
    this.#before = now;
    return lines;
  }
}
