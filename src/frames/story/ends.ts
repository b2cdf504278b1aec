import { SEEN_BY_SAMPLES } from "../../format/ends.js";
import type { EndedConnections } from "../ended-connections.js";
import type { RowMatches } from "./matches.js";
import { endpointsOf, mayStayAfterEnd, type PlacedRow } from "./rows.js";
import type { ToldEnds } from "./told-ends.js";

/** Ends of gaps that are held until a table is read, at most. */
const HELD = 65_536;

/** What is looked at of connections that have ended. */
type Ended = Pick<
  EndedConnections,
  "length" | "table" | "time" | "bytesSent" | "bytesReceived" | "retransmits" | "rtt" | "flags"
>;

/** One of several ends. */
export interface EndRecord {
  readonly ends: Ended;
  readonly index: number;
  /** Whether its row is one that the filter wants. */
  readonly matches: boolean;
}

/** What is told of the end of one connection. */
export interface End {
  /** By the kernel: with figures. */
  readonly byKernel: EndRecord | undefined;
  /** By samples that were skipped: with a row that they had seen. */
  readonly bySamples: EndRecord | undefined;
}

/** The ends of a tick, and of the gaps before it, joined by the cookies of their sockets. */
export class EndsOfTick {
  /** In the order in which they were told. What has been joined with a row is taken out. */
  readonly byCookie = new Map<bigint, End>();
  /** Those that samples told, of rows without a cookie. What the kernel tells without one can't be joined with anything. */
  readonly withoutCookie: EndRecord[] = [];
  /** Cookies of the kernel's ends by addresses and ports; made when they are first asked for. */
  #cookies: Map<string, bigint> | undefined;
  readonly #matches: RowMatches;
  readonly #told: ToldEnds;
  /** Ends of gaps. */
  readonly #held: Ended[] = [];
  #heldLength = 0;

  /** @param told ends that are no news */
  constructor(matches: RowMatches, told: ToldEnds) {
    this.#matches = matches;
    this.#told = told;
  }

  /** Keeps the ends of a gap until a table comes. Returns how many there was no room for. */
  hold(ends: EndedConnections): number {
    const { length, table, time, bytesSent, bytesReceived, retransmits, rtt, flags } = ends;
    if (length === 0) return 0;
    if (this.#heldLength + length > HELD) return length;
    this.#heldLength += length;
    this.#held.push({
      length,
      table: table.copy(),
      time: time.slice(),
      bytesSent: bytesSent.slice(),
      bytesReceived: bytesReceived.slice(),
      retransmits: retransmits.slice(),
      rtt: rtt.slice(),
      flags: flags.slice(),
    });
    return 0;
  }

  /** Joins what has been held, and the ends of a table. */
  refresh(ends: EndedConnections): void {
    if (this.byCookie.size > 0) this.byCookie.clear();
    this.withoutCookie.length = 0;
    this.#cookies = undefined;
    if (this.#heldLength > 0) for (const held of this.#held) this.#join(held);
    this.#held.length = 0;
    this.#heldLength = 0;
    if (ends.length > 0) this.#join(ends);
  }

  /** The end that the kernel tells of a cookie: whoever asks joins it with a row. */
  joinByKernel(cookie: bigint): EndRecord | undefined {
    if (this.byCookie.size === 0) return undefined;
    const byKernel = this.byCookie.get(cookie)?.byKernel;
    if (byKernel) this.byCookie.delete(cookie);
    return byKernel;
  }

  /** The cookie of an end that has been joined with no row so far, and whose life no sample saw, between these addresses and ports: see `endpointsOf`. */
  cookieBetween(endpoints: string): bigint | undefined {
    if (this.byCookie.size === 0) return undefined;
    if (!this.#cookies) {
      this.#cookies = new Map();
      for (const [cookie, end] of this.byCookie) {
        const unsampled = unsampledEnd(end);
        if (unsampled) this.#cookies.set(endpointsOf(placeOf(unsampled)), cookie);
      }
    }
    const cookie = this.#cookies.get(endpoints);
    return cookie !== undefined && this.byCookie.has(cookie) ? cookie : undefined;
  }

  /** Of several that are told alike, the first counts. */
  #join(ends: Ended): void {
    this.#matches.refresh(ends.table);
    const cookies = ends.table.columns.socketCookie;
    for (let index = 0; index < ends.length; index++) {
      const cookie = cookies?.[index] ?? 0n;
      const isBySamples = ((ends.flags[index] as number) & SEEN_BY_SAMPLES) !== 0;
      const record = { ends, index, matches: this.#matches.has(index) };
      if (cookie === 0n) {
        if (isBySamples) this.withoutCookie.push(record);
      } else if (!this.#told.has(cookie)) {
        const { byKernel, bySamples } = this.byCookie.get(cookie) ?? {};
        this.byCookie.set(
          cookie,
          isBySamples ? { byKernel, bySamples: bySamples ?? record } : { byKernel: byKernel ?? record, bySamples },
        );
      }
    }
  }
}

/** The kernel's word of an end, where samples that were skipped have not seen the connection's life either. */
export function unsampledEnd({ byKernel, bySamples }: End): EndRecord | undefined {
  return bySamples && !mayStayAfterEnd(stateOf(bySamples)) ? undefined : byKernel;
}

/** The row of an end. */
export function placeOf({ ends, index }: EndRecord): PlacedRow {
  return { table: ends.table, index };
}

export function stateOf({ ends, index }: EndRecord): number | undefined {
  return ends.table.columns.state[index];
}
