import { execFileSync } from "node:child_process";
import { openTcpTable } from "tcptable";
import { KERNEL, SS_OWNERS } from "../contestants/names.js";

export const WITH_BUDGET = "kernel, within 5 ms";

/** A way to this machine's table with owners. */
export interface OwnersSampler {
  /** Reads it once. Returns how many rows have an owner. */
  sample(): number;
  close(): void;
}

export async function openSampler(contestant: string): Promise<OwnersSampler> {
  switch (contestant) {
    case KERNEL:
      return tcptable(undefined);
    case WITH_BUDGET:
      return tcptable(5);
    case SS_OWNERS:
      return { sample: () => ss().split("pid=").length - 1, close() {} };
    default:
      throw new Error(`There is no contestant "${contestant}".`);
  }
}

async function tcptable(ownerBudget: number | undefined): Promise<OwnersSampler> {
  const reader = await openTcpTable({ owner: "pid", ownerBudget });
  let table = reader.read();
  return {
    sample() {
      table = reader.read(table);
      const pids = table.columns.owningPid as Uint32Array;
      let owned = 0;
      for (let row = 0; row < pids.length; row++) if (pids[row] !== 0) owned++;
      return owned;
    },
    close: () => reader.close(),
  };
}

/** The process and its text. */
function ss(): string {
  return execFileSync("ss", ["-4tanpH"], { encoding: "latin1", maxBuffer: 1 << 28 });
}

/** Prints the rows that have an owner, and the nanoseconds of each call. */
export const PSUTIL_SCRIPT = `
import sys, time, psutil
times = []
for _ in range(int(sys.argv[1])):
    time.sleep(0.1)
    start = time.perf_counter_ns()
    rows = psutil.net_connections(kind="tcp4")
    times.append(time.perf_counter_ns() - start)
print(sum(1 for row in rows if row.pid), *times)
`;
