import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { networkConnections } from "systeminformation";
import type { CollectOrder } from "../collect/case.js";
import { type Held, inShort, NETWORK, openLoopback, sharedOut } from "../collect/loopback.js";
import { DUMP, KERNEL, PSUTIL, SS, SYSTEMINFORMATION } from "../contestants/names.js";
import { hexadecimal } from "../data/checksum.js";
import { runNative } from "../native.js";
import { ask } from "../process.js";
import { LOOPBACK } from "../results.js";
import type { Case, Entrant } from "../turns.js";
import type { Run } from "./suite.js";
import { build } from "./tables.js";

const execute = promisify(execFile);

/** This machine's own table, with as many sockets in it as are asked for. They are open while the case is. */
export async function* collectCases(sockets: number, run: Run): AsyncGenerator<Case> {
  if (process.platform !== "linux" && process.platform !== "win32") {
    run.note(`Without the suite "collect": tcptable reads no tables on ${process.platform}.`);
    return;
  }
  const loopback = await openLoopback(sharedOut(sockets), run.programs);
  try {
    const held = inShort(loopback.held);
    const { rows } = held;
    yield {
      suite: "collect",
      kind: LOOPBACK,
      size: rows,
      rows,
      entrants: [
        inJavaScript(KERNEL, held, run),
        ...(await dump(held, run)),
        ...(await ss(held, run)),
        ...(await psutil(held, run)),
        ...(await systeminformation(held, run)),
      ],
    };
  } finally {
    await loopback.close();
  }
}

function inJavaScript(contestant: string, held: Held, { programs, effort }: Run): Entrant {
  const order: CollectOrder = { contestant, held, effort };
  return { name: contestant, measure: () => ask<number>(new URL("collect/case.js", programs), order) };
}

function nativeArguments({ rows, checksum }: Held, { effort }: Run): (string | number)[] {
  return [NETWORK.address, NETWORK.mask, rows, hexadecimal(checksum), effort.duration];
}

async function dump(held: Held, run: Run): Promise<Entrant[]> {
  const program = process.platform === "linux" ? await build("dump.c", run) : undefined;
  if (!program) return [];
  return [{ name: DUMP, measure: () => runNative(DUMP, program, nativeArguments(held, run), held.checksum) }];
}

async function ss(held: Held, run: Run): Promise<Entrant[]> {
  try {
    await execute("ss", ["-V"]);
    return [inJavaScript(SS, held, run)];
  } catch {
    run.note(`Without ${SS}: ss is missing. Get it: apt-get install iproute2`);
    return [];
  }
}

/** It runs netstat or ss, and where there is neither it answers with no rows. */
async function systeminformation(held: Held, run: Run): Promise<Entrant[]> {
  if ((await networkConnections()).length > 0) return [inJavaScript(SYSTEMINFORMATION, held, run)];
  run.note(`Without ${SYSTEMINFORMATION}: it finds no connections here. Get ss for it: apt-get install iproute2`);
  return [];
}

async function psutil(held: Held, run: Run): Promise<Entrant[]> {
  const script = join(run.sources, "psutil_sample.py");
  // Debian's package belongs to Debian's Python, which need not be the first on the PATH.
  for (const python of ["/usr/bin/python3", "python3", "python"]) {
    try {
      await execute(python, ["-c", "import psutil"]);
      const args = [script, ...nativeArguments(held, run)];
      return [{ name: PSUTIL, measure: () => runNative(PSUTIL, python, args, held.checksum) }];
    } catch {
      // the next one
    }
  }
  run.note(`Without ${PSUTIL}: Python's psutil is missing. Get it: apt-get install python3-psutil`);
  return [];
}
