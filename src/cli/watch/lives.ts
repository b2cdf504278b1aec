import type { TcpRow } from "../../decoder/table/row.js";
import type { TcpTable } from "../../decoder/table/table.js";
import type { StateName } from "../../format/states.js";
import { filetimeToDate } from "../../format/times.js";
import type { RowEvent } from "../../frames/index.js";
import { localEnd, remoteEnd } from "../table-text.js";
import { type ConnectionKey, keyAt, keyOf } from "./connection-key.js";
import { CookieTimes } from "./cookie-times.js";

/** What is known of a connection: since when, in which states, and how it ended. Times in milliseconds since 1970. */
export interface Life {
  readonly key: ConnectionKey;
  /** As it was last known. */
  row: TcpRow;
  processName: string | undefined;
  /** When it was first seen. */
  readonly first: number;
  /** Whether it was there before anybody looked: it is older than can be told. */
  readonly isOlder: boolean;
  /** The sample and the tick that showed it first. */
  readonly firstSample: number;
  readonly firstTick: number;
  readonly states: { readonly state: StateName; readonly since: number }[];
  /** How it closed. */
  end?: RowEvent;
}

/** Lives that are remembered after their ends: TIME-WAIT rows stay for a minute. */
const MOST_ENDED = 100_000;

/** Entries of the index beyond which what is forgotten is swept out of it. */
const SWEEP = 1 << 18;

/** Changes of state that one life remembers: no real connection has so many. */
const MOST_STATES = 32;

/**
 * The lives of all connections that have opened or changed since the beginning: what stays as it was at the beginning costs
 * nothing.
 */
export class Lives {
  /** When the first sample was made. */
  began: number | undefined;
  /** Samples since. */
  samples = 0;
  /** Ticks since, those without a sample as well. */
  ticks = 0;
  readonly #living = new Map<ConnectionKey, Life>();
  /** The oldest first. */
  readonly #ended = new Map<ConnectionKey, Life>();
  /** When those with cookies were first seen: an index of both. */
  readonly #times = new CookieTimes();
  #sweepAt = SWEEP;

  /** Another sample. */
  advance(time: number, samples: number, skipped: number): void {
    this.began ??= time;
    this.samples += samples;
    this.ticks += samples + skipped;
  }

  read(event: RowEvent): void {
    const { row, time } = event;
    const key = keyOf(row);
    const life = this.get(key) ?? this.#add(key, event);
    life.row = row;
    life.processName = event.processName ?? life.processName;
    if (event.event === "changed" && life.states.at(-1)?.state !== row.state) {
      life.states.push({ state: row.state, since: time });
      if (life.states.length > MOST_STATES) life.states.splice(1, 1);
    }
    if (event.event === "closed") this.#end(life, event);
  }

  get(key: ConnectionKey): Life | undefined {
    return this.#living.get(key) ?? this.#ended.get(key);
  }

  /** What is known of a connection in a table. */
  of(table: TcpTable, index: number): Life {
    const key = keyAt(table, index);
    const known = this.get(key);
    if (known) return known;
    const row = table.row(index);
    const since = createdAt(table, index);
    const first = since ?? this.began ?? 0;
    const states = [{ state: row.state, since: this.began ?? 0 }];
    const isOlder = since === undefined;
    return { key, row, processName: undefined, first, isOlder, firstSample: 0, firstTick: 0, states };
  }

  /**
   * When connections were first seen; −1 for those that were there before the first sample.
   *
   * @param rows how many there are
   * @param tableOf the table of one, and `indexOf` where it stands there
   */
  firstSeen(rows: number, tableOf: (row: number) => TcpTable, indexOf: ArrayLike<number>): Float64Array {
    const times = new Float64Array(rows);
    const halves = new Map<TcpTable, Uint32Array | undefined>();
    let [table, cookies]: [TcpTable | undefined, Uint32Array | undefined] = [undefined, undefined];
    for (let row = 0; row < rows; row++) {
      const own = tableOf(row);
      if (own !== table) {
        table = own;
        if (!halves.has(own)) halves.set(own, halvesOf(own));
        cookies = halves.get(own);
      }
      const index = indexOf[row] as number;
      times[row] = cookies
        ? this.#times.get(cookies[index * 2] as number, cookies[index * 2 + 1] as number)
        : (createdAt(own, index) ?? this.firstSeenOf(keyAt(own, index)));
    }
    return times;
  }

  firstSeenOf(key: ConnectionKey): number {
    const life = this.get(key);
    return life && !life.isOlder ? life.first : -1;
  }

  /** Those before this one between the same ends, the oldest first. */
  before(life: Life): Life[] {
    const ends = endsOf(life.row);
    const earlier = (other: Life) => other.key !== life.key && other.first <= life.first && endsOf(other.row) === ends;
    return [...this.#ended.values()].filter(earlier);
  }

  #add(key: ConnectionKey, { event, row, time, stateBefore, processName, sampled }: RowEvent): Life {
    // What changes or closes without having opened was there from the beginning.
    const isOlder = event !== "opened" && sampled;
    const first = isOlder ? (this.began ?? time) : time;
    const life: Life = {
      ...{ key, row, processName, first, isOlder },
      firstSample: isOlder ? 0 : this.samples - 1,
      firstTick: isOlder ? 0 : this.ticks - 1,
      states: [{ state: stateBefore ?? row.state, since: first }],
    };
    this.#living.set(key, life);
    if (typeof key === "bigint" && !isOlder) this.#times.set(key, first);
    return life;
  }

  #end(life: Life, event: RowEvent): void {
    life.end = event;
    this.#living.delete(life.key);
    this.#ended.set(life.key, life);
    if (this.#ended.size > MOST_ENDED) this.#ended.delete(this.#ended.keys().next().value as ConnectionKey);
    if (this.#times.size < this.#sweepAt) return;
    this.#times.clear();
    for (const lives of [this.#living, this.#ended])
      for (const { key, isOlder, first } of lives.values())
        if (typeof key === "bigint" && !isOlder) this.#times.set(key, first);
    this.#sweepAt = Math.max(SWEEP, this.#times.size * 2);
  }
}

/** The cookies of a table as pairs of numbers, low one first; `undefined` where it has none. */
function halvesOf({ columns }: TcpTable): Uint32Array | undefined {
  const cookies = columns.socketCookie;
  return cookies && new Uint32Array(cookies.buffer, cookies.byteOffset, cookies.length * 2);
}

/** When the system says that a connection was made: Windows does. */
function createdAt({ columns }: TcpTable, index: number): number | undefined {
  const filetime = columns.createTimestamp?.[index];
  return filetime ? filetimeToDate(filetime)?.getTime() : undefined;
}

function endsOf(row: TcpRow): string {
  return `${localEnd(row)} ${remoteEnd(row)}`;
}
