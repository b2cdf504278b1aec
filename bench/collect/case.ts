// One way to this machine's table, in a process of its own.
import { wrongRows } from "../contestants/check.js";
import { KERNEL, SS, SYSTEMINFORMATION } from "../contestants/names.js";
import { hexadecimal, unorderedChecksumOf } from "../data/checksum.js";
import { type Effort, nanosecondsOf } from "../measure.js";
import { answer } from "../process.js";
import { type Held, NETWORK } from "./loopback.js";
import { type Sampler, ss, systeminformation, tcptable } from "./samplers.js";

export interface CollectOrder {
  readonly contestant: string;
  /** What it must find in the suite's own network. */
  readonly held: Held;
  readonly effort: Effort;
}

/** Nanoseconds of one sample. */
answer(async ({ contestant, held, effort }: CollectOrder): Promise<number> => {
  const sampler = await open(contestant);
  const rows = (await sampler.rows()).filter((row) => (row.localAddress & NETWORK.mask) === NETWORK.address);
  const checksum = unorderedChecksumOf(rows);
  if (rows.length !== held.rows || checksum !== held.checksum) {
    throw wrongRows(contestant, `${hexadecimal(checksum)} (${rows.length} rows, not ${held.rows})`, held.checksum);
  }
  const nanoseconds = await nanosecondsOf(sampler.sample, effort);
  sampler.close();
  return nanoseconds;
});

async function open(contestant: string): Promise<Sampler> {
  switch (contestant) {
    case KERNEL:
      return tcptable();
    case SS:
      return ss();
    case SYSTEMINFORMATION:
      return systeminformation();
    default:
      throw new Error(`There is no contestant "${contestant}".`);
  }
}
