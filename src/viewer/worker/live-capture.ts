import type { Capture, MomentsOptions, ScanOptions, SummaryColumns, TimeRange } from "../../capture/index.js";

/** Milliseconds until a sample's summary is in the recording: a minute, two where key frames come late, and some time. */
const REMEMBERED = 130_000;

/** How late a sample was, and how long it took, is known of frames only once their summaries are written. Until then it is remembered here. */
export class SampleTimings {
  /** By tick, oldest first. */
  readonly #timings = new Map<
    number,
    { readonly monotonic: number; readonly late: number; readonly duration: number }
  >();

  add(sample: {
    readonly tick: number;
    readonly monotonic: number;
    readonly late: number;
    readonly duration: number;
  }): void {
    const { tick, monotonic, late, duration } = sample;
    this.#timings.set(tick, { monotonic, late, duration });
    for (const [oldest, { monotonic: then }] of this.#timings) {
      if (monotonic - then <= REMEMBERED) break;
      this.#timings.delete(oldest);
    }
  }

  /** Writes what is known into columns where they say NaN. */
  fill({ length, tick, late, duration }: SummaryColumns): void {
    for (let at = 0; at < length; at++) {
      if (!Number.isNaN(late[at] as number)) continue;
      const known = this.#timings.get(tick[at] as number);
      if (!known) continue;
      late[at] = known.late;
      duration[at] = known.duration;
    }
  }
}

/** A recording that grows in memory: it has no end so far, which is no damage. */
export class LiveCapture implements Capture {
  readonly #capture: Capture;
  readonly #timings: SampleTimings;

  constructor(capture: Capture, timings: SampleTimings) {
    this.#capture = capture;
    this.#timings = timings;
  }

  get metadata() {
    return this.#capture.metadata;
  }

  get start() {
    return this.#capture.start;
  }

  get end() {
    return this.#capture.end;
  }

  get samples() {
    return this.#capture.samples;
  }

  get bytes() {
    return this.#capture.bytes;
  }

  get intact() {
    return { complete: true, bytes: this.#capture.bytes };
  }

  async *summaries(range?: TimeRange) {
    for await (const block of this.#capture.summaries(range)) {
      this.#timings.fill(block);
      yield block;
    }
  }

  async allSummaries(range?: TimeRange) {
    const summaries = await this.#capture.allSummaries(range);
    this.#timings.fill(summaries);
    return summaries;
  }

  at(time: number | { readonly monotonic: number }) {
    return this.#capture.at(time);
  }

  moments(options?: MomentsOptions) {
    return this.#capture.moments(options);
  }

  frames(range?: TimeRange) {
    return this.#capture.frames(range);
  }

  scan(filter: Parameters<Capture["scan"]>[0], options?: ScanOptions) {
    return this.#capture.scan(filter, options);
  }

  refresh() {
    return this.#capture.refresh();
  }

  close() {
    this.#capture.close();
  }
}
