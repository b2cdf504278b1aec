import type { Moment } from "../frames/index.js";
import { SUMMARY_STATES, type SummaryBlock, type SummaryColumns } from "./summary-columns.js";

/** Samples of a block that is made again, at most: a minute of ten a second. */
export const REMADE = 600;

/** Makes summaries of moments, as the recorder does. */
export class SummaryCollector {
  readonly #moments: number[][] = [];

  get length(): number {
    return this.#moments.length;
  }

  add(moment: Moment): void {
    const { tick, time, monotonic, length, opened, closed, changed, complete, lost, gaps, changes, stateCounts } =
      moment;
    let attempts = 0;
    for (const change of changes) attempts += change.attempts;
    let gapFlags = 0;
    for (const { family } of gaps) gapFlags |= family === 4 ? 1 : 2;
    const states = Array.from(stateCounts.subarray(0, SUMMARY_STATES - 1));
    const others = length - states.reduce((sum, count) => sum + count, 0);
    const numbers = [
      tick,
      time,
      monotonic,
      length,
      opened,
      closed,
      changed,
      attempts,
      complete ? 1 : 0,
      lost,
      gapFlags,
    ];
    this.#moments.push([...numbers, ...states, others]);
  }

  /** What has been collected; then there is nothing. */
  end(): SummaryBlock {
    const moments = this.#moments.splice(0);
    const { length } = moments;
    const column = (at: number) => Uint32Array.from(moments, (numbers) => numbers[at] as number);
    const clock = (at: number) => Float64Array.from(moments, (numbers) => numbers[at] as number);
    const unknown = () => new Float64Array(length).fill(Number.NaN);
    return {
      length,
      tick: column(0),
      time: clock(1),
      monotonic: clock(2),
      rows: column(3),
      states: Array.from({ length: SUMMARY_STATES }, (_, state) => column(11 + state)),
      opened: column(4),
      closed: column(5),
      changed: column(6),
      attempts: column(7),
      late: unknown(),
      duration: unknown(),
      complete: Uint8Array.from(column(8)),
      lost: column(9),
      gaps: Uint8Array.from(column(10)),
      isRemade: true,
    };
  }
}

/** Several blocks as one. */
export function joinSummaries(blocks: readonly SummaryColumns[]): SummaryColumns {
  const length = blocks.reduce((sum, block) => sum + block.length, 0);
  const joined = <Column extends Uint32Array | Float64Array | Uint8Array>(
    column: Column,
    of: (block: SummaryColumns) => Column,
  ): Column => {
    let at = 0;
    for (const block of blocks) {
      column.set(of(block), at);
      at += block.length;
    }
    return column;
  };
  const words = (of: (block: SummaryColumns) => Uint32Array) => joined(new Uint32Array(length), of);
  const numbers = (of: (block: SummaryColumns) => Float64Array) => joined(new Float64Array(length), of);
  const bytes = (of: (block: SummaryColumns) => Uint8Array) => joined(new Uint8Array(length), of);
  return {
    length,
    tick: words(({ tick }) => tick),
    time: numbers(({ time }) => time),
    monotonic: numbers(({ monotonic }) => monotonic),
    rows: words(({ rows }) => rows),
    states: Array.from({ length: SUMMARY_STATES }, (_, state) => words(({ states }) => states[state] as Uint32Array)),
    opened: words(({ opened }) => opened),
    closed: words(({ closed }) => closed),
    changed: words(({ changed }) => changed),
    attempts: words(({ attempts }) => attempts),
    late: numbers(({ late }) => late),
    duration: numbers(({ duration }) => duration),
    complete: bytes(({ complete }) => complete),
    lost: words(({ lost }) => lost),
    gaps: bytes(({ gaps }) => gaps),
  };
}
