import { afterEach, describe, expect, test, vi } from "vitest";
import type { Koffi } from "../../src/system/koffi.js";
import { createStopwatch } from "../../src/system/stopwatch.js";

afterEach(() => vi.restoreAllMocks());

type Call = (...values: unknown[]) => number;

/** A koffi whose libraries have these functions and no others. */
function scriptedKoffi(functions: Readonly<Record<string, Call>>, longByteLength = 8): Koffi {
  const func = (...words: readonly (string | string[])[]) => {
    const found = functions[words.find((word) => String(word) in functions) as string];
    if (!found) throw new Error(`There is no function ${words}.`);
    return found;
  };
  return { load: () => ({ func }), sizeof: () => longByteLength } as unknown as Koffi;
}

/** What a stopwatch says between two times. */
function between(koffi: Koffi, platform: NodeJS.Platform): number {
  const stopwatch = createStopwatch(() => koffi, platform);
  stopwatch.start();
  return stopwatch.stop();
}

describe("clock_gettime, scripted", () => {
  /** A clock that gives these times one after the other, as a timespec of two C longs of this size. */
  function clock(longByteLength: 4 | 8, ...times: readonly (readonly [seconds: bigint, nanoseconds: number])[]): Koffi {
    let at = 0;
    const clockGettime: Call = (id, timespec) => {
      if (id !== 1) throw new Error(`Clock ${id} is not CLOCK_MONOTONIC.`);
      const [seconds, nanoseconds] = times[at++] as [bigint, number];
      const { buffer } = timespec as Uint32Array<ArrayBuffer>;
      const words = longByteLength === 8 ? new BigInt64Array(buffer) : new Int32Array(buffer);
      for (const [index, value] of [seconds, BigInt(nanoseconds)].entries())
        words[index] = longByteLength === 8 ? value : Number(value);
      return 0;
    };
    return scriptedKoffi({ clock_gettime: clockGettime }, longByteLength);
  }

  describe.each([4, 8] as const)("with a C long of %i bytes", (size) => {
    test.each<[string, readonly [bigint, number], readonly [bigint, number], number]>([
      ["a sample within a second", [70n, 100], [70n, 350_000_100], 350_000_000],
      ["a sample over the end of a second", [70n, 999_999_900], [71n, 100], 200],
      ["a sample that takes longer than a second", [70n, 5], [73n, 9], 3_000_000_004],
      [
        "a sample that takes longer than a second, and less of the last one",
        [70n, 800_000_000],
        [72n, 0],
        1_200_000_000,
      ],
      ["no time at all", [0n, 0], [0n, 0], 0],
    ])("%s is measured to the nanosecond", (_, start, stop, nanoseconds) => {
      expect(between(clock(size, start, stop), "linux")).toBe(nanoseconds);
    });
  });
});

describe("QueryPerformanceCounter, scripted", () => {
  /** A counter that gives these ticks one after the other. */
  function counter(frequency: bigint, ...ticks: readonly bigint[]): Koffi {
    let at = 0;
    const put = (into: unknown, value: bigint) => {
      new BigUint64Array((into as Uint32Array<ArrayBuffer>).buffer)[0] = value;
      return 1;
    };
    return scriptedKoffi({
      QueryPerformanceCounter: (into) => put(into, ticks[at++] as bigint),
      QueryPerformanceFrequency: (into) => put(into, frequency),
    });
  }

  const TEN_MILLION = 10_000_000n;
  const WRAP = 2n ** 32n;

  test.each<[string, bigint, bigint, bigint, number]>([
    ["a tick of ten million a second is 100 nanoseconds", TEN_MILLION, 500n, 501n, 100],
    ["a sample that takes longer than a second", TEN_MILLION, 500n, 500n + 3n * TEN_MILLION, 3_000_000_000],
    ["ticks whose lower half starts again at 0 meanwhile", TEN_MILLION, 7n * WRAP - 3n, 7n * WRAP + 4n, 700],
    ["a sample of seven minutes", TEN_MILLION, WRAP - 1n, WRAP - 1n + 420n * TEN_MILLION, 420_000_000_000],
    ["a processor's own counter, whose frequency has more than 32 bits", 5_000_000_000n, 0n, 1_000_000n, 200_000],
  ])("%s is measured right", (_, frequency, start, stop, nanoseconds) => {
    expect(between(counter(frequency, start, stop), "win32")).toBe(nanoseconds);
  });
});

test("Node's own clock stands in where koffi can't be loaded", () => {
  const times = [1000, 2500.25];
  vi.spyOn(performance, "now").mockImplementation(() => times.shift() as number);
  const stopwatch = createStopwatch(() => {
    throw new Error("no native modules here");
  });
  stopwatch.start();
  expect(stopwatch.stop()).toBe(1_500_250_000);
});

test("this system's own clock goes on", () => {
  const stopwatch = createStopwatch();
  stopwatch.start();
  expect(stopwatch.stop()).toBeGreaterThan(0);
});
