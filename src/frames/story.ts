import type { EngineName } from "../decoder/table/engine.js";
import { compileFilter, type Filter } from "../filter/filter.js";
import { signedWordAt, wordAt } from "../format/header.js";
import { type Family, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../format/layouts.js";
import { unknownOption } from "../format/options.js";
import type { Change } from "./change.js";
import { EndedConnections } from "./ended-connections.js";
import { FrameError } from "./errors.js";
import { checkStart } from "./frame-checks.js";
import type { Gap } from "./gap-frame.js";
import { AT, DELTA, type FrameClock, GAP, HEADER, KEY, MAGIC } from "./header.js";
import { createFrameReader, type FrameReader } from "./reader.js";
import { type FamilyMoment, Moment } from "./story/moment.js";
import { Telling } from "./story/telling.js";

/** Milliseconds by which two clocks may come apart between two moments without a word. */
const CLOCK_JUMP = 1000;

export interface StoryOptions {
  /** The kernel, or the plain one where WebAssembly is missing, unless said otherwise. Both tell the same. */
  readonly engine?: EngineName | undefined;
  /** Bytes of a table at most, as a frame reader has it. */
  readonly maxTableBytes?: number | undefined;
  /** Which connections to tell of, in the grammar of `compileFilter`: states and owners count as they were before or after. */
  readonly where?: string | Filter | undefined;
}

/**
 * Makes a story: it joins the frames of all families, tables and ends, into what has happened. src/frames/story/telling.ts says
 * what is told when.
 *
 * @throws {TypeError} there is no such engine, or no such option
 * @throws {RangeError} the limit is no whole number from 1 up
 * @throws {FilterSyntaxError} `where` is not in the grammar
 * @throws {QueryError} `where` is neither text nor a filter
 * @throws where `engine: "wasm"` is asked for by name and can't be had: the platform's own error
 */
export async function createStory(options: StoryOptions = {}): Promise<Story> {
  const problem = unknownOption("createStory", options, ["engine", "maxTableBytes", "where"]);
  if (problem) throw new TypeError(problem);
  const { engine, maxTableBytes, where } = options;
  const filter = typeof where === "string" ? compileFilter(where) : where;
  const [ipv4, ipv6] = await Promise.all([
    createFrameReader({ engine, maxTableBytes }),
    createFrameReader({ engine, maxTableBytes }),
  ]);
  return new Story(ipv4, ipv6, filter);
}

/** What has become of all connections, from moment to moment. */
export class Story {
  readonly engine: EngineName;
  readonly #families: readonly [FamilyStory, FamilyStory];
  readonly #moment: Moment;
  /** Whether the moment has a time that the next one's can be compared with. */
  #hasClock = false;

  /** @internal */
  constructor(ipv4: FrameReader, ipv6: FrameReader, where: Filter | undefined) {
    this.engine = ipv4.engine;
    const nameOf = (pid: number) => (ipv4.names.get(pid) ?? ipv6.names.get(pid))?.name;
    this.#families = [
      new FamilyStory("MIB_TCPTABLE", ipv4, new Telling(where, nameOf)),
      new FamilyStory("MIB_TCP6TABLE", ipv6, new Telling(where, nameOf)),
    ];
    this.#moment = new Moment(this.#families, nameOf);
  }

  /**
   * Reads the frames of one tick, of one family or of both: in any order, but those of a stream as they were written. A family
   * whose frame can't be read has a gap there, and the reason says what is wrong with it: the other one is told nevertheless.
   *
   * @returns the one Moment that this story has
   * @throws {RangeError} there are no frames, or two tables of one family
   * @throws {NotAFrameError} {TruncatedFrameError} one of them has no header of a frame; nothing has been read
   * @throws {QueryError} a table lacks a column that the filter looks at
   * @throws {TableTooLargeError} where that much memory is not to be had
   */
  read(frames: readonly Uint8Array[]): Moment {
    mustBeOneTick(frames);
    const moment = this.#moment;
    moment.expire();
    try {
      this.#refreshMoment(frames);
    } catch (error) {
      moment.clear();
      throw error;
    }
    return moment;
  }

  #refreshMoment(frames: readonly Uint8Array[]): void {
    const moment = this.#moment;
    for (const family of this.#families) family.begin();
    // Names and ends first: to read them expires the table of the same reader.
    for (const frame of frames) if (!isTableOrGap(frame)) this.#readerOf(frame, frames).read(frame);
    for (const frame of frames) if (isTableOrGap(frame)) this.#readerOf(frame, frames).read(frame);
    const [ipv4, ipv6] = this.#families;
    const clock = ipv4.change ?? ipv6.change ?? ipv4.gap ?? ipv6.gap ?? moment;
    ipv4.tell(clock);
    ipv6.tell(clock);
    moment.refresh();
    moment.clockJump = this.#hasClock && !moment.isBaseline ? jumpOf(moment, clock) : 0;
    if (clock !== moment) this.#hasClock = true;
    moment.tick = clock.tick;
    moment.time = clock.time;
    moment.monotonic = clock.monotonic;
  }

  /** Whose frame it is. Names are of no family, but of the stream of one. */
  #readerOf(frame: Uint8Array, frames: readonly Uint8Array[]): FamilyStory {
    const [ipv4, ipv6] = this.#families;
    let family = familyOf(frame);
    for (const other of frames) if (family === undefined && isOfStream(frame, other)) family = familyOf(other);
    family ??= ipv6.isOfStream(frame) ? 6 : 4;
    return family === 4 ? ipv4 : ipv6;
  }
}

/** A family's part: its reader, and what has been told by it. */
class FamilyStory implements FamilyMoment {
  readonly telling: Telling;
  change: Change | undefined;
  gap: Gap | undefined;
  gapBegins = false;
  readonly #reader: FrameReader;
  readonly #layout: LayoutName;
  #error: FrameError | undefined;
  #hadGap = false;
  /** The last one that was read. */
  #streamLow = 0;
  #streamHigh = 0;

  /** @param layout any one of the family */
  constructor(layout: LayoutName, reader: FrameReader, telling: Telling) {
    this.telling = telling;
    this.#reader = reader;
    this.#layout = layout;
  }

  isOfStream(frame: Uint8Array): boolean {
    return (
      signedWordAt(frame, AT.stream) === this.#streamLow && signedWordAt(frame, AT.stream + 4) === this.#streamHigh
    );
  }

  /** Another tick. */
  begin(): void {
    this.#hadGap = this.gap !== undefined;
    this.change = undefined;
    this.gap = undefined;
    this.#error = undefined;
  }

  read(frame: Uint8Array): void {
    try {
      const told = this.#reader.read(frame);
      if (told?.kind === "gap") this.gap = told;
      else if (told) this.change = told;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#error ??= error;
      return;
    }
    this.#streamLow = signedWordAt(frame, AT.stream);
    this.#streamHigh = signedWordAt(frame, AT.stream + 4);
  }

  /** Joins what has been read. @param clock of the tick, where a frame that can't be read makes a gap */
  tell({ tick, time, monotonic }: FrameClock): void {
    const { change, telling } = this;
    const error = this.#error;
    if (change) telling.read(change);
    else if (this.gap) telling.readGap(this.gap.ends);
    else telling.clear();
    if (error) {
      const { family } = LAYOUTS[this.#layout];
      const [reason, ends] = [error.message, new EndedConnections().tell(this.#layout)];
      const layout = change?.layout ?? this.#layout;
      this.gap ??= { kind: "gap", sequence: 0, tick, time, monotonic: monotonic ?? 0, layout, family, reason, ends };
    }
    this.gapBegins = this.gap !== undefined && !this.#hadGap;
  }
}

/**
 * @throws {RangeError} there are no frames, or several tables of a family
 * @throws {NotAFrameError} {TruncatedFrameError} one has no header
 */
function mustBeOneTick(frames: readonly Uint8Array[]): void {
  if (frames.length === 0) throw new RangeError("A tick has one frame at least: there are none.");
  let [ipv4, ipv6] = [0, 0];
  for (const frame of frames) {
    if (frame.length < HEADER || wordAt(frame, AT.magic) !== MAGIC) checkStart(frame, 0);
    if (!isTableOrGap(frame)) continue;
    if (familyOf(frame) === 6) ipv6++;
    else ipv4++;
  }
  if (ipv4 > 1 || ipv6 > 1)
    throw new RangeError(
      `There are ${ipv4} tables or gaps of IPv4 and ${ipv6} of IPv6. Pass the frames of one tick: of each family one at the most.`,
    );
}

function isTableOrGap(frame: Uint8Array): boolean {
  const kind = frame[AT.kind];
  return kind === KEY || kind === DELTA || kind === GAP;
}

/** By its layout; `undefined` where that is none. */
function familyOf(frame: Uint8Array): Family | undefined {
  const code = (frame[AT.layout] as number) | ((frame[AT.layout + 1] as number) << 8);
  for (const name of LAYOUT_NAMES) if (LAYOUTS[name].code === code) return LAYOUTS[name].family;
  return undefined;
}

function isOfStream(frame: Uint8Array, other: Uint8Array): boolean {
  for (let byte = AT.stream; byte < AT.stream + 8; byte++) if (frame[byte] !== other[byte]) return false;
  return true;
}

/** By how much the wall clock left the monotonic one from one time to the next; 0 for little, and where a stream began anew. */
function jumpOf(before: Moment, { time, monotonic = 0 }: FrameClock): number {
  if (monotonic < before.monotonic) return 0;
  const jump = Math.round(time - before.time - (monotonic - before.monotonic));
  return Math.abs(jump) < CLOCK_JUMP ? 0 : jump;
}
