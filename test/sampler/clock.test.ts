import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Grid, SYSTEM_CLOCK } from "../../src/sampler/clock.js";

const instant = fc.double({ min: 0, max: 1e9, noNaN: true });
const interval = fc.double({ min: 1, max: 1e7, noNaN: true });

describe("the grid of a sampler's ticks", () => {
  test("has the first tick at its start, and each other a whole number of intervals after it", () => {
    const grid = new Grid(500.5, 100);
    expect([0, 1, 2, 1_000_000].map((tick) => grid.dueAt(tick))).toEqual([500.5, 600.5, 700.5, 100_000_500.5]);
    expect([500.5, 600.4, 600.5, 799.9].map((time) => grid.tickAt(time))).toEqual([0, 0, 1, 2]);
  });

  test("knows the tick that is due at any time: it is not in the future, and the next one is, for any start and interval", () => {
    fc.assert(
      fc.property(instant, interval, fc.double({ min: 0, max: 1e6, noNaN: true }), (start, every, ticks) => {
        const grid = new Grid(start, every);
        const time = start + ticks * every;
        const tick = grid.tickAt(time);
        expect(grid.dueAt(tick)).toBeLessThanOrEqual(time);
        expect(grid.dueAt(tick + 1)).toBeGreaterThan(time);
      }),
      { numRuns: 2000 },
    );
  });

  test("takes the very time at which a tick is due for that tick, whatever fractions the interval has", () => {
    fc.assert(
      fc.property(instant, interval, fc.nat(1_000_000), (start, every, tick) => {
        const grid = new Grid(start, every);
        expect(grid.tickAt(grid.dueAt(tick))).toBe(tick);
      }),
      { numRuns: 2000 },
    );
  });
});

test("the system's clock waits as long as it can where a wait is longer than setTimeout takes, which would not wait at all", async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error) => warnings.push(warning);
  process.on("warning", listen);
  let called = 0;
  const timer = SYSTEM_CLOCK.after(2 ** 31 + 5, () => called++);
  await new Promise((resolve) => setTimeout(resolve, 5));
  SYSTEM_CLOCK.cancel(timer);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", listen);
  expect({ called, warnings }).toEqual({ called: 0, warnings: [] });
});
