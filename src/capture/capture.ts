import type { EngineName } from "../decoder/table/engine.js";
import { compileFilter, type Filter } from "../filter/filter.js";
import type { AbortSignalLike } from "../format/abort.js";
import { shown, unknownOption } from "../format/options.js";
import { createStory, type Moment, NotAFrameError, type Story, TruncatedFrameError } from "../frames/index.js";
import type { Readable } from "./access.js";
import type { ChunkPlace } from "./chunk-place.js";
import { ClockMap } from "./clock-map.js";
import { CorruptCaptureError, TruncatedCaptureError } from "./errors.js";
import type { PlacedGroup } from "./groups.js";
import { readLead, readNames, withNames } from "./lead.js";
import { type CaptureMetadata, metadataOf } from "./metadata.js";
import { Recording } from "./recording.js";
import { scanGroups } from "./scan.js";
import { joinSummaries, REMADE, SummaryCollector } from "./summaries.js";
import type { SummaryBlock, SummaryColumns } from "./summary-columns.js";
import type { Capture, Intact, MomentsOptions, RecordedGroup, ScanOptions, ScanResult, TimeRange } from "./types.js";

/** Bytes of a table, and of a chunk, unless said otherwise. */
const MAX_TABLE_BYTES = 256 * 2 ** 20;

/**
 * Milliseconds that a story begins before what is asked of it: what is left of a connection that has ended stays in the table for a
 * minute (TIME-WAIT), and is silent only for who has heard of the end.
 */
const LEAD = 125_000;

/** Milliseconds that `at` reads on, instead of beginning with a key frame. */
const READ_ON = 5_000;

/** How a recording is read. */
export interface CaptureOptions {
  /** The kernel, or the plain one where WebAssembly is missing, unless said otherwise. Both tell the same. */
  readonly engine?: EngineName | undefined;
  /** Bytes of a table, and of a chunk of the file, at most: what says that it is larger is refused. 256 MiB unless said otherwise. */
  readonly maxTableBytes?: number | undefined;
}

/**
 * Opens a recording. A damaged one is opened as far as it is intact, and so is one that is still being written.
 *
 * @throws {TypeError} there is no such option
 * @throws {RangeError} the limit is no whole number from 1 up
 * @throws {NotACaptureError} the file is no recording
 * @throws {CaptureVersionError} it has a form that is not known here
 * @throws {TruncatedCaptureError} it was cut before its first table was whole
 * @throws what `readable` throws
 */
export async function openCapture(readable: Readable, options: CaptureOptions = {}): Promise<Capture> {
  const problem = unknownOption("openCapture", options, ["engine", "maxTableBytes"]);
  if (problem) throw new TypeError(problem);
  const { engine, maxTableBytes = MAX_TABLE_BYTES } = options;
  if (!Number.isSafeInteger(maxTableBytes) || maxTableBytes < 1)
    throw new RangeError(`maxTableBytes is a whole number of bytes from 1 up, not ${shown(maxTableBytes)}.`);
  const recording = await Recording.open(readable, maxTableBytes);
  const first = await recording.edge("first");
  const { intact, size } = recording;
  if (!first && !intact.complete) throw new TruncatedCaptureError(intact.bytes, size);
  const capture = new OpenCapture(recording, { engine, maxTableBytes }, first);
  await capture.look();
  return capture;
}

/** Where reading stands, so that the next moment is reached without a key frame. */
interface Walk {
  readonly story: Story;
  /** Groups that have been read from the file, but are still to be told. */
  readonly groups: PlacedGroup[];
  /** The chunk behind them. */
  next: number;
  last: PlacedGroup;
  moment: Moment;
}

/** Which sample is looked for: the last one that is not past it. */
interface Target {
  /** About when, by the monotonic clock. */
  readonly monotonic: number;
  isPast(group: RecordedGroup): boolean;
}

class OpenCapture implements Capture {
  readonly metadata: CaptureMetadata;
  readonly start: number;
  end = Number.NaN;
  samples = 0;
  readonly #recording: Recording;
  readonly #options: CaptureOptions;
  readonly #first: PlacedGroup | undefined;
  /** The log time, in nanoseconds, at which the monotonic clock showed 0. */
  readonly #logStart: bigint;
  #clock: ClockMap | undefined;
  #walk: Walk | undefined;
  /** One call of `at` after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(recording: Recording, options: CaptureOptions, first: PlacedGroup | undefined) {
    this.#recording = recording;
    this.#options = options;
    this.#first = first;
    this.metadata = metadataOf(recording.tableChannels);
    this.start = first?.time ?? Number.NaN;
    const { startTime = 0n } = recording.frameChunks[0] ?? {};
    this.#logStart = startTime - BigInt(Math.round((first?.monotonic ?? 0) * 1000)) * 1000n;
  }

  get bytes(): number {
    return this.#recording.size;
  }

  get intact(): Intact {
    return this.#recording.intact;
  }

  /** Looks at how many samples there are, and when the last one was. */
  async look(): Promise<void> {
    this.end = (await this.#recording.edge("last"))?.time ?? Number.NaN;
    this.samples = await this.#recording.countSamples();
    if (this.samples > 0 || !this.#first) return;
    for await (const _ of this.frames()) this.samples++;
  }

  async *summaries({ from, to, signal }: TimeRange = {}): AsyncGenerator<SummaryBlock, void, undefined> {
    const isWanted = (block: SummaryBlock) => {
      let [earliest, latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const time of block.time) [earliest, latest] = [Math.min(earliest, time), Math.max(latest, time)];
      return block.length > 0 && (to === undefined || earliest <= to) && (from === undefined || latest >= from);
    };
    // Of what was told last.
    let known = Number.NEGATIVE_INFINITY;
    for await (const block of this.#recording.summaries(this.#recording.summaryChunks, signal)) {
      const first = block.monotonic[0] as number;
      if (this.#hasChunks(known, first))
        for await (const remade of this.#remake(known, first, signal)) if (isWanted(remade)) yield remade;
      known = block.monotonic[block.length - 1] as number;
      if (isWanted(block)) yield block;
    }
    if (this.#hasChunks(known, Number.POSITIVE_INFINITY))
      for await (const remade of this.#remake(known, Number.POSITIVE_INFINITY, signal))
        if (isWanted(remade)) yield remade;
  }

  async allSummaries(range: TimeRange = {}): Promise<SummaryColumns> {
    const blocks: SummaryBlock[] = [];
    for await (const block of this.summaries(range)) blocks.push(block);
    return joinSummaries(blocks);
  }

  at(time: number | { readonly monotonic: number }): Promise<Moment> {
    const moment = this.#turn.then(async () => {
      const target = typeof time === "number" ? await this.#targetAt(time) : targetAtMonotonic(time.monotonic);
      return this.#momentAt(target);
    });
    this.#turn = moment.catch(() => {});
    return moment;
  }

  async *moments({ from, to, where, signal }: MomentsOptions = {}): AsyncGenerator<Moment, void, undefined> {
    const story = await createStory({ ...this.#options, where });
    for await (const group of this.#groupsFrom(from, to, LEAD, signal)) {
      const moment = tell(story, group);
      if ((from === undefined || group.time >= from) && (to === undefined || group.time <= to)) yield moment;
    }
  }

  async *frames({ from, to, signal }: TimeRange = {}): AsyncGenerator<RecordedGroup, void, undefined> {
    const places = this.#recording.frameChunks;
    const first = from === undefined ? 0 : this.#chunkAt(await this.#monotonicFrom(from));
    const end = to === undefined ? places.length : this.#chunkAt(await this.#monotonicTo(to)) + 1;
    for await (const { groups } of this.#recording.groups(places.slice(first, end), signal))
      for (const group of groups)
        if ((from === undefined || group.time >= from) && (to === undefined || group.time <= to)) yield group;
  }

  async scan(filter: string | Filter, options: ScanOptions = {}): Promise<ScanResult> {
    const { from, to, signal } = options;
    const compiled = typeof filter === "string" ? compileFilter(filter) : filter;
    const isAll = from === undefined && to === undefined;
    const groups = isAll
      ? this.#recording.groups(this.#recording.frameChunks, signal)
      : asBatches(this.#groupsFrom(from, to, 0, signal));
    return scanGroups(groups, compiled, {
      ...options,
      ...this.#options,
      start: from ?? this.start,
      end: to ?? this.end,
      noteDamage: (error) => this.#recording.noteDamage(error),
    });
  }

  async refresh(): Promise<boolean> {
    const hasGrown = await this.#recording.refresh();
    if (!hasGrown) return false;
    this.#clock = undefined;
    await this.look();
    return true;
  }

  close(): void {
    this.#walk = undefined;
    this.#clock = undefined;
  }

  /** Groups in order, from the key frame before a time, with the names that were told before that. */
  async *#groupsFrom(
    from: number | undefined,
    to: number | undefined,
    lead: number,
    signal: AbortSignalLike | undefined,
  ): AsyncGenerator<PlacedGroup, void, undefined> {
    const places = this.#recording.frameChunks;
    const end = to === undefined ? places.length : this.#chunkAt(await this.#monotonicTo(to)) + 1;
    let first = 0;
    if (from !== undefined) {
      const monotonic = (await this.#monotonicFrom(from)) - lead;
      const begun = await readLead(
        this.#recording,
        this.#chunkAt(monotonic),
        (group) => group.monotonic < monotonic,
        signal,
      );
      const [start] = begun.groups;
      if (start) first = this.#firstChunkOf(start, begun.from);
    }
    let names = first === 0 ? [] : await readNames(this.#recording, places, places[first]?.offset ?? 0, signal);
    for await (const { groups } of this.#recording.groups(places.slice(first, end), signal))
      for (const group of groups) {
        yield withNames(group, names);
        names = [];
      }
  }

  #firstChunkOf({ offset }: PlacedGroup, from: number): number {
    const places = this.#recording.frameChunks;
    let at = from;
    while (at + 1 < places.length && (places[at + 1] as ChunkPlace).offset <= offset) at++;
    return at;
  }

  async #momentAt(target: Target): Promise<Moment> {
    const recording = this.#recording;
    if (!this.#first) throw new RangeError("The recording has no samples.");
    const walk = this.#walk;
    this.#walk = undefined;
    const distance = walk ? target.monotonic - walk.last.monotonic : -1;
    const mayReadOn = walk && !target.isPast(walk.last) && distance >= 0 && distance <= READ_ON;
    const current = mayReadOn ? walk : await this.#walkTo(target);
    for (;;) {
      const [group] = current.groups;
      if (!group) {
        if (current.next >= recording.frameChunks.length) break;
        const places = recording.frameChunks.slice(current.next, current.next + 1);
        current.next++;
        for await (const { groups } of recording.groups(places)) current.groups.push(...groups);
      } else if (target.isPast(group)) break;
      else {
        current.groups.shift();
        current.last = group;
        current.moment = tell(current.story, group);
      }
    }
    this.#walk = current;
    return current.moment;
  }

  /** Reads from a key frame before a sample; of the first sample, from that itself. */
  async #walkTo(target: Target): Promise<Walk> {
    const recording = this.#recording;
    const at = this.#chunkAt(target.monotonic);
    // From a key frame before the sample itself, so that what has changed in it can be told.
    const { groups } = await readLead(
      recording,
      at,
      (group) => !target.isPast(group) && group.monotonic < target.monotonic,
    );
    if (groups.length === 0) groups.push(this.#first as PlacedGroup);
    const story = await createStory(this.#options);
    const first = groups.shift() as PlacedGroup;
    const names = await readNames(recording, recording.frameChunks, first.offset);
    return { story, groups, next: at + 1, last: first, moment: tell(story, withNames(first, names)) };
  }

  async #targetAt(time: number): Promise<Target> {
    const clock = await this.#clockMap();
    const known = clock.lastAt(time);
    if (known) return { monotonic: known.monotonic, isPast: ({ tick }) => ((tick - known.tick) | 0) > 0 };
    return { monotonic: clock.guess(time), isPast: (group) => group.time > time };
  }

  /** From where on samples may be as late as a time. */
  async #monotonicFrom(time: number): Promise<number> {
    const clock = await this.#clockMap();
    return clock.firstAt(time)?.monotonic ?? clock.guess(time);
  }

  /** Up to where samples may be as early as a time. */
  async #monotonicTo(time: number): Promise<number> {
    const clock = await this.#clockMap();
    return clock.lastAt(time)?.monotonic ?? clock.guess(time);
  }

  async #clockMap(): Promise<ClockMap> {
    if (this.#clock) return this.#clock;
    const clock = new ClockMap(this.start, this.#first?.monotonic ?? 0);
    for await (const block of this.#recording.summaries(this.#recording.summaryChunks)) clock.add(block);
    this.#clock = clock;
    return clock;
  }

  /** By the monotonic clock, milliseconds. */
  #startOf({ startTime }: ChunkPlace): number {
    return Number(startTime - this.#logStart) / 1e6;
  }

  #endOf({ endTime }: ChunkPlace): number {
    return Number(endTime - this.#logStart) / 1e6;
  }

  /** The last chunk that begins before a time or at it; the first one where none does. */
  #chunkAt(monotonic: number): number {
    const places = this.#recording.frameChunks;
    let at = places.length - 1;
    // Clocks are told by whole microseconds.
    while (at > 0 && this.#startOf(places[at] as ChunkPlace) > monotonic + 0.001) at--;
    return Math.max(0, at);
  }

  /** Whether there are chunks with samples between two others, by the monotonic clock. */
  #hasChunks(after: number, before: number): boolean {
    return this.#recording.frameChunks.some(
      (place) => this.#endOf(place) > after + 0.001 && this.#startOf(place) < before - 0.001,
    );
  }

  /** Makes the summaries of the samples between two others again. */
  async *#remake(
    after: number,
    before: number,
    signal: AbortSignalLike | undefined,
  ): AsyncGenerator<SummaryBlock, void, undefined> {
    const places = this.#recording.frameChunks;
    let first = 0;
    if (after !== Number.NEGATIVE_INFINITY) {
      const lead = await readLead(this.#recording, this.#chunkAt(after), (group) => group.monotonic < after, signal);
      first = lead.groups[0] ? this.#firstChunkOf(lead.groups[0], lead.from) : 0;
    }
    const story = await createStory(this.#options);
    const collector = new SummaryCollector();
    const last = before === Number.POSITIVE_INFINITY ? places.length : this.#chunkAt(before) + 1;
    for await (const { groups } of this.#recording.groups(places.slice(first, last), signal))
      for (const group of groups) {
        const moment = tell(story, group);
        if (group.monotonic <= after + 0.001 || group.monotonic >= before - 0.001) continue;
        collector.add(moment);
        if (collector.length === REMADE) yield collector.end();
      }
    if (collector.length > 0) yield collector.end();
  }
}

function targetAtMonotonic(monotonic: number): Target {
  return { monotonic, isPast: (group) => group.monotonic > monotonic };
}

/** @throws {CorruptCaptureError} the frames can't be those of one tick */
function tell(story: Story, group: PlacedGroup): Moment {
  try {
    return story.read(group.frames);
  } catch (cause) {
    const isDamage =
      cause instanceof RangeError || cause instanceof NotAFrameError || cause instanceof TruncatedFrameError;
    if (!isDamage) throw cause;
    throw new CorruptCaptureError(group.offset, `the frames of tick ${group.tick} do not belong together`, { cause });
  }
}

async function* asBatches(
  groups: AsyncIterable<PlacedGroup>,
): AsyncGenerator<{ readonly groups: readonly PlacedGroup[] }> {
  for await (const group of groups) yield { groups: [group] };
}
