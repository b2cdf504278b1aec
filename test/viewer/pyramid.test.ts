import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SUMMARY_STATES, type SummaryColumns } from "../../src/capture/index.js";
import { laneOf } from "../../src/viewer/worker/lane.js";
import { Pyramid } from "../../src/viewer/worker/pyramid.js";

/** Samples a second apart with so many rows each, all ESTABLISHED; one opens and one closes at each. */
function summaries(rows: readonly number[], startsAt = 0, gaps: readonly number[] = []): SummaryColumns {
  const { length } = rows;
  const words = (of: (at: number) => number) => Uint32Array.from({ length }, (_, at) => of(at));
  const times = Float64Array.from({ length }, (_, at) => (startsAt + at) * 1000);
  return {
    length,
    tick: words((at) => startsAt + at),
    time: times,
    monotonic: times,
    rows: Uint32Array.from(rows),
    states: Array.from({ length: SUMMARY_STATES }, (_, state) =>
      words((at) => (state === 5 ? (rows[at] as number) : 0)),
    ),
    opened: words(() => 1),
    closed: words(() => 1),
    changed: words(() => 0),
    attempts: words(() => 1),
    late: new Float64Array(length).fill(Number.NaN),
    duration: new Float64Array(length),
    complete: new Uint8Array(length).fill(1),
    lost: words(() => 0),
    gaps: Uint8Array.from({ length }, (_, at) => gaps[at] ?? 0),
  };
}

describe("the pyramid", () => {
  test("no spike is averaged away, and no sample is counted twice, however many samples a bucket has", () => {
    const counts = fc.array(fc.nat(1000), { minLength: 1, maxLength: 6000 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 50 }), (rows, columns) => {
        const pyramid = new Pyramid(1000, 1024);
        // In blocks, as a recording has them.
        for (let at = 0; at < rows.length; at += 60) pyramid.add(summaries(rows.slice(at, at + 60), at));
        const timeline = pyramid.timeline({ from: 0, to: rows.length * 1000, columns });
        const sum = (values: Uint32Array) => values.reduce((total, value) => total + value, 0);
        expect(Math.max(...timeline.rows)).toBe(Math.max(...rows));
        expect(timeline.mostRows).toBe(Math.max(...rows));
        expect([sum(timeline.samples), sum(timeline.opened)]).toEqual([rows.length, rows.length]);
        for (const [column, time] of timeline.time.entries()) {
          if (Number.isNaN(time)) continue;
          expect(timeline.rows[column]).toBe(rows[time / 1000]);
          expect(timeline.states[5]?.[column]).toBe(rows[time / 1000]);
        }
      }),
      { numRuns: 40, interruptAfterTimeLimit: 10_000 },
    );
  });

  test("a window holds only what is in it", () => {
    const pyramid = new Pyramid(1000);
    pyramid.add(summaries([1, 2, 9, 4, 5]));
    const { rows, samples } = pyramid.timeline({ from: 2000, to: 3999, columns: 2 });
    expect([[...rows], [...samples]]).toEqual([
      [9, 4],
      [1, 1],
    ]);
  });

  test.each([0, -5, Number.NaN, 1e9, 2.5])("any number of columns gives a timeline: %s", (columns) => {
    const pyramid = new Pyramid(1000);
    pyramid.add(summaries([1, 2]));
    const { length, rows } = pyramid.timeline({ from: 0, to: 1000, columns });
    expect([length >= 1 && length <= 16_384, rows.length]).toEqual([true, length]);
  });

  test("a window without length shows its sample in the first column", () => {
    const pyramid = new Pyramid(1000);
    pyramid.add(summaries([7]));
    expect([...pyramid.timeline({ from: 0, to: 0, columns: 3 }).rows]).toEqual([7, 0, 0]);
  });

  test("where samples are missing there is a gap of both families, and where a family is, one of that", () => {
    const pyramid = new Pyramid(1000);
    pyramid.add(summaries([1, 1, 1, 1], 0, [0, 1, 1, 0]));
    pyramid.add(summaries([1], 60));
    expect(pyramid.timeline({ from: 0, to: 60_000, columns: 1 }).gapRanges).toEqual([
      { from: 1000, to: 3000, families: [4] },
      { from: 3000, to: 60_000, families: [4, 6] },
    ]);
    expect(pyramid.timeline({ from: 0, to: 500, columns: 1 }).gapRanges).toEqual([]);
  });
});

describe("the lane", () => {
  const marks = {
    length: 3,
    time: Float64Array.of(1000, 3000, 8000),
    appeared: Uint32Array.of(2, 1, 0),
    went: Uint32Array.of(0, 0, 3),
    live: Uint32Array.of(2, 3, 0),
  };

  test("the lane shows how many match between marks, too, also where the window begins later", () => {
    const lane = laneOf(marks, { from: 4000, to: 9000, columns: 5 }, 10_000);
    expect([...lane.live]).toEqual([3, 3, 3, 3, 3]);
    expect([...lane.went]).toEqual([0, 0, 0, 0, 3]);
    expect(lane.mostLive).toBe(3);
    expect([...laneOf(marks, { from: 0, to: 10_000, columns: 10 }, 10_000).live]).toEqual([
      0, 2, 2, 3, 3, 3, 3, 3, 3, 0,
    ]);
  });

  test("the lane shows nothing where the scan has not looked so far", () => {
    const lane = laneOf({ ...marks, length: 2 }, { from: 0, to: 10_000, columns: 10 }, 5000);
    expect([...lane.live]).toEqual([0, 2, 2, 3, 3, 0, 0, 0, 0, 0]);
  });
});
