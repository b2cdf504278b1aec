import { type Capture, recoverCapture, type SummaryColumns } from "../../capture/index.js";
import { compileFilter } from "../../decoder/index.js";
import type {
  Exported,
  ExportFormat,
  ExportWhat,
  LiveState,
  QuestionName,
  Questions,
  RecordingInfo,
  Source,
  WorkerEvent,
} from "../protocol.js";
import { BlobFile } from "./blob-file.js";
import { groupsOf } from "./groups.js";
import { firstSeenOf, lifeOf, ScanRun } from "./lives.js";
import { MomentView } from "./moment-view.js";
import { nearestChange } from "./nearest-change.js";
import { type OpenedSource, type OpenLive, openSource } from "./open-source.js";
import { NothingOpenError } from "./problems.js";
import { Pyramid } from "./pyramid.js";
import { columnsOfMetadata } from "./recorded-columns.js";
import { writeWindow } from "./recording-window.js";
import { fileOf, LIFE_COLUMNS, ROW_COLUMNS, recordOfLife, recordOfRow } from "./row-texts.js";

/** Milliseconds from one look at a file that may grow to the next; each time twice as long where it does not, up to the longest. */
const LOOK_EVERY = 1000;
const LONGEST_LOOK = 30_000;

/** Milliseconds from taking in new samples to doing so again, at least. */
const GROW_EVERY = 250;

/** Milliseconds from one word about summaries to the next. */
const TELL_EVERY = 100;

const MCAP = "application/octet-stream";

export interface SessionOptions {
  readonly tell: (event: WorkerEvent) => void;
  /** Live mode, where there is one. */
  readonly openLive?: OpenLive | undefined;
}

type Progress<Name extends QuestionName> = (progress: Questions[Name]["progress"]) => void;

/** An open recording, and all that answers questions about it. */
export class Session {
  readonly #source: OpenedSource;
  readonly #capture: Capture;
  readonly #pyramid: Pyramid;
  readonly #view: MomentView;
  readonly #tell: SessionOptions["tell"];
  /** Ends everything that goes on by itself. */
  readonly #end = new AbortController();
  /** Of the first summaries. */
  #loading: Promise<void> = Promise.resolve();
  #growth: Promise<void> | undefined;
  #grownAt = Number.NEGATIVE_INFINITY;
  #look: ReturnType<typeof setTimeout> | undefined;
  #lookPause = LOOK_EVERY;
  #scan: ScanRun | undefined;
  #scanEnd: AbortController | undefined;
  #told = "";

  static async open(source: Source, options: SessionOptions, signal: AbortSignal): Promise<Session> {
    const later: { session?: Session } = {};
    const listener = {
      grown: () => void later.session?.grow(),
      state: (live: LiveState) => options.tell({ event: "live", live }),
    };
    let opened: OpenedSource;
    if (source.kind !== "live") opened = await openSource(source, signal);
    else if (options.openLive) opened = await options.openLive(source.address, listener, signal);
    else throw new NothingOpenError();
    const pyramid = new Pyramid(opened.capture.metadata.every);
    const session = new Session(opened, pyramid, await MomentView.open(opened.capture, pyramid), options.tell);
    later.session = session;
    return session;
  }

  private constructor(source: OpenedSource, pyramid: Pyramid, view: MomentView, tell: SessionOptions["tell"]) {
    this.#source = source;
    this.#capture = source.capture;
    this.#pyramid = pyramid;
    this.#view = view;
    this.#tell = tell;
  }

  get info(): RecordingInfo {
    const { metadata, start, end, samples, bytes, intact } = this.#capture;
    const { name, isLive } = this.#source;
    return {
      name: name || metadata.host,
      metadata,
      start,
      end,
      samples,
      bytes,
      intact,
      isLive,
      columns: columnsOfMetadata(metadata),
    };
  }

  /** Reads the summaries, and then looks again and again whether the file has grown. */
  start(): void {
    this.#loading = this.#load();
    this.#lookLater();
  }

  /** Takes in what has been recorded since. Who asks while that goes on gets the same. */
  grow(): Promise<void> {
    this.#growth ??= this.#growOnce().finally(() => {
      this.#growth = undefined;
    });
    return this.#growth;
  }

  async #growOnce(): Promise<void> {
    const { signal } = this.#end;
    clearTimeout(this.#look);
    await this.#loading;
    // Samples come ten times a second; a page that is drawn anew four times is fast enough.
    const wait = this.#grownAt + GROW_EVERY - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (signal.aborted) return;
    try {
      const hasGrown = await this.#capture.refresh();
      this.#lookPause = hasGrown ? LOOK_EVERY : Math.min(LONGEST_LOOK, this.#lookPause * 2);
      if (hasGrown && !signal.aborted) {
        await this.#load();
        this.#tellInfo();
      }
    } catch (error) {
      this.#tellLoss(error);
    }
    this.#grownAt = performance.now();
    this.#lookLater();
  }

  /** A file that has its end grows no more, nor does one that a page was given. */
  #lookLater(): void {
    const { isLive, isFixed } = this.#source;
    const mayGrow = isLive || (!isFixed && !this.#capture.intact.complete);
    if (mayGrow && !this.#end.signal.aborted) this.#look = setTimeout(() => void this.grow(), this.#lookPause);
  }

  close(): void {
    clearTimeout(this.#look);
    this.#end.abort(new NothingOpenError());
    this.#scanEnd?.abort(new NothingOpenError());
    this.#source.close();
  }

  timeline(window: Questions["timeline"]["ask"]): Questions["timeline"]["answer"] {
    return this.#pyramid.timeline(window);
  }

  overview({ columns }: Questions["overview"]["ask"]): Questions["timeline"]["answer"] {
    return this.#pyramid.timeline({ from: this.#capture.start, to: this.#capture.end, columns });
  }

  async view(view: Questions["view"]["ask"], signal: AbortSignal): Promise<Questions["view"]["answer"]> {
    const info = await this.#view.show(view, signal);
    this.#tellDamage();
    return info;
  }

  rows({ from, to }: Questions["rows"]["ask"]): Questions["rows"]["answer"] {
    return this.#view.rows(from, to);
  }

  place({ key }: Questions["place"]["ask"]): number {
    return this.#view.placeOf(key);
  }

  step({ at, samples }: Questions["step"]["ask"]): number {
    const { times } = this.#pyramid;
    if (times.length === 0) return at;
    const sample = times.lastAt(at) + Math.trunc(samples);
    return times.at(Math.max(0, Math.min(times.length - 1, sample)));
  }

  change(ask: Questions["change"]["ask"], signal: AbortSignal): Promise<number> {
    return nearestChange(this.#capture, this.#pyramid, ask, signal);
  }

  firstSeen(
    { at, rows }: Questions["firstSeen"]["ask"],
    signal: AbortSignal,
  ): Promise<Questions["firstSeen"]["answer"]> {
    return firstSeenOf(this.#capture, at, rows, signal);
  }

  groups({ by }: Questions["groups"]["ask"]): Questions["groups"]["answer"] {
    return groupsOf(this.#view, by);
  }

  async scan(
    { where }: Questions["scan"]["ask"],
    signal: AbortSignal,
    progress: Progress<"scan">,
  ): Promise<Questions["scan"]["answer"]> {
    // A mistake leaves the search before as it was.
    compileFilter(where);
    const run = new ScanRun(this.#capture, where);
    const end = new AbortController();
    this.#scanEnd = end;
    this.#scan = run;
    const state = await run.run(AbortSignal.any([signal, end.signal]), progress);
    this.#tellDamage();
    return state;
  }

  /** @param reason what the one who asked for the search is told */
  stopScan(reason: Error): Questions["stopScan"]["answer"] {
    this.#scanEnd?.abort(reason);
    return this.#scan?.state;
  }

  lane(window: Questions["lane"]["ask"]): Questions["lane"]["answer"] {
    return this.#scan?.lane(window);
  }

  lives({ from, to }: Questions["lives"]["ask"]): Questions["lives"]["answer"] {
    return this.#scan?.lives(from, to) ?? { from: 0, lives: [], length: 0 };
  }

  life({ at, row }: Questions["life"]["ask"], signal: AbortSignal, progress: Progress<"life">) {
    return lifeOf(this.#capture, at, row, signal, progress);
  }

  async export(
    { what, format }: Questions["export"]["ask"],
    signal: AbortSignal,
    progress: Progress<"export">,
  ): Promise<Exported> {
    const view = this.#view;
    const base = this.info.name.replace(/\.mcap$/, "") || "tcptable";
    const stamp = stampOf(what.kind === "window" ? what.from : view.time);
    if (what.kind === "window") {
      const { file, samples } = await writeWindow(this.#capture, what.from, what.to, signal, progress);
      return { file: file.blob(MCAP), name: `${base}-${stamp}.mcap`, count: samples };
    }
    const name = `${base}-${what.kind === "lives" ? "lives" : stamp}.${format}`;
    const [file, count] = this.#table(what, format);
    return { file, name, count };
  }

  async recover(signal: AbortSignal, progress: Progress<"recover">): Promise<Exported> {
    const { readable } = this.#source;
    if (!readable) throw new NothingOpenError();
    const file = new BlobFile();
    const samples = Math.max(1, this.#capture.samples);
    const told = (count: number) => {
      if (count % 64 === 0) progress(Math.min(1, count / samples));
    };
    const recovered = await recoverCapture(readable, file, { signal, progress: told });
    const name = `${this.info.name.replace(/\.mcap$/, "")}-recovered.mcap`;
    return { file: file.blob(MCAP), name, count: recovered.samples };
  }

  async record({ isOn }: Questions["record"]["ask"]): Promise<undefined> {
    if (!this.#source.record) throw new NothingOpenError();
    await this.#source.record(isOn);
    return undefined;
  }

  #table(what: Exclude<ExportWhat, { kind: "window" }>, format: ExportFormat): [Blob, number] {
    const view = this.#view;
    if (what.kind === "lives") {
      const lives = this.#scan?.allLives ?? [];
      return [fileOf(format, LIFE_COLUMNS, lives.length, (at) => recordOfLife(lives[at] as never)), lives.length];
    }
    const isShown = (place: number) => Number.isInteger(place) && place >= 0 && place < view.length;
    const places = what.kind === "rows" ? what.places.filter(isShown) : undefined;
    const count = places?.length ?? view.length;
    const recordAt = (at: number) => recordOfRow(view.rowAt(places ? (places[at] as number) : at), view.time);
    return [fileOf(format, ROW_COLUMNS, count, recordAt), count];
  }

  /** Takes in the summaries of all samples that are not known so far. */
  async #load(): Promise<void> {
    const pyramid = this.#pyramid;
    const { start } = this.#capture;
    let told = performance.now();
    let skip = pyramid.times.length;
    try {
      for await (const block of this.#capture.summaries({ signal: this.#end.signal })) {
        // What was known before comes again.
        if (skip >= block.length) {
          skip -= block.length;
          continue;
        }
        pyramid.add(skip > 0 ? behind(block, skip) : block);
        skip = 0;
        if (performance.now() - told < TELL_EVERY) continue;
        told = performance.now();
        const fraction = (pyramid.loadedTo - start) / (this.#capture.end - start || 1);
        this.#tell({ event: "summaries", fraction: Math.min(1, Math.max(0, fraction)), isDone: false });
      }
    } catch (error) {
      if (this.#end.signal.aborted) return;
      this.#tellLoss(error);
    }
    this.#tell({ event: "summaries", fraction: 1, isDone: true });
    this.#tellDamage();
  }

  /** What can't be read any more is told as damage: what was read stays. */
  #tellLoss(error: unknown): void {
    if (this.#end.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    const { info } = this;
    this.#tell({ event: "info", info: { ...info, intact: { ...info.intact, complete: false, reason } } });
  }

  #tellInfo(): void {
    this.#told = this.#capture.intact.reason ?? "";
    this.#tell({ event: "info", info: this.info });
  }

  /** Damage shows when a part is read. */
  #tellDamage(): void {
    if ((this.#capture.intact.reason ?? "") !== this.#told) this.#tellInfo();
  }
}

/** A time as a part of a file's name. */
function stampOf(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "moment" : date.toISOString().slice(0, 19).replaceAll(":", "");
}

/** A block without its first samples. */
function behind(block: SummaryColumns, skip: number): SummaryColumns {
  const { tick, time, monotonic, rows, states, opened, closed, changed, attempts, late, duration } = block;
  return {
    length: block.length - skip,
    tick: tick.subarray(skip),
    time: time.subarray(skip),
    monotonic: monotonic.subarray(skip),
    rows: rows.subarray(skip),
    states: states.map((state) => state.subarray(skip)),
    opened: opened.subarray(skip),
    closed: closed.subarray(skip),
    changed: changed.subarray(skip),
    attempts: attempts.subarray(skip),
    late: late.subarray(skip),
    duration: duration.subarray(skip),
    complete: block.complete.subarray(skip),
    lost: block.lost.subarray(skip),
    gaps: block.gaps.subarray(skip),
  };
}
