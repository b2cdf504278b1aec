// Shows how long a sampler holds its owner's event loop: on the owner's own thread, and in a worker, beside each other.
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { sampleTcpTables } from "tcptable";
import { openLoopback } from "../collect/loopback.js";

const { values } = parseArgs({ options: { sockets: { type: "string" }, samples: { type: "string" } } });
const sockets = Number(values.sockets ?? 17_000);
const samples = Number(values.samples ?? 100);
/** Ten samples a second. */
const EVERY = 100;
/** The first samples compile code and make memory. */
const WARM_UP = 20;

interface Held {
  readonly way: string;
  readonly rows: number;
  /** Milliseconds a sample that the loop was not idle. */
  readonly active: number;
  /** Delays of a timer of a millisecond, milliseconds. */
  readonly delays: Readonly<Record<"p50" | "p99" | "max", number>>;
}

/** Counts from the end of the warm-up on. */
class Gauge {
  readonly #delay = monitorEventLoopDelay({ resolution: 1 });
  #before = performance.eventLoopUtilization();

  begin(): void {
    this.#delay.enable();
    this.#before = performance.eventLoopUtilization();
  }

  end(way: string, rows: number): Held {
    const { active } = performance.eventLoopUtilization(this.#before);
    this.#delay.disable();
    const at = (nanoseconds: number) => nanoseconds / 1e6;
    const delays = {
      p50: at(this.#delay.percentile(50)),
      p99: at(this.#delay.percentile(99)),
      max: at(this.#delay.max),
    };
    return { way, rows, active: active / samples, delays };
  }
}

/** A loop that only looks at how many events there were. */
async function sampled(way: string, worker: boolean): Promise<Held> {
  const gauge = new Gauge();
  let count = 0;
  let rows = 0;
  for await (const moment of sampleTcpTables({ every: EVERY, worker })) {
    if (count++ === WARM_UP) gauge.begin();
    rows = moment.length;
    if (count > WARM_UP + samples) break;
  }
  return gauge.end(way, rows);
}

/** The same loop on a timer, which samples nothing: what the loop and the histogram take by themselves. */
async function idle(): Promise<Held> {
  const gauge = new Gauge();
  gauge.begin();
  for (let count = 0; count < samples; count++) await new Promise((resolve) => setTimeout(resolve, EVERY));
  return gauge.end("no sampler", 0);
}

const loopback = await openLoopback([sockets], new URL("../", import.meta.url));
try {
  console.log(`${sockets} sockets, ${samples} samples, one each ${EVERY} ms; milliseconds`);
  for (const run of [idle, () => sampled("same thread", false), () => sampled("worker", true)]) {
    const { way, rows, active, delays } = await run();
    const [p50, p99, max] = [delays.p50, delays.p99, delays.max].map((delay) => delay.toFixed(2));
    console.log(
      `${way}: ${rows} rows, loop active ${active.toFixed(2)} a sample, delay p50 ${p50}, p99 ${p99}, max ${max}`,
    );
  }
} finally {
  await loopback.close();
}
