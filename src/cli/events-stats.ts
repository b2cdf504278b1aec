import { createHistogram } from "node:perf_hooks";
import type { SampledMoment } from "../sampler/sampler.js";
import { durationText } from "./quantities.js";

/** What of a moment is counted. */
export type CountedMoment = Pick<
  SampledMoment,
  | "monotonic"
  | "late"
  | "samples"
  | "skipped"
  | "gaps"
  | "opened"
  | "closed"
  | "changed"
  | "lost"
  | "neverConnected"
  | "sources"
  | "blind"
>;

/** Counts what became of the samples. It takes the same memory however long that goes on. */
export class EventsStats {
  /** Of microseconds, from 1 up. */
  readonly #late = createHistogram();
  readonly #counts = { samples: 0, merged: 0, skipped: 0, gaps: 0 };
  readonly #events = { opened: 0, closed: 0, changed: 0, lost: 0, neverConnected: 0 };
  #first: number | undefined;
  #last = 0;
  #sources: readonly string[] = [];
  #blind: string | undefined;

  /** Whether no moment was counted yet. */
  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  count(moment: CountedMoment): void {
    this.#first ??= moment.monotonic;
    this.#last = moment.monotonic;
    this.#late.record(Math.max(1, Math.round(moment.late * 1000)));
    this.#counts.samples += moment.samples;
    this.#counts.merged += moment.samples - 1;
    this.#counts.skipped += moment.skipped;
    this.#counts.gaps += moment.gaps.length;
    for (const kind of ["opened", "closed", "changed", "lost", "neverConnected"] as const)
      this.#events[kind] += moment[kind];
    this.#sources = moment.sources;
    this.#blind = moment.blind;
  }

  /** The figures as lines for people. @param every milliseconds from one sample to the next, as was asked for */
  text(every: number): string {
    const { samples, merged, skipped, gaps } = this.#counts;
    const { opened, closed, changed, lost, neverConnected } = this.#events;
    const elapsed = this.#last - (this.#first ?? 0);
    const rate = elapsed > 0 ? `, ${(((samples - 1) * 1000) / elapsed).toFixed(2)} a second` : "";
    const late = (microseconds: number) => durationText(microseconds / 1000);
    const lines = [
      ...[...new Set(this.#sources)].map((source) => `source   ${source}`),
      `samples  ${samples} in ${durationText(elapsed)}${rate}; one every ${durationText(every)} was asked for`,
      ...(samples > 0
        ? [`late     ${late(this.#late.percentile(50))} in the median, ${late(this.#late.max)} at most`]
        : []),
      ...(skipped > 0 ? [`skipped  ${counted(skipped, "tick")}, as this program was not called in time`] : []),
      ...(merged > 0 ? [`merged   ${counted(merged, "sample")} with the next one, as the reader was slow`] : []),
      ...(gaps > 0 ? [`gaps     ${gaps}: a family could not be read`] : []),
      `events   ${opened} opened, ${closed} closed, ${changed} changed`,
      ...(lost > 0 ? [`lost     ${counted(lost, "end")}, for which there was no room`] : []),
      ...(neverConnected > 0
        ? [`unmade   ${counted(neverConnected, "socket")} went without ever having been connected`]
        : []),
      ...(this.#blind ? [`unseen   ${this.#blind}`] : []),
    ];
    return `${lines.join("\n")}\n`;
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
