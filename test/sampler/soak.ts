// npm run soak -- --samples 10000000 --live 3600
// Shows that a sampler's memory, handles and descriptors stay as they are: with tables that are written down, as fast as they can
// be read, and with this machine's.
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import type { LayoutName } from "../../src/format/layouts.js";
import type { Clock, Timer } from "../../src/sampler/clock.js";
import { createFrameSource } from "../../src/sampler/frame-source.js";
import { type Sampler, StorySampler, sampleTcpTables } from "../../src/sampler/sampler.js";
import type { Collection, OpenedCollector, RawBuffer } from "../../src/system/contract.js";
import { encodeTable, type RawRow } from "../support/tables.js";

/** Figures that should be the same at the end as in the middle. */
interface Figures {
  readonly samples: number;
  /** Bytes in use that are no garbage. */
  readonly heap: number;
  readonly resident: number;
  readonly descriptors: number;
  readonly handles: number;
}

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
  readonly #views: Uint8Array[] = [];
  readonly #collection: { -readonly [Key in keyof Collection]: Collection[Key] };
  #buffer: Uint8Array | undefined;
  #next = 0;

  constructor(layout: LayoutName, tables: readonly (readonly RawRow[])[]) {
    this.#tables = tables.map((rows) => encodeTable(rows, layout));
    this.#collection = { layout, bytes: new Uint8Array(0), attempts: 1, nanoseconds: 0 };
  }

  collect(into: RawBuffer): Collection {
    const at = this.#next++ % this.#tables.length;
    const table = this.#tables[at] as Uint8Array;
    const buffer = into.reserve(100_000);
    if (buffer !== this.#buffer) this.#views.length = 0;
    this.#buffer = buffer;
    this.#views[at] ??= buffer.subarray(0, table.length);
    this.#views[at].set(table);
    this.#collection.bytes = this.#views[at];
    return this.#collection;
  }

  close(): void {}
  [Symbol.dispose](): void {}
}

/** In each table some connections are gone, some are new, and some are in another state. */
function tables(family: 4 | 6): RawRow[][] {
  return Array.from({ length: 20 }, (_, number) =>
    Array.from({ length: 200 }, (_, index): RawRow => {
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

function figures(samples: number): Figures {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const descriptors = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  return { samples, heap: heapUsed, resident: rss, descriptors, handles: process.getActiveResourcesInfo().length };
}

function tell(what: string, { samples, heap, resident, descriptors, handles }: Figures): void {
  const KIB = 1024;
  console.log(
    `${what}: ${samples} samples, heap ${Math.round(heap / KIB)} KiB, resident ${Math.round(resident / KIB)} KiB, ${descriptors} descriptors, ${handles} handles`,
  );
}

/** @param reports how many lines */
async function soakScripted(samples: number, reports: number): Promise<Figures[]> {
  const clock = new SteppedClock();
  const settings = { every: EVERY, where: undefined, engine: "wasm", keyInterval: undefined } as const;
  const sampler: Sampler = new StorySampler(settings, undefined, (receiver) =>
    createFrameSource(settings, receiver, {
      clock,
      collectors: [
        { family: 4, collector: new TablesCollector("LINUX_TCPTABLE", tables(4)) },
        { family: 6, collector: new TablesCollector("LINUX_TCP6TABLE", tables(6)) },
      ],
    }),
  );
  const told: Figures[] = [];
  let events = 0;
  const first = sampler.next();
  while (!clock.isWaiting) await new Promise((resolve) => setImmediate(resolve));
  clock.step();
  await first;
  for (let number = 1; number <= samples; number++) {
    // Each seventh nobody asks for.
    if (number % 7 === 0) {
      clock.step();
    } else {
      const next = sampler.next();
      clock.step();
      const { value } = await next;
      if (value) events += value.opened + value.closed + value.changed;
    }
    if (number % Math.ceil(samples / reports) === 0) told.push(figures(number));
    if (number % Math.ceil(samples / reports) === 0) tell("scripted", told.at(-1) as Figures);
  }
  await sampler.return();
  if (events === 0) throw new Error("The samples told nothing.");
  return told;
}

/** @param reports how many lines */
async function soakLive(seconds: number, reports: number, worker: boolean): Promise<void> {
  const start = performance.now();
  let [samples, lines] = [0, 0];
  for await (const moment of sampleTcpTables({ every: EVERY, worker, names: true })) {
    for (const _ of moment.events()) samples += 0;
    samples++;
    const part = Math.floor(((performance.now() - start) / (seconds * 1000)) * reports);
    if (part > lines) {
      lines = part;
      tell(worker ? "live, in a worker" : "live", figures(samples));
    }
    if (part >= reports) break;
  }
  tell("live, ended", figures(samples));
}

const { values } = parseArgs({ options: { samples: { type: "string" }, live: { type: "string" } } });
const [samples, live] = [Number(values.samples ?? 1_000_000), Number(values.live ?? 0)];
if (!Number.isSafeInteger(samples) || samples < 0 || !(live >= 0))
  throw new Error("--samples is a whole number, and --live a number of seconds.");
const REPORTS = 10;
if (samples > 0) await soakScripted(samples, REPORTS);
if (live > 0) {
  await soakLive(live / 2, REPORTS, false);
  await soakLive(live / 2, REPORTS, true);
}
