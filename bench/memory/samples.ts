// Takes many samples of one workload. The parent, which started it with --trace-gc, counts the collections between the marks.
import { writeSync } from "node:fs";
import { answer } from "../process.js";
import type { MemoryMeasurement } from "../results.js";
import { BEGIN, END, type Workload } from "./names.js";
import { startWorkload } from "./workloads.js";

export interface SamplesOrder {
  readonly workload: Workload;
  /** Samples before the first mark: code is compiled, and views of all sizes are made. */
  readonly warmUp: number;
  readonly samples: number;
  /** Whether the process has a network of its own, in which it may listen as it likes. */
  readonly alone: boolean;
}

export type SamplesReply = Pick<MemoryMeasurement, "heapGrowth" | "residentGrowth" | "linearMemoryGrowth"> & {
  readonly allocated: number;
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
  writeSync(1, BEGIN);
  take(samples);
  writeSync(1, END);
  const { heapUsed } = process.memoryUsage();
  const after = memory(linearMemory);
  if (!Number.isInteger(sink)) throw new Error("The samples gave no numbers.");
  return {
    allocated: heapUsed - before.heap,
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
