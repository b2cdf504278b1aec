import { DUMP, KERNEL, MEMCPY, NATIVE, OBJECTS, PLAIN, SS_OWNERS, STD_SORT } from "../contestants/names.js";
import { WORKLOADS } from "../memory/names.js";
import type { Bar, Measurement, MemoryMeasurement, Results } from "../results.js";
import { bytes, digits, rows, times } from "./format.js";

/** Stands for what a bar measured where the run was about something else. */
export const NOT_MEASURED = "not measured";
/** Samples that the bar on garbage speaks of. */
const MILLION = 1_000_000;
const KERNEL_BYTES_AT_MOST = 20 * 1024;

/** The rows of the design's table "What fast means", held against what was measured. Each stands or falls with its worst case. */
export function barsOf({
  measurements,
  memory,
  kernelBytes,
}: Pick<Results, "measurements" | "memory" | "kernelBytes">): Bar[] {
  const faster = (what: string, suite: string, reference: string, factor: number, sizes?: Sizes) =>
    fasterBar(what, reference, factor, pick(measurements, suite, reference, sizes));
  return [
    withinBar(
      "decode, 10,000 rows",
      MEMCPY,
      2,
      pick(measurements, "decode", MEMCPY, (size) => size === 10_000),
    ),
    faster("decode", "decode", NATIVE, 1.5),
    faster("decode", "decode", PLAIN, 4),
    faster("decode", "decode", OBJECTS, 20),
    faster("filter: state + port + prefix", "filter", PLAIN, 8),
    nanosecondsBar("filter: state + port + prefix", 0.6, pick(measurements, "filter", KERNEL)),
    faster("sort, 10,000 and 100,000 rows", "sort", STD_SORT, 4, (size) => size === 10_000 || size === 100_000),
    faster("sort, 300 rows", "sort", STD_SORT, 2, (size) => size === 300),
    faster("sort", "sort", PLAIN, 15),
    faster("decode + filter + sort, from 1,000 rows", "pipeline", PLAIN, 8, (size) => size >= 1_000),
    faster("decode + filter + sort, 100 rows", "pipeline", PLAIN, 3, (size) => size === 100),
    withinBar(
      "a sample on Linux, 15,000+ sockets",
      DUMP,
      1.1,
      pick(measurements, "collect", DUMP, (size) => size >= 15_000),
    ),
    faster("a sample with owners, 8,000 connections, after the first", "owners", SS_OWNERS, 5),
    garbageBar(memory),
    {
      what: "kernel size",
      reference: "",
      atLeast: "≤ 20 KiB of wasm",
      measured: bytes(kernelBytes),
      reached: kernelBytes <= KERNEL_BYTES_AT_MOST,
    },
  ];
}

type Sizes = (size: number) => boolean;

function pick(measurements: readonly Measurement[], suite: string, contestant: string, sizes: Sizes = () => true) {
  return measurements.filter((one) => one.suite === suite && one.contestant === contestant && sizes(one.size));
}

/** The reference takes at least so many times as long as the kernel. */
function fasterBar(what: string, reference: string, factor: number, measured: readonly Measurement[]): Bar {
  const worstFirst = [...measured].sort((a, b) => a.ratio - b.ratio);
  return {
    what,
    reference,
    atLeast: `${factor}× faster`,
    measured: range(worstFirst, ({ ratio }) => times(ratio)),
    reached: worstFirst[0] && worstFirst[0].ratio >= factor,
  };
}

/** The kernel takes at most so many times as long as the reference. */
function withinBar(what: string, reference: string, factor: number, measured: readonly Measurement[]): Bar {
  const worstFirst = [...measured].sort((a, b) => a.ratio - b.ratio);
  return {
    what,
    reference,
    atLeast: `within ${factor.toFixed(factor < 2 ? 2 : 1)}×`,
    measured: range(worstFirst, ({ ratio }) => times(1 / ratio)),
    reached: worstFirst[0] && 1 / worstFirst[0].ratio <= factor,
  };
}

function nanosecondsBar(what: string, limit: number, measured: readonly Measurement[]): Bar {
  const worstFirst = [...measured].sort((a, b) => b.nanosecondsPerRow - a.nanosecondsPerRow);
  return {
    what,
    reference: "",
    atLeast: `≤ ${limit} ns a row`,
    measured: range(worstFirst, ({ nanosecondsPerRow }) => `${digits(nanosecondsPerRow)} ns`),
    reached: worstFirst[0] && worstFirst[0].nanosecondsPerRow <= limit,
  };
}

/** The worst case with its name, and the best. */
function range(worstFirst: readonly Measurement[], text: (measurement: Measurement) => string): string {
  const [worst] = worstFirst;
  const best = worstFirst.at(-1);
  if (!worst || !best) return NOT_MEASURED;
  const named = `${text(worst)} (${worst.kind}, ${rows(worst.size)})`;
  return best === worst ? named : `${named} … ${text(best)}`;
}

/** Holds for all loops that reuse what they were given. */
function garbageBar(memory: readonly MemoryMeasurement[]): Bar {
  const loops = [WORKLOADS.fixed, WORKLOADS.wandering, WORKLOADS.live] as const;
  const measured = memory.filter(({ workload }) => (loops as readonly string[]).includes(workload));
  const scavenges = measured.reduce((sum, { scavenges, markCompacts }) => sum + scavenges + markCompacts, 0);
  const most = Math.max(0, ...measured.map(({ samples }) => samples));
  return {
    what: "garbage, a million samples after warm-up",
    reference: "",
    atLeast: "no scavenge at all",
    measured:
      measured.length === 0
        ? NOT_MEASURED
        : measured.map((loop) => `${loop.scavenges + loop.markCompacts} in ${rows(loop.samples)}`).join(", "),
    reached: scavenges > 0 ? false : most >= MILLION ? true : undefined,
  };
}
