import { columnsUsed } from "../filter/columns.js";
import { endpointFilter } from "../filter/endpoint-filter.js";
import type { Family } from "../format/layouts.js";
import { createFrameWriter } from "../frames/index.js";
import type { FamilyCollector, ProcessNames } from "../system/contract.js";
import { identityColumns, openCollectors, openEnds, openProcessNames } from "../system/system.js";
import { type Clock, Grid, SYSTEM_CLOCK, type Timer } from "./clock.js";
import { FamilyFrames } from "./family-frames.js";
import type { FrameGroup, GroupReceiver, GroupSource } from "./frame-group.js";
import { NamesToTell } from "./names-to-tell.js";
import type { SamplerSettings } from "./options.js";
import { type OpenEnds, SystemEnds } from "./system-ends.js";

/** Milliseconds between two looks at the queue of ends: the kernel drops what has no room in it. */
const DRAIN_EVERY = 20;

/** Ticks are numbers of 32 bits in frames. */
const TICKS = 2 ** 32;

/** What a source is made of. Tests have parts of their own. */
export interface FrameSourceParts {
  readonly collectors: readonly FamilyCollector[];
  /** Absent where nobody wants them. */
  readonly openEnds?: OpenEnds | undefined;
  readonly names?: ProcessNames | undefined;
  /** This machine's unless said otherwise. */
  readonly clock?: Clock | undefined;
}

/**
 * Opens what samples this machine's tables, on this thread.
 *
 * @throws {UnsupportedSystemError} there is no way to the tables here
 * @throws {CollectError} no family can be opened: the first one's error
 */
export async function openFrameSource(settings: SamplerSettings, receiver: GroupReceiver): Promise<FrameSource> {
  const { families = [4, 6], columns = [], owner, ownerBudget, where, events, names } = settings;
  const asked = new Set([...identityColumns(), ...columns, ...(where ? columnsUsed(where.expression) : [])]);
  if (names) asked.add("owningPid");
  // First: where they can't be had, nothing is open yet.
  const processNames = names ? openProcessNames() : undefined;
  const collectors = openCollectors([...families].sort(), {
    columns: [...asked],
    owner,
    ownerBudget,
    // Not all of it: a connection that went to another state would not be in the table, as if it had ended.
    where: where && endpointFilter(where),
  });
  return createFrameSource(settings, receiver, {
    collectors,
    openEnds: events ? () => openEnds({ families }) : undefined,
    names: processNames,
  });
}

/**
 * Makes a source of its parts, which it closes, also where it can't be made.
 *
 * @throws the first family's error, where none could be opened
 */
export async function createFrameSource(
  settings: Pick<SamplerSettings, "every" | "where" | "engine" | "keyInterval">,
  receiver: GroupReceiver,
  parts: FrameSourceParts,
): Promise<FrameSource> {
  const { collectors, names } = parts;
  const families: FamilyFrames[] = [];
  try {
    if (!collectors.some((opened) => "collector" in opened)) throw (collectors[0] as { readonly error: Error }).error;
    const { engine, keyInterval, where } = settings;
    for (const opened of collectors) {
      const writer = await createFrameWriter({ engine, keyInterval, where });
      families.push(new FamilyFrames(opened, writer, names && new NamesToTell(names)));
    }
    return new FrameSource(settings.every, receiver, families, parts);
  } catch (error) {
    for (const opened of collectors) if ("collector" in opened) opened.collector.close();
    throw error;
  }
}

/**
 * Samples all families at each tick of a clock: one group of frames for each request. A tick at which nobody asks is sampled
 * as well, and merged into the next group, so that a slow receiver misses nothing and makes nothing queue up.
 */
export class FrameSource implements GroupSource {
  readonly sources: readonly string[];
  readonly #every: number;
  readonly #receiver: GroupReceiver;
  readonly #families: readonly FamilyFrames[];
  readonly #ends: SystemEnds;
  readonly #names: ProcessNames | undefined;
  readonly #clock: Clock;
  readonly #frames: Uint8Array[] = [];
  readonly #group: { -readonly [Key in keyof FrameGroup]: FrameGroup[Key] };
  #grid: Grid | undefined;
  /** Until the next tick. */
  #timer: Timer | undefined;
  /** For the ends between the ticks. */
  #drainTimer: Timer | undefined;
  /** Groups that are asked for. */
  #requests = 0;
  /** The tick that comes next. */
  #next = 0;
  /** Since the last group. */
  #samples = 0;
  #skipped = 0;
  #isFinishing = false;
  #isClosed = false;

  /** @internal */
  constructor(every: number, receiver: GroupReceiver, families: readonly FamilyFrames[], parts: FrameSourceParts) {
    this.#every = every;
    this.#receiver = receiver;
    this.#families = families;
    this.#names = parts.names;
    this.#clock = parts.clock ?? SYSTEM_CLOCK;
    this.#ends = new SystemEnds(parts.openEnds);
    this.sources = [...families.map(({ source }) => source), this.#ends.source].filter(
      (source) => source !== undefined,
    );
    this.#group = {
      ...{ tick: 0, time: 0, monotonic: 0, late: 0, skipped: 0, samples: 0, duration: 0 },
      blind: undefined,
      isLast: false,
      frames: this.#frames,
    };
  }

  request(): void {
    if (this.#isClosed) return;
    this.#requests++;
    if (!this.#timer) this.#begin();
    if (this.#isFinishing) this.#tickNow();
    this.#timer?.ref();
  }

  /**
   * Asks that the next group has key frames, and the names of all owners: a recording can begin with it. A family that has a gap
   * there has its key frame with its next table.
   */
  requestKey(): void {
    for (const family of this.#families) family.requestKey();
  }

  /** Where a family's tables come from, for people; `undefined` where there are none. */
  sourceOf(family: Family): string | undefined {
    return this.#families.find((one) => one.family === family)?.source;
  }

  finish(): void {
    if (this.#isClosed) return;
    this.#isFinishing = true;
    if (this.#requests > 0) this.#tickNow();
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      if (this.#timer) this.#clock.cancel(this.#timer);
      if (this.#drainTimer) this.#clock.cancel(this.#drainTimer);
      for (const family of this.#families) family.close();
      this.#ends.close();
    }
    return Promise.resolve();
  }

  #begin(): void {
    this.#timer = this.#clock.after(0, this.#onTimer);
    if (!this.#ends.areTold) return;
    this.#drainTimer = this.#clock.repeat(DRAIN_EVERY, () => this.#ends.drain());
    this.#drainTimer.unref();
  }

  #tickNow(): void {
    if (this.#timer) this.#clock.cancel(this.#timer);
    this.#timer = this.#clock.after(0, this.#onTimer);
  }

  readonly #onTimer = (): void => {
    this.#grid ??= new Grid(this.#clock.monotonic(), this.#every);
    try {
      this.#tick(this.#grid);
    } catch (error) {
      void this.close();
      this.#receiver.fail(error as Error);
    }
    if (this.#isClosed) return;
    const due = this.#grid.dueAt(this.#next);
    this.#timer = this.#clock.after(Math.max(0, due - this.#clock.monotonic()), this.#onTimer);
    if (this.#requests === 0) this.#timer.unref();
  };

  /** Samples, if a tick is due: timers may be early. The last sample takes the next tick's number before that is due. */
  #tick(grid: Grid): void {
    const now = this.#clock.monotonic();
    const due = grid.tickAt(now);
    if (due < this.#next && !this.#isFinishing) return;
    const tick = Math.max(due, this.#next);
    this.#skipped += tick - this.#next;
    this.#samples++;
    this.#next = tick + 1;
    const group = this.#group;
    group.tick = tick % TICKS;
    group.time = this.#clock.wall();
    group.monotonic = now - grid.dueAt(0);
    group.late = Math.max(0, now - grid.dueAt(tick));
    this.#collect();
    group.duration = this.#clock.monotonic() - now;
    if (this.#requests > 0) this.#tell();
    else this.#compareOnly();
  }

  #collect(): void {
    for (let at = 0; at < this.#families.length; at++) {
      (this.#families[at] as FamilyFrames).collect();
      // At once: what has ended since the table was read is still in it.
      this.#ends.drain();
    }
    this.#names?.refresh();
  }

  #compareOnly(): void {
    for (let at = 0; at < this.#families.length; at++)
      (this.#families[at] as FamilyFrames).compareOnly(this.#group, this.#ends.areTold);
  }

  #tell(): void {
    const group = this.#group;
    const frames = this.#frames;
    let length = 0;
    for (let at = 0; at < this.#families.length; at++) {
      // The system counts what it drops for both families together: the first one tells it.
      const lost = at === 0 ? this.#ends.lost : 0;
      const family = this.#families[at] as FamilyFrames;
      length = family.writeInto(frames, length, group, this.#ends, lost, this.#samples > 1);
    }
    // Not emptied at first: an array that is loses its memory, which would be garbage at each tick.
    if (frames.length > length) frames.length = length;
    group.blind = this.#ends.blind;
    group.isLast = this.#isFinishing;
    group.samples = this.#samples;
    group.skipped = this.#skipped;
    this.#samples = 0;
    this.#skipped = 0;
    this.#requests--;
    this.#ends.clear();
    this.#receiver.receive(group);
  }
}
