import type { RawRow } from "../support/tables.js";
import type { TestEnd, TestTick } from "./story-frames.js";
import { timeOf } from "./story-frames.js";

/** A connection of the modelled kernel. */
export interface Socket {
  readonly row: RawRow;
  /** What is left of it goes so many steps later; undefined while it lives. */
  left?: number;
}

export interface ModelOptions {
  readonly family: 4 | 6;
  readonly endsAreTold: boolean;
}

/** Gives one of so many numbers from 0 up; 0 is what changes least. */
export type Decide = (choices: number) => number;

/**
 * A kernel whose connections open, change and close, with TIME-WAIT and without; whose dumps miss rows or double them under churn;
 * and whose ends come at once, late or never. What is true of each connection stands beside.
 */
export class KernelModel {
  readonly sockets = new Map<number, Socket>();
  /** Cookies by what happened to them, for the claims. */
  readonly ended = new Set<number>();
  /** The connections of rows that stay after an end under a cookie of their own. */
  readonly connectionOf = new Map<number, number>();
  /** Cookies that a dump has asked for. The kernel makes them then: what is asked for the first time gets another one. */
  readonly #asked = new Set<number>();
  readonly #decide: Decide;
  readonly #options: ModelOptions;
  #cookies = 0;
  #late: TestEnd[] = [];
  #ends: TestEnd[] = [];
  /** The last table that was told, and the rows of those since that were skipped. */
  #told = new Map<number, RawRow>();
  #hasTold = false;
  #isInGap = false;
  /** Where a connection was that no dump has shown. Nobody could tell another one there from it. */
  readonly #retiredPorts = new Set<number>();
  #missed = new Set<number>();
  #seen = new Map<number, RawRow>();
  #tick = 0;

  constructor(decide: Decide, options: ModelOptions) {
    this.#decide = decide;
    this.#options = options;
  }

  /** A tick: some steps, of which only the last one's table is told, or a gap. @param isQuiet nothing opens or closes any more */
  tick(tick: number, isQuiet: boolean): TestTick {
    this.#tick = tick;
    this.#ends = this.#late;
    this.#late = [];
    const skipped = isQuiet || !this.#hasTold ? 0 : Math.max(0, this.#decide(5) - 2);
    for (let n = 0; n < skipped; n++) {
      this.#step();
      for (const row of this.#dump(new Set())) this.#seen.set(Number(row.socketCookie), row);
    }
    if (!isQuiet) this.#step();
    for (const [cookie, { left }] of this.sockets) if (left === 0) this.sockets.delete(cookie);
    for (const socket of this.sockets.values()) if (socket.left !== undefined) socket.left--;
    if (!isQuiet && !this.#isInGap && this.#decide(12) === 11) {
      this.#isInGap = true;
      return { gap: "not now", ends: this.#withSeen(new Map(), true) };
    }
    this.#isInGap = false;
    const missed = new Set<number>();
    const { endsAreTold } = this.#options;
    // Not twice running; nor what is left under a cookie of its own while its end is late: that would be three rare things at once.
    for (const cookie of this.sockets.keys()) {
      const mayMiss = endsAreTold && !isQuiet && !this.#missed.has(cookie) && !this.connectionOf.has(cookie);
      if (mayMiss && this.#decide(12) === 11) missed.add(cookie);
    }
    const rows = this.#dump(missed);
    this.#missed = missed;
    // Some close between the dump and the ends.
    if (!isQuiet && this.#decide(3) === 2)
      for (const cookie of [...this.sockets.keys()]) if (this.#decide(6) === 5) this.#close(cookie);
    const now = new Map(rows.map((row) => [Number(row.socketCookie), row]));
    const ends = this.#withSeen(now, false);
    this.#told = now;
    this.#hasTold = true;
    return { rows, ends };
  }

  /** Ends, and rows that only skipped tables had. */
  #withSeen(now: ReadonlyMap<number, RawRow>, isGap: boolean): TestEnd[] {
    const ends = this.#options.endsAreTold ? this.#ends : [];
    if (isGap) return ends;
    const gone = [...this.#seen].filter(([cookie]) => !this.#told.has(cookie) && !now.has(cookie));
    this.#seen.clear();
    const time = timeOf(this.#tick);
    return [...ends, ...gone.map(([, row]): TestEnd => ({ row, time, seenBySamples: true }))];
  }

  #dump(missed: ReadonlySet<number>): RawRow[] {
    const rows: RawRow[] = [];
    for (const [cookie, { row }] of this.sockets) {
      if (missed.has(cookie)) continue;
      this.#asked.add(cookie);
      rows.push(row);
      if (this.#decide(15) === 14) rows.push(row);
    }
    return rows;
  }

  #step(): void {
    for (const [cookie, socket] of [...this.sockets]) {
      if (socket.left !== undefined) continue;
      const change = (more: Partial<RawRow>) => this.sockets.set(cookie, { row: { ...socket.row, ...more } });
      switch (this.#decide(16)) {
        case 15:
        case 14:
          this.#close(cookie);
          break;
        case 13:
          change({ state: 8 });
          break;
        case 12:
          change({ state: 6 });
          break;
        case 11:
          change({ owningPid: (socket.row.owningPid ?? 0) + 1000 });
          break;
        case 10:
          change({ owningPid: 0 });
          break;
      }
    }
    for (let opens = this.#decide(4); opens > 0; opens--) {
      const cookie = ++this.#cookies;
      this.sockets.set(cookie, { row: this.#newRow(cookie) });
      // It comes and goes before anybody looks.
      if (this.#decide(4) === 3) this.#close(cookie);
    }
  }

  #newRow(cookie: number): RawRow {
    const address = (last: number) => (this.#options.family === 4 ? last : ([0, 0, 0, last] as const));
    return {
      state: 5,
      localAddress: address(1),
      // Ports are used again, so that only the cookie tells connections apart.
      localPort: this.#freePort(),
      remoteAddress: address(2),
      remotePort: 443,
      owningPid: cookie,
      user: 1,
      inode: cookie,
      socketCookie: BigInt(cookie),
    };
  }

  #freePort(): number {
    const taken = new Set([...this.sockets.values()].map(({ row }) => row.localPort));
    let port = 1000;
    while (taken.has(port) || this.#retiredPorts.has(port)) port++;
    return port;
  }

  #close(cookie: number): void {
    const socket = this.sockets.get(cookie) as Socket;
    if (socket.left !== undefined) return;
    const { row } = socket;
    this.ended.add(cookie);
    const wasReset = this.#decide(6) === 5;
    const end: TestEnd = {
      row: wasReset ? { ...row, remotePort: 0 } : row,
      time: timeOf(this.#tick),
      bytesSent: cookie * 10,
    };
    const comes = this.#decide(8);
    if (comes < 6) this.#ends.push(end);
    else if (comes < 7) this.#late.push(end);
    if (!this.#asked.has(cookie)) this.#retiredPorts.add(row.localPort);
    const stays = wasReset ? 0 : this.#decide(4);
    this.sockets.delete(cookie);
    if (stays === 0) return;
    const own = this.#asked.has(cookie) ? cookie : ++this.#cookies;
    if (own !== cookie) this.connectionOf.set(own, cookie);
    const left = { ...row, state: stays === 3 ? 7 : 11, owningPid: 0, inode: 0, user: 0, socketCookie: BigInt(own) };
    this.sockets.set(own, { row: left, left: comes === 6 ? 4 : stays });
  }
}
