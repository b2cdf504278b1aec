// npm run soak -- --samples 10000000 --live 3600
// Shows that a sampler's memory, handles and descriptors stay as they are: with tables that are written down, as fast as they can
// be read, and with this machine's, for so many seconds on this thread and in a worker. Where something grows, it fails and says what.
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { END_RECORD, type Ends } from "../../src/format/ends.js";
import { type Family, fieldOf, LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import type { Clock, Timer } from "../../src/sampler/clock.js";
import { createFrameSource } from "../../src/sampler/frame-source.js";
import { type Sampler, StorySampler } from "../../src/sampler/sampler.js";
import type { Collection, EndsCollector, OpenedCollector, RawBuffer } from "../../src/system/contract.js";
import { encodeTable, type RawRow } from "../support/tables.js";
import { type Figures, growthOf } from "./soak-growth.js";

const EVERY = 100;

/** Has one timer for the ticks, and makes no garbage. */
class SteppedClock implements Clock {
  #now = 0;
  #callback: (() => void) | undefined;
  readonly #timer: Timer = { ref: () => {}, unref: () => {} };

  monotonic(): number {
    return this.#now;
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now;
  }

  after(milliseconds: number, callback: () => void): Timer {
    this.#wait = milliseconds;
    this.#callback = callback;
    return this.#timer;
  }

  repeat(): Timer {
    return this.#timer;
  }

  cancel(): void {
    this.#callback = undefined;
  }

  #wait = 0;

  get isWaiting(): boolean {
    return this.#callback !== undefined;
  }

  /** To the next tick. */
  step(): void {
    this.#now += this.#wait;
    this.#callback?.();
  }
}

/** Copies one table after the other in, as an operating system does: without garbage. */
class TablesCollector implements OpenedCollector {
  readonly source = "tables of a soak";
  readonly #tables: readonly Uint8Array[];
  /** The writer's memory is two buffers in turn. */
  readonly #views = new Map<Uint8Array, Uint8Array[]>();
  readonly #collection: { -readonly [Key in keyof Collection]: Collection[Key] };
  #next = 0;

  constructor(layout: LayoutName, tables: readonly (readonly RawRow[])[]) {
    this.#tables = tables.map((rows) => encodeTable(rows, layout));
    this.#collection = { layout, bytes: new Uint8Array(0), attempts: 1, nanoseconds: 0 };
  }

  collect(into: RawBuffer): Collection {
    const at = this.#next++ % this.#tables.length;
    const table = this.#tables[at] as Uint8Array;
    const buffer = into.reserve(100_000);
    let views = this.#views.get(buffer);
    if (!views) {
      views = this.#tables.map(({ length }) => buffer.subarray(0, length));
      this.#views.set(buffer, views);
    }
    const bytes = views[at] as Uint8Array;
    bytes.set(table);
    this.#collection.bytes = bytes;
    return this.#collection;
  }

  close(): void {}
  [Symbol.dispose](): void {}
}

/** So few that millions of samples are a matter of minutes. */
const ROWS = 50;

/** In each table some connections are gone, some are new, and some are in another state. */
function tables(family: 4 | 6, count: number): RawRow[][] {
  return Array.from({ length: count }, (_, number) =>
    Array.from({ length: ROWS }, (_, index): RawRow => {
      const cookie = index % 10 === 0 ? number * 1000 + index : index;
      const address = (last: number) => (family === 4 ? 0x0a000000 + last : ([0x20010db8, 0, 0, last] as const));
      return {
        state: index % 10 === 5 ? 5 + (number % 2) * 3 : 5,
        ...{ localAddress: address(1), localPort: 1000 + cookie, remoteAddress: address(2), remotePort: 443 },
        ...{ localScopeId: 0, remoteScopeId: 0, socketCookie: BigInt(cookie + 1) },
      };
    }),
  );
}

const ROW_SIZE = LAYOUTS.LINUX_TCPTABLE.rowSize;
const COOKIE_AT = (fieldOf("LINUX_TCPTABLE", "socketCookie") as { readonly offset: number }).offset;

/** Tells with each sample how some of the connections ended that the last table had, and one that no table had. */
class TablesEnds implements EndsCollector {
  readonly source = "ends of a soak";
  readonly lost = 0;
  readonly #ends: readonly Ends[];
  readonly #none: Ends;
  #next = 0;

  constructor(tables: readonly (readonly RawRow[])[]) {
    const endsOf = (rows: readonly RawRow[]): Ends => {
      const records = new Uint8Array(rows.length * END_RECORD);
      return { layout: "LINUX_TCPTABLE", length: rows.length, rows: encodeTable(rows, "LINUX_TCPTABLE"), records };
    };
    this.#none = { ...endsOf([]), layout: "LINUX_TCP6TABLE" };
    this.#ends = tables.map((rows) => endsOf(rows.filter((_, index) => index % 20 < 2)));
  }

  drain(): void {}
  close(): void {}

  endsOf(family: Family): Ends {
    return family === 4 ? (this.#ends[this.#next % this.#ends.length] as Ends) : this.#none;
  }

  /** The last one's cookie is a new one each time. */
  clear(): void {
    this.#next++;
    const { rows } = this.endsOf(4);
    new DataView(rows.buffer).setUint32(rows.length - ROW_SIZE + COOKIE_AT, 1_000_000 + this.#next, true);
  }
}

function figures(samples: number): Figures {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const descriptors = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  return {
    samples,
    heap: heapUsed + external,
    resident: rss,
    descriptors,
    handles: process.getActiveResourcesInfo().length,
  };
}

/** @param made bytes that a sample made, garbage included; only of written tables, where no collection came in between */
function tell(what: string, { samples, heap, resident, descriptors, handles }: Figures, made?: number): void {
  const KIB = 1024;
  const garbage = made === undefined ? "" : `, ${Math.round(made)} bytes made by a sample`;
  console.log(
    `${what}: ${samples} samples, heap ${Math.round(heap / KIB)} KiB, resident ${Math.round(resident / KIB)} KiB, ${descriptors} descriptors, ${handles} handles${garbage}`,
  );
}

/** @throws {Error} something has grown */
function mustStay(what: string, reports: readonly Figures[]): void {
  const growth = growthOf(reports);
  if (growth.length > 0) throw new Error(`${what}: this has grown: ${growth.join("; ")}.`);
}

/** Samples between two looks at what they have made. */
const LOOK = 200;

/**
 * @param reports how many lines
 * @param count of different tables: with 1 nothing ever changes
 */
async function soakScripted(what: string, samples: number, reports: number, count: number): Promise<void> {
  const clock = new SteppedClock();
  const settings = { every: EVERY, where: undefined, engine: "wasm", keyInterval: undefined } as const;
  const sampler: Sampler = new StorySampler(settings, undefined, (receiver) =>
    createFrameSource(settings, receiver, {
      clock,
      openEnds: count > 1 ? () => new TablesEnds(tables(4, count)) : undefined,
      collectors: [
        { family: 4, collector: new TablesCollector("LINUX_TCPTABLE", tables(4, count)) },
        { family: 6, collector: new TablesCollector("LINUX_TCP6TABLE", tables(6, count)) },
      ],
    }),
  );
  let [events, number] = [0, 0];
  const first = sampler.next();
  while (!clock.isWaiting) await new Promise((resolve) => setImmediate(resolve));
  clock.step();
  await first;
  const sample = async (until: number) => {
    for (; number < until; number++) {
      // Each seventh of those that change nobody asks for: it is merged into the next one.
      if (count > 1 && number % 7 === 6) clock.step();
      const next = sampler.next();
      clock.step();
      const { value } = await next;
      if (value) events += value.opened + value.closed + value.changed;
    }
  };
  const told: Figures[] = [];
  for (let report = 1; report <= reports; report++) {
    await sample(Math.floor((samples * report) / reports) - LOOK);
    const now = figures(number);
    const { heapUsed } = process.memoryUsage();
    await sample(number + LOOK);
    const made = (process.memoryUsage().heapUsed - heapUsed) / LOOK;
    tell(what, now, made);
    told.push(now);
  }
  await sampler.return();
  mustStay(what, told);
  if (events > 0 !== count > 1) throw new Error(`${count} different tables made ${events} events.`);
}

/** @param reports how many lines */
async function soakLive(seconds: number, reports: number, worker: boolean): Promise<void> {
  // The package as it is built: a bundle does not have the worker's file.
  const { sampleTcpTables } = await import("tcptable");
  const start = performance.now();
  const what = worker ? "live, in a worker" : "live";
  const told: Figures[] = [];
  let samples = 0;
  for await (const moment of sampleTcpTables({ every: EVERY, worker, names: true })) {
    for (const _ of moment.events()) samples += 0;
    samples++;
    const part = Math.floor(((performance.now() - start) / (seconds * 1000)) * reports);
    if (part > told.length) {
      const now = figures(samples);
      tell(what, now);
      told.push(now);
    }
    if (part >= reports) break;
  }
  tell("live, ended", figures(samples));
  mustStay(what, told);
}

const { values } = parseArgs({ options: { samples: { type: "string" }, live: { type: "string" } } });
const [samples, live] = [Number(values.samples ?? 1_000_000), Number(values.live ?? 0)];
if (!Number.isSafeInteger(samples) || (samples !== 0 && samples < 4000) || !(live >= 0))
  throw new Error("--samples is 0, or a whole number from 4000 up, and --live a number of seconds.");
const REPORTS = 10;
if (samples > 0) {
  await soakScripted("tables that change", samples / 2, REPORTS, 20);
  await soakScripted("tables that stay", samples / 2, REPORTS, 1);
}
if (live > 0) {
  await soakLive(live / 2, REPORTS, false);
  await soakLive(live / 2, REPORTS, true);
}
