import { fork } from "node:child_process";
import { once } from "node:events";
import type { MemoryMeasurement } from "../results.js";
import { BEGIN, END, WORKLOADS } from "./names.js";
import { ownNetwork } from "./namespace.js";
import type { SamplesOrder, SamplesReply } from "./samples.js";

/** So small a young generation that 16 bytes of garbage a sample show in 100,000 samples. */
const FLAGS = ["--trace-gc", "--expose-gc", "--min-semi-space-size=1", "--max-semi-space-size=1"];

/**
 * Takes many samples in a process of its own, and counts what the garbage collector had to do meanwhile: the lines of
 * `--trace-gc` between two marks.
 *
 * @param program the bundled `samples.ts`
 */
export async function traceSamples(program: URL, order: Omit<SamplesOrder, "alone">): Promise<MemoryMeasurement> {
  const network = order.workload === "live" ? await ownNetwork() : undefined;
  const [execPath, ...execArgv] = network ? [...network, process.execPath, ...FLAGS] : [process.execPath, ...FLAGS];
  const child = fork(program, { execPath, execArgv, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  let output = "";
  let errors = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  let reply: { readonly result?: SamplesReply; readonly error?: string } = {};
  child.once("message", (message) => {
    reply = message as typeof reply;
  });
  child.send({ ...order, alone: network !== undefined } satisfies SamplesOrder);
  const [code] = await once(child, "close");
  const begin = output.indexOf(BEGIN);
  const end = output.indexOf(END, begin);
  if (!reply.result || begin < 0 || end < 0) {
    throw new Error(`memory, ${WORKLOADS[order.workload]}: ${reply.error ?? `ended with ${code}\n${errors}`}`);
  }
  const between = output.slice(begin, end).split("\n");
  const scavenges = between.filter((line) => /\bScavenge\b|\bMinor\b/.test(line)).length;
  const markCompacts = between.filter((line) => /\bMark-/.test(line)).length;
  return {
    workload: WORKLOADS[order.workload],
    samples: order.samples,
    scavenges,
    markCompacts,
    ...reply.result,
    allocated: scavenges + markCompacts === 0 ? reply.result.allocated : undefined,
  };
}
