// One way to find connections in what was recorded, in a process of its own.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { openCapture } from "tcptable/capture";
import { createFrameReader } from "tcptable/frames";
import { KERNEL } from "../contestants/names.js";
import { answer } from "../process.js";
import { median } from "../results.js";
import { openForReading } from "./hour.js";
import { EVERY_TABLE } from "./names.js";

export interface ScanOrder {
  readonly contestant: string;
  readonly file: string;
  /** How often it is done; the first time is not counted where there are others. */
  readonly times: number;
}

/** Matches few of the connections. */
const FILTER = "state time-wait and dport < 2000";

/** Nanoseconds of processor time, all threads. */
answer(async ({ contestant, file, times }: ScanOrder): Promise<number> => {
  const taken: number[] = [];
  for (let time = 0; time < times; time++) {
    const start = process.cpuUsage();
    const found = await find(contestant, file);
    const { user, system } = process.cpuUsage(start);
    if (found === 0) throw new Error("Nothing was found: every recording has what is looked for.");
    taken.push((user + system) * 1e3);
  }
  return median(taken.length > 1 ? taken.slice(1) : taken);
});

async function find(contestant: string, path: string): Promise<number> {
  if (contestant === KERNEL) return (await (await openCapture(await openForReading(path))).scan(FILTER)).count;
  return contestant === EVERY_TABLE ? findInTables(path) : findInLines(path);
}

/** Looks at every table: the rows that match, one entry a connection. */
async function findInTables(path: string): Promise<number> {
  const found = new Set<string>();
  const reader = await createFrameReader();
  for await (const { frames } of (await openCapture(await openForReading(path))).frames())
    for (const frame of frames) {
      const change = reader.read(frame);
      if (change === undefined || change.kind === "gap") continue;
      for (const { remoteAddress, remotePort } of change.table.select({ where: FILTER }))
        found.add(`${remoteAddress}:${remotePort}`);
    }
  return found.size;
}

async function findInLines(path: string): Promise<number> {
  const found = new Set<string>();
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
    const { state, remoteAddress, remotePort } = JSON.parse(line);
    if (state === "TIME-WAIT" && remotePort < 2000) found.add(`${remoteAddress}:${remotePort}`);
  }
  return found.size;
}
