import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  DUMP,
  KERNEL,
  MEMCPY,
  NATIVE,
  NODE,
  OBJECTS,
  PLAIN,
  PSUTIL,
  SS,
  STD_SORT,
  TUNED,
  WHOLE_TABLE,
} from "../../bench/contestants/names.js";
import { RAW } from "../../bench/frames/names.js";
import { WORKLOADS } from "../../bench/memory/names.js";
import { parseOptions } from "../../bench/options.js";
import { barsOf } from "../../bench/report/bars.js";
import { drawChart } from "../../bench/report/chart.js";
import { comparisonOf } from "../../bench/report/compare.js";
import { comparison, digits, duration, times } from "../../bench/report/format.js";
import { boldLoss, table } from "../../bench/report/markdown.js";
import { details, replaceRegion, summary } from "../../bench/report/readme.js";
import { bytesTables, tablesOf } from "../../bench/report/tables.js";
import {
  type Bar,
  LISTENERS,
  type Measurement,
  type MemoryMeasurement,
  ONE_PORT,
  type Results,
  readNewestWholeRun,
  START,
  writeResults,
} from "../../bench/results.js";

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
  test("a bar stands or falls with its worst case", () => {
    const good = measurement("decode", 300, NATIVE, 2, 1.6);
    const bad = measurement("decode", 1000, NATIVE, 2, 1.4);
    expect(bar(bars([good]), "decode", NATIVE)).toMatchObject({ reached: true, measured: "1.60× (server, 300)" });
    const both = bar(bars([good, bad]), "decode", NATIVE);
    expect(both).toMatchObject({ reached: false, measured: "1.40× (server, 1,000) … 1.60×" });
  });

  test("a bar that lets the kernel be slower says by how much", () => {
    const of = (ratio: number) => bar(bars([measurement("decode", 10_000, MEMCPY, 1, ratio)]), "decode", MEMCPY);
    expect(of(0.51)).toMatchObject({ reached: true, measured: "1.96× (server, 10,000)" });
    expect(of(0.4)).toMatchObject({ reached: false, measured: "2.5× (server, 10,000)" });
  });

  test("a bar looks at its own sizes only", () => {
    const small = measurement("pipeline", 100, PLAIN, 9, 5);
    expect(bar(bars([small]), "decode + filter + sort, 100 rows", PLAIN)).toMatchObject({ reached: true });
    expect(bar(bars([small]), "decode + filter + sort, from", PLAIN)).toMatchObject({ measured: "not measured" });
    const few = measurement("collect", 14_000, DUMP, 500, 1);
    expect(bar(bars([few]), "a sample", DUMP)?.reached).toBeUndefined();
  });

  test("a bar on garbage needs a million samples to be reached, and one scavenge to fall", () => {
    const of = (...loops: MemoryMeasurement[]) => bar(bars([], loops), "garbage", "")?.reached;
    expect(of(memory(WORKLOADS.fixed, 1_000_000, 0), memory(WORKLOADS.live, 100, 0))).toBe(true);
    expect(of(memory(WORKLOADS.fixed, 1000, 0))).toBeUndefined();
    expect(of(memory(WORKLOADS.fixed, 1000, 1))).toBe(false);
    expect(of(memory(WORKLOADS.objects, 1000, 9))).toBeUndefined();
  });

  test("a bar on a million deltas is not reached by a million samples", () => {
    const of = (...loops: MemoryMeasurement[]) => bar(bars([], loops), "garbage, a million deltas", "")?.reached;
    expect(of(memory(WORKLOADS.fixed, 1_000_000, 0))).toBeUndefined();
    expect(of(memory(WORKLOADS.deltas, 1_000_000, 0), memory(WORKLOADS.changes, 1_000_000, 1))).toBe(false);
    expect(of(memory(WORKLOADS.deltas, 1_000_000, 0), memory(WORKLOADS.changes, 1_000_000, 0))).toBe(true);
  });

  test("a bar on filters that the system takes part in looks at its own filter, and at many sockets only", () => {
    const of = (kind: string, size: number, ratio: number) =>
      bars([{ ...measurement("pushdown", size, WHOLE_TABLE, 1, ratio), kind }]).filter(({ measured }) =>
        measured.includes(kind),
      );
    expect(of(LISTENERS, 17_000, 101)).toEqual([expect.objectContaining({ atLeast: "100× faster", reached: true })]);
    expect(of(ONE_PORT, 17_000, 2.9)).toEqual([expect.objectContaining({ atLeast: "3× faster", reached: false })]);
    expect(of(LISTENERS, 14_000, 101)).toEqual([]);
  });

  test("a bar on the command holds for each of its ways to be called", () => {
    const of = (...ratios: number[]) =>
      bar(bars(ratios.map((ratio) => measurement(START, 51, NODE, 1, ratio))), "the command", NODE)?.reached;
    expect(of(0.7)).toBe(true);
    expect(of(0.9, 0.66)).toBe(false);
  });

  test("a bar on an entry's size is exact, and not measured in runs that did not look", () => {
    const of = (entryBytes: Record<string, number>) =>
      bar(barsOf({ measurements: [], memory: [], kernelBytes: 0, entryBytes }), "tcptable/frames", "")?.reached;
    expect(of({ "tcptable/frames": 28 * 1024 })).toBe(true);
    expect(of({ "tcptable/frames": 28 * 1024 + 1 })).toBe(false);
    expect(of({})).toBeUndefined();
  });

  test("the bars on recordings stand with the share of the raw tables, and with the scan of a whole hour alone", () => {
    const sizeOf = (what: string, bytes: number) => ({
      ...{ suite: "recording", kind: "MIB_TCPTABLE, an hour", size: 1000, what, bytes },
    });
    const share = (bytes: number) =>
      bar(
        barsOf({
          ...{ measurements: [], memory: [], kernelBytes: 0 },
          sizes: [sizeOf("raw table", 20_000), sizeOf("recording", bytes)],
        }),
        "a recording",
        "its raw bytes",
      )?.reached;
    expect([share(800), share(801)]).toEqual([true, false]);
    const scan = (kind: string, seconds: number) => {
      const nanosecondsPerRow = (seconds * 1e9) / 36e6;
      const measured = { suite: "recording", kind, size: 1000, contestant: "kernel", nanosecondsPerRow, ratio: 1 };
      return bar(bars([{ ...measured, rounds: [nanosecondsPerRow] }]), "a scan", "")?.reached;
    };
    expect([scan("MIB_TCPTABLE, an hour", 0.49), scan("MIB_TCPTABLE, an hour", 0.51)]).toEqual([true, false]);
    expect(scan("MIB_TCPTABLE, three minutes", 0.1)).toBeUndefined();
  });

  test("a bar on the kernel's size is exact", () => {
    expect(bar(bars([], [], 20480), "kernel size", "")?.reached).toBe(true);
    expect(bar(bars([], [], 20481), "kernel size", "")?.reached).toBe(false);
  });
});

const results: Results = {
  date: "2030-01-02T03:04:05.000Z",
  command: "npm run bench",
  whole: true,
  seconds: 1000,
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

describe("README's short table", () => {
  const text = summary(results);

  test("README's short table has ratios alone, bold where the kernel loses, and names the processor", () => {
    expect(text).toMatch(/\| decode +\| memcpy +\| +\| +\*\*0.50×\*\* \|/);
    expect(text).toMatch(/\| decode +\| plain engine +\| +\| +10× \|/);
    expect(text).toMatch(/table, 17,000 sockets \| C netlink dump \| +\| +\*\*0.98×\*\* \|/);
    expect(text).toContain("A <fast> & new one, 2 cores");
    expect(text).toContain("`npm run bench` on 2030-01-02");
    expect(text).not.toContain("0.80");
  });

  test("README's short table has two sizes and twelve lines at most, whatever was measured", () => {
    const contestants = [KERNEL, MEMCPY, NATIVE, STD_SORT, PLAIN, OBJECTS, TUNED, DUMP, SS, PSUTIL];
    const measurements = ["decode", "filter", "sort", "pipeline", "collect"].flatMap((suite) =>
      [100, 300, 10_000, 100_000].flatMap((size) => contestants.map((name) => measurement(suite, size, name, 1, 2))),
    );
    const lines = summary({ ...results, measurements }).match(/^\|.*\|$/gm) ?? [];
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThanOrEqual(2 + 12);
    expect(lines[0]).toMatch(/\| +300 rows \| 10,000 rows \|$/);
  });

  test("README's short table is followed by the losses and by the bars that were missed", () => {
    const missed = { what: "sort", reference: PLAIN, atLeast: "15× faster", measured: "13×", reached: false };
    const withBar = summary({ ...results, bars: [missed, { ...missed, what: "filter", reached: true }] });
    expect(withBar).toContain("- decode, memcpy: always, at most 2.0× faster (server, 10,000 rows)");
    expect(withBar).toContain("- sort, plain engine: the bar is 15× faster, and it is not reached: 13×");
    expect(withBar).not.toContain("- filter");
    const won = [measurement("decode", 10_000, KERNEL, 1, 1), measurement("decode", 10_000, PLAIN, 2, 2)];
    expect(summary({ ...results, measurements: won })).toContain(
      "the kernel is the fastest in all, and reaches every bar",
    );
  });
});

test("bench/README has every time, with the ratio to the kernel in brackets", () => {
  const text = details(results);
  expect(text).toMatch(/\| decode, server: ns a row +\| +10,000 rows \|/);
  expect(text).toMatch(/\| kernel +\| +0.80 \|/);
  expect(text).toMatch(/\| plain engine +\| +8.00 \(10×\) \|/);
  expect(text).toMatch(/\| memcpy +\| +\*\*0.40 \(0.50×\)\*\* \|/);
});

test("a sample of the machine's own table is shown as one time, not as one a row", () => {
  const [text] = tablesOf(results.measurements.filter(({ suite }) => suite === "collect"));
  expect(text).toMatch(/^\| collect, loopback, 17,000 sockets \| +a sample \|/);
  expect(text).toMatch(/\| tcptable +\| +10.2 ms \|/);
});

test("whole processes are shown in one table, a line a command", () => {
  const commands = ["tcptable -l", "tcptable -p"].flatMap((kind, number) => [
    { ...measurement(START, 50, KERNEL, 2e6 + number, 1), kind },
    { ...measurement(START, 50, NODE, 1e6, 0.5), kind },
  ]);
  const [text, ...others] = tablesOf(commands);
  expect(others).toEqual([]);
  expect(text).toMatch(/^\| start, 50 sockets: a whole process \| tcptable \| +node -e 0 \|/);
  expect(text).toMatch(/\| tcptable -l +\| +100 ms \| \*\*50.0 ms \(0.50×\)\*\* \|/);
  expect(text).toMatch(/\| tcptable -p +\| +100 ms \| \*\*50.0 ms \(0.50×\)\*\* \|/);
});

test("bytes of a table are shown with their share of the raw table", () => {
  const about = { suite: "frames", kind: "server", size: 300 };
  const [text] = bytesTables([
    { ...about, what: RAW, bytes: 6004 },
    { ...about, what: "delta frame", bytes: 240 },
  ]);
  expect(text).toMatch(/^\| frames, server: bytes a table +\| +300 rows \|/);
  expect(text).toMatch(/\| raw table +\| +6,004 \|/);
  expect(text).toMatch(/\| delta frame +\| 240 \(4.00 %\) \|/);
});

test("the table of the bars names the processor that they were measured on", () => {
  expect(details(results)).toContain("| The bars on A <fast> & new one, each by its worst case");
});

test("a table's columns line up in its source, texts at the left and numbers at the right", () => {
  expect(
    table(
      ["a", "size"],
      [
        ["name", "1"],
        ["b", boldLoss("12.5", true)],
      ],
    ),
  ).toBe(["| a    |     size |", "| ---- | -------: |", "| name |        1 |", "| b    | **12.5** |"].join("\n"));
});

describe("a comparison with an earlier run", () => {
  const faster = (one: Measurement, factor: number) => ({ ...one, nanosecondsPerRow: one.nanosecondsPerRow / factor });

  test("a comparison with an earlier run shows both times, bold where it has become slower", () => {
    const now = results.measurements.map((one) => faster(one, one.contestant === PLAIN ? 0.5 : 2));
    const [introduction, decode] = comparisonOf(results, { ...results, measurements: now });
    expect(introduction).toContain("the run of 2030-01-02 03:04 UTC (`npm run bench`)");
    expect(introduction).not.toContain("Not the same");
    expect(decode).toMatch(/\| kernel +\| +0.80 → 0.40 \(0.50×\) \|/);
    expect(decode).toMatch(/\| plain engine +\| +\*\*8.00 → 16.0 \(2.0×\)\*\* \|/);
  });

  test("a comparison with an earlier run has the time of a whole sample, and one a row of made tables", () => {
    const [, decode, collect] = comparisonOf(results, results);
    expect(decode).toMatch(/^\| decode, server: before → now, ns a row +\|/);
    expect(collect).toMatch(/^\| collect, loopback: before → now +\|/);
    expect(collect).toMatch(/\| kernel +\| 10.2 ms → 10.2 ms \(1.00×\) \|/);
  });

  test("a comparison with an earlier run says where the processor was another", () => {
    const machine = { ...results.machine, processor: "another" };
    expect(comparisonOf(results, { ...results, machine })[0]).toContain(
      "processor A <fast> & new one before, another now",
    );
  });

  test("a comparison with an earlier run leaves out what only one run measured, and says where nothing is left", () => {
    const [one] = results.measurements as [Measurement];
    const other = { ...results, measurements: [{ ...one, kind: "proxy" }, one] };
    expect(comparisonOf(results, other)).toHaveLength(2);
    const none = comparisonOf(results, { ...results, measurements: [{ ...one, kind: "proxy" }] });
    expect(none).toEqual([expect.stringContaining("Nothing was measured that the run of 2030-01-02")]);
  });
});

describe("the results of runs", () => {
  test("the results of runs each have a file of their own, and the newest whole run is found among them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tcptable-test-"));
    const names = [];
    for (const [date, whole] of [
      ["2030-01-02", true],
      ["2030-01-03", true],
      ["2030-01-04", false],
    ] as const) {
      const run = { ...results, whole, date: `${date}T03:04:05.000Z` };
      names.push((await writeResults(folder, ["decode", "sort"], run)).slice(folder.length + 1));
    }
    expect(names).toEqual(["2030-01-02T03-04-05", "2030-01-03T03-04-05", "2030-01-04T03-04-05-decode-sort"]);
    expect((await readNewestWholeRun(folder)).date).toBe("2030-01-03T03:04:05.000Z");
    await rm(folder, { recursive: true });
    await expect(readNewestWholeRun(folder)).rejects.toThrow(/has no run of the whole suite/);
  });

  test("the results of runs are only whole where nothing was left out", () => {
    expect(parseOptions([]).whole).toBe(true);
    for (const args of [["decode"], ["--quick"], ["-k", "server"], ["-s", "300"], ["-r", "1"], ["--samples", "9"]]) {
      expect(parseOptions(args), args.join(" ")).toMatchObject({ whole: false });
    }
  });
});

test("regions of a page are replaced, and nothing else", () => {
  const before = "a\n<!-- bench:table -->\nold\n<!-- /bench:table -->\nb";
  const after = "a\n<!-- bench:table -->\n\nnew\n\n<!-- /bench:table -->\nb";
  expect(replaceRegion(before, "table", "new")).toBe(after);
  expect(replaceRegion(after, "table", "new")).toBe(after);
  expect(() => replaceRegion(before, "chart", "new")).toThrow(/There is no "<!-- bench:chart -->"/);
});

describe("the chart", () => {
  test("the chart has a bar for each contestant, longer for those that take longer", () => {
    const chart = drawChart(results) ?? "";
    const widths = Array.from(chart.matchAll(/<rect [^>]*width="([\d.]+)"/g), ([, width]) => Number(width));
    expect(widths).toHaveLength(results.measurements.length);
    expect(widths.slice(0, 3)).toEqual(widths.slice(0, 3).toSorted((a, b) => a - b));
    expect(chart).toContain("A &lt;fast&gt; &amp; new one");
  });

  test("the chart leaves out what it has no title for, and its scale does too", () => {
    const more = [measurement("diff", 10_000, KERNEL, 1e9, 1), measurement(START, 51, NODE, 1e9, 1)];
    expect(drawChart({ ...results, measurements: [...results.measurements, ...more] })).toBe(drawChart(results));
  });

  test("the chart is not drawn of nothing", () => {
    expect(drawChart({ ...results, measurements: [] })).toBeUndefined();
  });
});

test("numbers are printed with three digits, and a unit that fits", () => {
  expect([0.123, 9.996, 12.34, 99.96, 12345].map(digits)).toEqual(["0.12", "10.0", "12.3", "100", "12,345"]);
  expect([0.5, 1.996, 9.96, 143].map(times)).toEqual(["0.50×", "2.0×", "10×", "143×"]);
  expect([5, 5000, 5e6].map(duration)).toEqual(["5.00 ns", "5.00 µs", "5.00 ms"]);
  expect([2, 0.5].map(comparison)).toEqual(["2.0× slower", "2.0× faster"]);
});
