import { setImmediate } from "node:timers/promises";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { compileFilter } from "../../src/filter/filter.js";
import { END_AT, END_RECORD, type Ends } from "../../src/format/ends.js";
import type { Family, LayoutName } from "../../src/format/layouts.js";
import type { FrameGroup } from "../../src/sampler/frame-group.js";
import { createFrameSource } from "../../src/sampler/frame-source.js";
import { type SampledMoment, StorySampler } from "../../src/sampler/sampler.js";
import type { OpenEnds } from "../../src/sampler/system-ends.js";
import type { EndsCollector, FamilyCollector, ProcessNames } from "../../src/system/contract.js";
import { TableCollector } from "../support/table-collector.js";
import { encodeTable, type RawRow } from "../support/tables.js";
import { ScriptedClock } from "./scripted-clock.js";

/** An IPv4 connection of a client, with a cookie that is its local port. */
export function connection(localPort: number, more: Partial<RawRow> = {}): RawRow {
  const ends = { localAddress: 0x7f000001, localPort, remoteAddress: 0x0a000001, remotePort: 443 };
  return { state: 5, ...ends, socketCookie: BigInt(localPort), ...more };
}

/** A system that tells the ends that a test gives it. */
export class ScriptedEnds implements EndsCollector {
  readonly source = "a test's ends";
  /** What the next `drain` takes in. An error is thrown. */
  coming: readonly RawRow[] | Error = [];
  lost = 0;
  drains = 0;
  closed = 0;
  #rows: readonly RawRow[] = [];

  drain(): void {
    this.drains++;
    if (this.coming instanceof Error) throw this.coming;
    this.#rows = [...this.#rows, ...this.coming];
    this.coming = [];
  }

  endsOf(family: Family): Ends {
    const layout: LayoutName = family === 4 ? "LINUX_TCPTABLE" : "LINUX_TCP6TABLE";
    const rows = family === 4 ? this.#rows : [];
    const records = new Uint8Array(rows.length * END_RECORD);
    const view = new DataView(records.buffer);
    for (const [index] of rows.entries()) {
      view.setFloat64(index * END_RECORD + END_AT.time, 1_700_000_000_007 + index, true);
      view.setBigUint64(index * END_RECORD + END_AT.bytesSent, 5n, true);
      view.setBigUint64(index * END_RECORD + END_AT.bytesReceived, 6n, true);
    }
    return { layout, length: rows.length, rows: encodeTable(rows, layout), records };
  }

  clear(): void {
    this.#rows = [];
    this.lost = 0;
  }

  close(): void {
    this.closed++;
  }
}

/** Processes that a test tells of. */
export class ScriptedNames implements ProcessNames {
  readonly processes = new Map<number, { readonly name: string; readonly start: number }>();
  refreshes = 0;

  nameOf(pid: number): string | undefined {
    return this.processes.get(pid)?.name;
  }

  startOf(pid: number): number | undefined {
    return this.processes.get(pid)?.start;
  }

  pathOf(): undefined {}

  refresh(): void {
    this.refreshes++;
  }
}

export interface ScriptedOptions {
  readonly every?: number;
  readonly where?: string;
  readonly engine?: EngineName;
  readonly signal?: AbortSignal;
  readonly openEnds?: OpenEnds;
  readonly names?: ProcessNames;
  /** Instead of both families' tables. */
  readonly collectors?: readonly FamilyCollector[];
  /** Is given each group of frames before it is told: they are valid until it returns. */
  readonly onGroup?: (group: FrameGroup) => void;
}

/** A sampler of tables, and on a clock, that a test moves. */
export class ScriptedSampler {
  readonly clock = new ScriptedClock();
  readonly ipv4 = new TableCollector("LINUX_TCPTABLE");
  readonly ipv6 = new TableCollector("LINUX_TCP6TABLE");
  readonly sampler: StorySampler;
  readonly #every: number;

  constructor({ every = 100, where, engine = "plain", signal, onGroup, ...parts }: ScriptedOptions = {}) {
    this.#every = every;
    const settings = {
      engine,
      where: where === undefined ? undefined : compileFilter(where),
      every,
      keyInterval: undefined,
    };
    const collectors: readonly FamilyCollector[] = [
      { family: 4, collector: this.ipv4 },
      { family: 6, collector: this.ipv6 },
    ];
    this.sampler = new StorySampler(settings, signal, (receiver) =>
      createFrameSource(
        settings,
        {
          receive: (group) => {
            onGroup?.(group);
            receiver.receive(group);
          },
          fail: (error) => receiver.fail(error),
        },
        { collectors, ...parts, clock: this.clock },
      ),
    );
  }

  /** Asks for the next moment, and lets so much time pass: until the next tick, unless said otherwise. */
  async next(milliseconds = this.#every): Promise<SampledMoment> {
    const { value } = await this.passing(milliseconds);
    if (!value) throw new Error("The sampler is over.");
    return value;
  }

  /** The same, for what may also be the end. */
  async passing(milliseconds = this.#every): Promise<IteratorResult<SampledMoment, undefined>> {
    const next = this.sampler.next();
    await this.begun(next);
    this.clock.advance(milliseconds);
    return next;
  }

  /** Waits until a call of next waits for the clock, or has its answer. */
  async begun(next: Promise<unknown>): Promise<void> {
    let isAnswered = false;
    const answered = () => {
      isAnswered = true;
    };
    next.then(answered, answered);
    while (!isAnswered && this.clock.referenced === 0) await setImmediate();
  }
}
