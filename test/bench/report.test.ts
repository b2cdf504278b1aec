import { describe, expect, test } from "vitest";
import { DUMP, KERNEL, MEMCPY, NATIVE, PLAIN } from "../../bench/contestants/names.js";
import { WORKLOADS } from "../../bench/memory/names.js";
import { barsOf } from "../../bench/report/bars.js";
import { drawChart } from "../../bench/report/chart.js";
import { comparison, digits, duration, times } from "../../bench/report/format.js";
import { markdown, replaceRegion } from "../../bench/report/readme.js";
import type { Bar, Measurement, MemoryMeasurement, Results } from "../../bench/results.js";

function measurement(
  suite: string,
  size: number,
  contestant: string,
  nanosecondsPerRow: number,
  ratio: number,
): Measurement {
  const kind = suite === "collect" ? "loopback" : "server";
  return { suite, kind, size, contestant, nanosecondsPerRow, ratio, rounds: [nanosecondsPerRow] };
}

function memory(workload: string, samples: number, scavenges: number): MemoryMeasurement {
  const none = { markCompacts: 0, allocated: undefined, heapGrowth: 0, residentGrowth: 0, linearMemoryGrowth: 0 };
  return { workload, samples, scavenges, ...none };
}

function bars(measurements: readonly Measurement[], memory: readonly MemoryMeasurement[] = [], kernelBytes = 0): Bar[] {
  return barsOf({ measurements, memory, kernelBytes });
}

function bar(all: readonly Bar[], what: string, reference: string): Bar | undefined {
  return all.find((one) => one.what.startsWith(what) && one.reference === reference);
}

describe("a bar", () => {
  test("stands or falls with its worst case", () => {
    const good = measurement("decode", 300, NATIVE, 2, 1.6);
    const bad = measurement("decode", 1000, NATIVE, 2, 1.4);
    expect(bar(bars([good]), "decode", NATIVE)).toMatchObject({ reached: true, measured: "1.60× (server, 300)" });
    const both = bar(bars([good, bad]), "decode", NATIVE);
    expect(both).toMatchObject({ reached: false, measured: "1.40× (server, 1,000) … 1.60×" });
  });

  test("that lets the kernel be slower says by how much", () => {
    const of = (ratio: number) => bar(bars([measurement("decode", 10_000, MEMCPY, 1, ratio)]), "decode", MEMCPY);
    expect(of(0.51)).toMatchObject({ reached: true, measured: "1.96× (server, 10,000)" });
    expect(of(0.4)).toMatchObject({ reached: false, measured: "2.5× (server, 10,000)" });
  });

  test("looks at its own sizes only", () => {
    const small = measurement("pipeline", 100, PLAIN, 9, 5);
    expect(bar(bars([small]), "decode + filter + sort, 100 rows", PLAIN)).toMatchObject({ reached: true });
    expect(bar(bars([small]), "decode + filter + sort, from", PLAIN)).toMatchObject({ measured: "not measured" });
    const few = measurement("collect", 14_000, DUMP, 500, 1);
    expect(bar(bars([few]), "a sample", DUMP)?.reached).toBeUndefined();
  });

  test("on garbage needs a million samples to be reached, and one scavenge to fall", () => {
    const of = (...loops: MemoryMeasurement[]) => bar(bars([], loops), "garbage", "")?.reached;
    expect(of(memory(WORKLOADS.fixed, 1_000_000, 0), memory(WORKLOADS.live, 100, 0))).toBe(true);
    expect(of(memory(WORKLOADS.fixed, 1000, 0))).toBeUndefined();
    expect(of(memory(WORKLOADS.fixed, 1000, 1))).toBe(false);
    expect(of(memory(WORKLOADS.objects, 1000, 9))).toBeUndefined();
  });

  test("on the kernel's size is exact", () => {
    expect(bar(bars([], [], 16384), "kernel size", "")?.reached).toBe(true);
    expect(bar(bars([], [], 16385), "kernel size", "")?.reached).toBe(false);
  });
});

const results: Results = {
  date: "2030-01-02T03:04:05.000Z",
  command: "npm run bench",
  rounds: 5,
  machine: { processor: "A <fast> & new one", cores: 2, memoryGiB: 8, system: "Linux" },
  versions: { node: "20.0.0", v8: "11", c: "gcc 12" },
  kernelBytes: 100,
  measurements: [
    measurement("decode", 10_000, KERNEL, 0.8, 1),
    measurement("decode", 10_000, MEMCPY, 0.4, 0.5),
    measurement("decode", 10_000, PLAIN, 8, 10),
    measurement("collect", 17_000, KERNEL, 600, 1),
    measurement("collect", 17_000, DUMP, 590, 0.98),
  ],
  memory: [],
  bars: [],
  notes: [],
};

test("README's tables say where the kernel loses", () => {
  const text = markdown(results);
  expect(text).toContain("| kernel | 0.80 |");
  expect(text).toContain("| plain engine | 8.00 (10×) |");
  expect(text).toContain("| memcpy | **0.40 (0.50×)** |");
  expect(text).toContain("- decode, memcpy: always, at most 2.0× faster (server, 10,000 rows)");
  expect(text).toContain("| tcptable | 10.2 ms |  |");
  expect(text).toContain("`npm run bench` on 2030-01-02");
});

test("README's regions are replaced, and nothing else", () => {
  const before = "a\n<!-- bench:table -->\nold\n<!-- /bench:table -->\nb";
  const after = "a\n<!-- bench:table -->\n\nnew\n\n<!-- /bench:table -->\nb";
  expect(replaceRegion(before, "table", "new")).toBe(after);
  expect(replaceRegion(after, "table", "new")).toBe(after);
  expect(() => replaceRegion(before, "chart", "new")).toThrow(/README.md has no "<!-- bench:chart -->"/);
});

describe("the chart", () => {
  test("has a bar for each contestant, longer for those that take longer", () => {
    const chart = drawChart(results) ?? "";
    const widths = Array.from(chart.matchAll(/<rect [^>]*width="([\d.]+)"/g), ([, width]) => Number(width));
    expect(widths).toHaveLength(results.measurements.length);
    expect(widths.slice(0, 3)).toEqual(widths.slice(0, 3).toSorted((a, b) => a - b));
    expect(chart).toContain("A &lt;fast&gt; &amp; new one");
  });

  test("is not drawn of nothing", () => {
    expect(drawChart({ ...results, measurements: [] })).toBeUndefined();
  });
});

test("numbers are printed with three digits, and a unit that fits", () => {
  expect([0.123, 9.996, 12.34, 99.96, 12345].map(digits)).toEqual(["0.12", "10.0", "12.3", "100", "12,345"]);
  expect([0.5, 1.996, 9.96, 143].map(times)).toEqual(["0.50×", "2.0×", "10×", "143×"]);
  expect([5, 5000, 5e6].map(duration)).toEqual(["5.00 ns", "5.00 µs", "5.00 ms"]);
  expect([2, 0.5].map(comparison)).toEqual(["2.0× slower", "2.0× faster"]);
});
