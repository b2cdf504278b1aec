import { WORKLOADS, type Workload } from "../memory/names.js";
import { ownNetwork } from "../memory/namespace.js";
import { traceSamples } from "../memory/trace.js";
import type { MemoryMeasurement } from "../results.js";
import type { Run } from "./suite.js";

/**
 * One sample of so many is taken. For a live one Linux goes through its whole hash table, and some workloads do
 * make garbage: fewer of them tell as much.
 */
const SAMPLES_DIVIDED_BY: Readonly<Record<Workload, number>> = {
  fixed: 1,
  wandering: 1,
  deltas: 1,
  changes: 1,
  live: 10,
  plain: 50,
  objects: 50,
};
const WARM_UPS: Readonly<Record<Workload, number>> = {
  fixed: 20_000,
  wandering: 20_000,
  deltas: 20_000,
  changes: 20_000,
  live: 5_000,
  plain: 2_000,
  objects: 2_000,
};

/** Many samples of each workload, and what they left for the garbage collector. */
export async function measureMemory(
  samples: number,
  run: Run,
  onStart: (workload: string) => void,
): Promise<MemoryMeasurement[]> {
  const measured: MemoryMeasurement[] = [];
  for (const workload of Object.keys(WORKLOADS) as Workload[]) {
    if (workload === "live" && process.platform !== "linux" && process.platform !== "win32") {
      run.note(`Without "${WORKLOADS.live}": tcptable reads no tables on ${process.platform}.`);
      continue;
    }
    if (workload === "live" && !(await ownNetwork())) {
      run.note(
        `"${WORKLOADS.live}" is everybody's: connections of other programs change its size, and new sizes take memory.`,
      );
    }
    onStart(WORKLOADS[workload]);
    const order = {
      workload,
      samples: Math.ceil(samples / SAMPLES_DIVIDED_BY[workload]),
      warmUp: Math.min(samples, WARM_UPS[workload]),
    };
    measured.push(await traceSamples(new URL("memory/samples.js", run.programs), order));
  }
  return measured;
}
