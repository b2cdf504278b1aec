// Samples ten times a second in a worker thread while this one is busy, and says what it has missed: node sample-in-worker.mjs 3
import { setTimeout } from "node:timers/promises";
import { sampleTcpTables } from "tcptable";

const moments = Number(process.argv[2] ?? Number.POSITIVE_INFINITY);
const sampler = sampleTcpTables({ every: 100, worker: true, names: true });
process.once("SIGINT", () => sampler.finish());

let told = 0;
for await (const moment of sampler) {
  const { length, opened, closed, changed, samples, duration } = moment;
  console.log(`${length} rows, +${opened} -${closed} ~${changed}; samples: ${samples}, the last took ${duration.toFixed(1)} ms`);
  if (++told >= moments) break; // ends the worker too
  await setTimeout(500); // work of this thread: the next moment holds what five samples told
}
