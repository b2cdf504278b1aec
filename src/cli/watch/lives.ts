import type { TcpRow } from "../../decoder/table/row.js";
import type { TcpTable } from "../../decoder/table/table.js";
import { type StateName, stateName } from "../../format/states.js";
import { filetimeToDate } from "../../format/times.js";
import type { RowEvent } from "../../frames/index.js";
import { localEnd, remoteEnd } from "../table-text.js";
import { type ConnectionKey, keyAt, keyOf } from "./connection-key.js";

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

/** Lives that are remembered. */
const MOST_LIVES = 100_000;

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
  readonly #lives = new Map<ConnectionKey, Life>();

  /** Another sample. */
  advance(time: number, samples: number, skipped: number): void {
    this.began ??= time;
    this.samples += samples;
    this.ticks += samples + skipped;
  }

  read(event: RowEvent): void {
    const { row, time } = event;
    const key = keyOf(row);
    const life = this.#lives.get(key) ?? this.#add(key, event);
    life.row = row;
    life.processName = event.processName ?? life.processName;
    if (event.event === "changed" && life.states.at(-1)?.state !== row.state) {
      life.states.push({ state: row.state, since: time });
      if (life.states.length > MOST_STATES) life.states.splice(1, 1);
    }
    if (event.event === "closed") life.end = event;
  }

  get(key: ConnectionKey): Life | undefined {
    return this.#lives.get(key);
  }

  /** What is known of a connection in a table. */
  of(table: TcpTable, index: number): Life {
    const key = keyAt(table, index);
    const known = this.#lives.get(key);
    if (known) return known;
    const row = table.row(index);
    const since = createdAt(table, index);
    const first = since ?? this.began ?? 0;
    const states = [{ state: row.state, since: this.began ?? 0 }];
    const isOlder = since === undefined;
    return { key, row, processName: undefined, first, isOlder, firstSample: 0, firstTick: 0, states };
  }

  /** When a connection in a table was first seen; −1 where it was there before the first sample. */
  firstSeen(table: TcpTable, index: number): number {
    return createdAt(table, index) ?? this.firstSeenOf(keyAt(table, index));
  }

  firstSeenOf(key: ConnectionKey): number {
    const life = this.#lives.get(key);
    return life && !life.isOlder ? life.first : -1;
  }

  /** Those before this one between the same ends, the oldest first. */
  before(life: Life): Life[] {
    const ends = endsOf(life.row);
    const earlier = (other: Life) => other.key !== life.key && other.first <= life.first && endsOf(other.row) === ends;
    return [...this.#lives.values()].filter(earlier);
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
    this.#lives.set(key, life);
    if (this.#lives.size > MOST_LIVES) this.#lives.delete(this.#lives.keys().next().value as ConnectionKey);
    return life;
  }
}

/** When the system says that a connection was made: Windows does. */
function createdAt({ columns }: TcpTable, index: number): number | undefined {
  const filetime = columns.createTimestamp?.[index];
  return filetime ? filetimeToDate(filetime)?.getTime() : undefined;
}

function endsOf(row: TcpRow): string {
  return `${localEnd(row)} ${remoteEnd(row)}`;
}

/** A state of a table by its number, as the lives tell it. */
export function stateAt(table: TcpTable, index: number): StateName {
  const state = table.columns.state[index] as number;
  return state === 255 ? table.row(index).state : stateName(state);
}
