import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { KERNEL, PSUTIL_OWNERS, SS_OWNERS } from "../contestants/names.js";
import { ownNetwork } from "../memory/namespace.js";
import { WITH_BUDGET } from "../owners/contestants.js";
import { CHURNS, type Churn, type MeasureOrder, type NetworkOrder, type Reply } from "../owners/orders.js";
import type { Case, Entrant } from "../turns.js";
import type { Run } from "./suite.js";

const execute = promisify(execFile);

/** What it takes to measure: one of many processes has many files, as a proxy or a data base does. */
const NETWORK: NetworkOrder = { processes: 40, rows: 8_000, files: 17_000 };
/** Of the samples that other suites take: these come ten a second. */
export const SAMPLES = 4;

/** A table with owners in a network of its own: samples after the first, and the longest of them. */
export async function* ownersCases(run: Run): AsyncGenerator<Case> {
  const unshare = process.platform === "linux" ? await ownNetwork() : undefined;
  if (!unshare || !(await works("ip", "-V"))) {
    run.note(`Without the suite "owners": it takes Linux, ip (iproute2), and root or user namespaces.`);
    return;
  }
  const contestants = [KERNEL, WITH_BUDGET];
  if (await works("ss", "-V")) contestants.push(SS_OWNERS);
  else run.note(`Without ${SS_OWNERS}: ss is missing. Get it: apt-get install iproute2`);
  if (await hasPsutil()) contestants.push(PSUTIL_OWNERS);
  else run.note(`Without ${PSUTIL_OWNERS}: Python's psutil is missing. Get it: apt-get install python3-psutil`);

  const [execPath, ...execArgv] = [...unshare, process.execPath];
  const network = fork(new URL("owners/network.js", run.programs), { execPath, execArgv });
  try {
    await ask(network, NETWORK);
    for (const churn of Object.keys(CHURNS) as Churn[]) {
      const samples = run.effort.samples * SAMPLES;
      yield {
        suite: "owners",
        kind: CHURNS[churn],
        size: NETWORK.rows,
        rows: NETWORK.rows,
        entrants: contestants.flatMap((contestant) => entrants(network, { contestant, churn, samples })),
      };
    }
  } finally {
    const ended = once(network, "exit");
    if (network.connected) network.disconnect();
    await ended;
  }
}

/** The median of the samples, and then the longest of the same ones: so long does the event loop stand still. */
function entrants(network: ChildProcess, order: MeasureOrder): Entrant[] {
  let longest = 0;
  return [
    {
      name: order.contestant,
      async measure() {
        const reply = await ask(network, order);
        if (!("measured" in reply)) throw new Error("Nothing was measured.");
        longest = reply.measured.longest;
        return reply.measured.median;
      },
    },
    { name: `${order.contestant}, the longest sample`, measure: async () => longest },
  ];
}

async function ask(network: ChildProcess, order: NetworkOrder | MeasureOrder): Promise<Reply> {
  const stop = new AbortController();
  const { signal } = stop;
  const replied = Promise.race([once(network, "message", { signal }), once(network, "exit", { signal })]);
  network.send(order);
  const [reply] = (await replied.finally(() => stop.abort())) as [Reply | number | null];
  if (typeof reply !== "object" || reply === null) throw new Error(`The network's process ended with ${reply}.`);
  if ("error" in reply) throw new Error(reply.error);
  return reply;
}

async function hasPsutil(): Promise<boolean> {
  for (const python of ["/usr/bin/python3", "python3", "python"]) {
    if (await works(python, "-c", "import psutil")) return true;
  }
  return false;
}

async function works(program: string, ...args: string[]): Promise<boolean> {
  return execute(program, args).then(
    () => true,
    () => false,
  );
}
