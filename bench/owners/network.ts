// A network of its own with connections in it, and whoever measures them. It lives until its parent disconnects.
import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { PSUTIL_OWNERS } from "../contestants/names.js";
import { median } from "../results.js";
import { openSampler, PSUTIL_SCRIPT } from "./contestants.js";
import type { HoldOrder, Measured, MeasureOrder, NetworkOrder, Reply } from "./orders.js";

const execute = promisify(execFile);

const BETWEEN = 100;
/** Connections that come and go, a second. */
const CHURN = 100;

let holders: ChildProcess[] = [];
let expected = 0;

process.on("message", async (order) => {
  let reply: Reply;
  try {
    if ("rows" in (order as object)) {
      await open(order as NetworkOrder);
      reply = { ready: true };
    } else reply = { measured: await measure(order as MeasureOrder) };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(reply);
});
process.once("disconnect", () => {
  for (const holder of holders) if (holder.connected) holder.disconnect();
});

async function open({ processes, rows, files }: NetworkOrder): Promise<void> {
  await execute("ip", ["link", "set", "lo", "up"]);
  const connections = Math.ceil(rows / 2 / processes);
  holders = Array.from({ length: processes }, () => fork(new URL("holder.js", import.meta.url)));
  const ready = holders.map(async (holder, number) => {
    const host = `127.0.${number}.1`;
    holder.send({ host, connections, files: number === 0 ? files : 0 } satisfies HoldOrder);
    const [reply] = await Promise.race([once(holder, "message"), once(holder, "exit")]);
    if (reply !== "ready") throw new Error(`A process that holds ${connections} connections open ended with ${reply}.`);
  });
  await Promise.all(ready);
  expected = processes * (2 * connections + 1);
}

async function measure({ contestant, churn, samples }: MeasureOrder): Promise<Measured> {
  const churning = churn === "still" ? undefined : holders[churn === "within" ? 0 : 1];
  churning?.send(CHURN);
  if (churning) await pause(1500);
  const measured = contestant === PSUTIL_OWNERS ? await psutil(samples) : await sampled(contestant, samples);
  churning?.send(0);
  if (churning) await pause(1500);
  return measured;
}

async function sampled(contestant: string, samples: number): Promise<Measured> {
  const sampler = await openSampler(contestant);
  check(contestant, sampler.sample());
  const times: number[] = [];
  for (let count = 0; count < samples; count++) {
    await pause(BETWEEN);
    const start = performance.now();
    sampler.sample();
    times.push((performance.now() - start) * 1e6);
  }
  check(contestant, sampler.sample());
  sampler.close();
  return { median: median(times), longest: Math.max(...times) };
}

async function psutil(samples: number): Promise<Measured> {
  for (const python of ["/usr/bin/python3", "python3", "python"]) {
    const found = await execute(python, ["-c", PSUTIL_SCRIPT, String(samples)]).catch(() => undefined);
    if (!found) continue;
    const [owned = 0, ...times] = found.stdout.split(" ").map(Number);
    check(PSUTIL_OWNERS, owned);
    return { median: median(times), longest: Math.max(...times) };
  }
  throw new Error("psutil failed.");
}

/** Connections that come and go may be on top. */
function check(contestant: string, owned: number): void {
  if (owned < expected) throw new Error(`"${contestant}" told the owners of ${owned} rows, not of ${expected}.`);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
