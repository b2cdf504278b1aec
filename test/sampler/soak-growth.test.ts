import { describe, expect, test } from "vitest";
import { type Figures, growthOf } from "./soak-growth.js";

/** Ten reports of a soak of a million samples, in which some figures grow with the samples. */
function reports(perSample: Partial<Figures>, begin: Partial<Figures> = {}): Figures[] {
  return Array.from({ length: 10 }, (_, report) => {
    const samples = (report + 1) * 100_000;
    const figure = (name: keyof Figures, base: number) => Math.floor(base + (perSample[name] ?? 0) * samples);
    return {
      samples,
      heap: figure("heap", 8_000_000),
      resident: figure("resident", 80_000_000),
      descriptors: figure("descriptors", 23),
      handles: figure("handles", 3),
      ...(report === 0 && begin),
    };
  });
}

describe("a soak's verdict", () => {
  test("is that nothing grows where all figures stay, whatever they were before the middle", () => {
    expect(growthOf(reports({}))).toEqual([]);
    expect(growthOf(reports({}, { heap: 0, descriptors: 3, handles: 0 }))).toEqual([]);
  });

  test.each<[string, Partial<Figures>, string]>([
    ["three bytes a sample", { heap: 3 }, "heap: 9500000 after 500000 samples, 11000000 after 1000000"],
    ["100 bytes a sample in another thread", { resident: 100 }, "resident: 130000000 after"],
    ["a descriptor in 400,000 samples", { descriptors: 1 / 400_000 }, "descriptors: 24 after 500000 samples, 25 after"],
    ["a timer in 400,000 samples", { handles: 1 / 400_000 }, "handles: 4 after 500000 samples, 5 after"],
  ])("tells a leak of %s", (_, perSample, text) => {
    const growth = growthOf(reports(perSample));
    expect(growth).toHaveLength(1);
    expect(growth[0]).toContain(text);
  });
});
