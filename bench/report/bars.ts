import {
  DECODE_ONE,
  DUMP,
  KERNEL,
  KERNEL_EXPORT,
  MEMCPY,
  NATIVE,
  NODE,
  OBJECTS,
  PLAIN,
  SS_OWNERS,
  STD_SORT,
  TEXT_MAP,
  WHOLE_TABLE,
} from "../contestants/names.js";
import { RAW } from "../frames/names.js";
import { WORKLOADS } from "../memory/names.js";
import { AN_HOUR, HOUR_ROWS, HOUR_SAMPLES, RECORDED, RECORDED_ZSTD } from "../recording/names.js";
import {
  type Bar,
  DIFF,
  DIFF_UNRELATED,
  FRAMES_READ,
  LISTENERS,
  type Measurement,
  type MemoryMeasurement,
  ONE_PORT,
  RECORDING,
  type Results,
  type SizeMeasurement,
  START,
} from "../results.js";
import { bytes, digits, percent, rows, times } from "./format.js";

/** Stands for what a bar measured where the run was about something else. */
export const NOT_MEASURED = "not measured";
/** Samples that the bar on garbage speaks of. */
const MILLION = 1_000_000;
const KERNEL_KIB = 20;
/** KiB of a page that imports an entry, minified and gzipped. */
const ENTRY_KIB: Readonly<Record<string, number>> = { "tcptable/decoder": 22, "tcptable/frames": 28 };

/** The rows of the design's table "What fast means", held against what was measured. Each stands or falls with its worst case. */
export function barsOf({
  measurements,
  memory,
  kernelBytes,
  entryBytes = {},
  sizes = [],
}: Pick<Results, "measurements" | "memory" | "kernelBytes" | "entryBytes" | "sizes">): Bar[] {
  const faster = (what: string, suite: string, reference: string, factor: number, sizes?: Sizes) =>
    fasterBar(what, reference, factor, pick(measurements, suite, reference, sizes));
  const within = (what: string, suite: string, reference: string, factor: number, sizes?: Sizes) =>
    withinBar(what, reference, factor, pick(measurements, suite, reference, sizes));
  const ofHour = pick(measurements, RECORDING, KERNEL).filter(({ kind }) => kind.endsWith(AN_HOUR));
  const pushdown = (kind: string) => pick(measurements, "pushdown", WHOLE_TABLE).filter((one) => one.kind === kind);
  return [
    within("decode, 10,000 rows", "decode", MEMCPY, 2, isTenThousand),
    within("decode, a whole API call on 300 rows", "decode", KERNEL_EXPORT, 1.25, (size) => size === 300),
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
    within("two tables → what changed, 10,000 rows, order kept", DIFF, DECODE_ONE, 2.5, isTenThousand),
    faster("the same, rows in an unrelated order", DIFF_UNRELATED, TEXT_MAP, 50, isTenThousand),
    within("a delta frame back into its table, 10,000 rows", FRAMES_READ, MEMCPY, 2, isTenThousand),
    within("a delta frame back into its table, all sizes", FRAMES_READ, MEMCPY, 2),
    within("a sample on Linux, 15,000+ sockets", "collect", DUMP, 1.1, isLarge),
    fasterBar(
      `the same, ${LISTENERS}`,
      WHOLE_TABLE,
      100,
      pushdown(LISTENERS).filter(({ size }) => isLarge(size)),
    ),
    fasterBar(
      `the same, ${ONE_PORT}`,
      WHOLE_TABLE,
      3,
      pushdown(ONE_PORT).filter(({ size }) => isLarge(size)),
    ),
    faster("a sample with owners, 8,000 connections, after the first", "owners", SS_OWNERS, 5),
    shareBar("a recording: 10 Hz, 1,000 rows, 2 % churn", RECORDED, 0.04, sizes),
    shareBar("the same, zstd", RECORDED_ZSTD, 0.02, sizes),
    scanBar("a scan of an hour's recording, processor time", 0.5, ofHour),
    within("the command, whole process, small table", START, NODE, 1.5),
    garbageBar(
      "garbage, a million samples after warm-up",
      [WORKLOADS.fixed, WORKLOADS.wandering, WORKLOADS.live],
      memory,
    ),
    garbageBar("garbage, a million deltas after warm-up", [WORKLOADS.deltas, WORKLOADS.changes], memory),
    sizeBar("kernel size", "of wasm", KERNEL_KIB, kernelBytes),
    ...Object.entries(ENTRY_KIB).map(([entry, limit]) =>
      sizeBar(`${entry}, minified`, "gzipped", limit, entryBytes[entry]),
    ),
  ];
}

const isTenThousand: Sizes = (size) => size === 10_000;
const isLarge: Sizes = (size) => size >= 15_000;

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

/** What is recorded takes at most a share of its tables' bytes. */
function shareBar(what: string, recorded: string, limit: number, sizes: readonly SizeMeasurement[]): Bar {
  const ofRecordings = sizes.filter(({ suite }) => suite === RECORDING);
  const shares = ofRecordings.flatMap(({ what, kind, bytes }) => {
    const raw = ofRecordings.find((one) => one.what === RAW && one.kind === kind);
    return what === recorded && raw ? [{ kind, share: bytes / raw.bytes }] : [];
  });
  const [worst] = shares.sort((a, b) => b.share - a.share);
  return {
    what,
    reference: "its raw bytes",
    atLeast: `≤ ${limit * 100} %`,
    measured: worst ? `${percent(worst.share)} (${worst.kind})` : NOT_MEASURED,
    reached: worst && worst.share <= limit,
  };
}

/** Seconds for all rows of an hour. */
function scanBar(what: string, limit: number, measured: readonly Measurement[]): Bar {
  const seconds = ({ nanosecondsPerRow }: Measurement) => (nanosecondsPerRow * HOUR_SAMPLES * HOUR_ROWS) / 1e9;
  const worstFirst = [...measured].sort((a, b) => seconds(b) - seconds(a));
  return {
    what,
    reference: "",
    atLeast: `≤ ${limit} s`,
    measured: range(worstFirst, (one) => `${digits(seconds(one))} s`),
    reached: worstFirst[0] && seconds(worstFirst[0]) <= limit,
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
function garbageBar(what: string, loops: readonly string[], memory: readonly MemoryMeasurement[]): Bar {
  const measured = memory.filter(({ workload }) => loops.includes(workload));
  const scavenges = measured.reduce((sum, { scavenges, markCompacts }) => sum + scavenges + markCompacts, 0);
  const most = Math.max(0, ...measured.map(({ samples }) => samples));
  return {
    what,
    reference: "",
    atLeast: "no scavenge at all",
    measured:
      measured.length === 0
        ? NOT_MEASURED
        : measured.map((loop) => `${loop.scavenges + loop.markCompacts} in ${rows(loop.samples)}`).join(", "),
    reached: scavenges > 0 ? false : most >= MILLION ? true : undefined,
  };
}

function sizeBar(what: string, unit: string, limit: number, measured: number | undefined): Bar {
  return {
    what,
    reference: "",
    atLeast: `≤ ${limit} KiB ${unit}`,
    measured: measured === undefined ? NOT_MEASURED : bytes(measured),
    reached: measured === undefined ? undefined : measured <= limit * 1024,
  };
}
