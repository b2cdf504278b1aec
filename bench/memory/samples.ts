// Takes many samples of one workload. The parent, which started it with --trace-gc, counts the collections between the marks.
import { writeSync } from "node:fs";
import { answer } from "../process.js";
import type { MemoryMeasurement } from "../results.js";
import { BEGIN, END, type Workload } from "./names.js";
import { startWorkload } from "./workloads.js";

/** Garbage of the samples shows in each part of them; what the engine makes once, as when it compiles, in one or two. */
const PARTS = 10;

export interface SamplesOrder {
  readonly workload: Workload;
  /** Samples before the first mark: code is compiled, and views of all sizes are made. */
  readonly warmUp: number;
  readonly samples: number;
  /** Whether the process has a network of its own, in which it may listen as it likes. */
  readonly alone: boolean;
}

export type SamplesReply = Pick<MemoryMeasurement, "heapGrowth" | "residentGrowth" | "linearMemoryGrowth"> & {
  readonly allocated: readonly number[];
};

answer(async ({ workload, warmUp, samples, alone }: SamplesOrder): Promise<SamplesReply> => {
  const { sample, linearMemory } = await startWorkload(workload, alone);
  let sink = 0;
  const take = (count: number) => {
    for (let number = 0; number < count; number++) sink = (sink + sample(number)) | 0;
  };
  take(warmUp);
  // What was compiled in the background takes over, and runs.
  await new Promise((resolve) => setTimeout(resolve, 200));
  take(warmUp);
  const before = memory(linearMemory);
  const used = new Float64Array(PARTS + 1);
  writeSync(1, BEGIN);
  used[0] = process.memoryUsage().heapUsed;
  for (let part = 0; part < PARTS; part++) {
    take(Math.floor((samples * (part + 1)) / PARTS) - Math.floor((samples * part) / PARTS));
    used[part + 1] = process.memoryUsage().heapUsed;
  }
  writeSync(1, END);
  const after = memory(linearMemory);
  if (!Number.isInteger(sink)) throw new Error("The samples gave no numbers.");
  return {
    allocated: Array.from({ length: PARTS }, (_, part) => (used[part + 1] as number) - (used[part] as number)),
    heapGrowth: after.heap - before.heap,
    residentGrowth: after.resident - before.resident,
    linearMemoryGrowth: after.linear - before.linear,
  };
});

/** Bytes in use that are no garbage. */
function memory(linearMemory: () => number): { heap: number; resident: number; linear: number } {
  if (!globalThis.gc) throw new Error("Start this with --expose-gc.");
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, resident: rss, linear: linearMemory() };
}
