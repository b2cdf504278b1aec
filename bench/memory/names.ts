/** Sampling loops that run for long. */
export const WORKLOADS = {
  fixed: "kernel, a table of 300 rows",
  wandering: "kernel, 50 sizes from 200 to 400 rows",
  deltas: "kernel, frames of 300 rows written and read",
  changes: "kernel, the same with what changed",
  live: "kernel, this machine's table",
  plain: "plain engine, a table of 300 rows",
  objects: "row objects, a table of 300 rows",
} as const;
export type Workload = keyof typeof WORKLOADS;

/** What the process that takes samples prints before and after them, between the lines of `--trace-gc`. */
export const BEGIN = "samples begin\n";
export const END = "samples end\n";
