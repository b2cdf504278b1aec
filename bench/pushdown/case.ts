// One way to some rows of a table, in a process of its own.

import { openTcpTable } from "tcptable";
import { compileQuery } from "tcptable/decoder";
import type { Held } from "../collect/loopback.js";
import { type Sampler, ss } from "../collect/samplers.js";
import { wrongRows } from "../contestants/check.js";
import { rowsOf } from "../contestants/engines.js";
import { KERNEL, SS_FILTER, WHOLE_TABLE } from "../contestants/names.js";
import { hexadecimal, unorderedChecksumOf } from "../data/checksum.js";
import { type Effort, nanosecondsOf } from "../measure.js";
import { answer } from "../process.js";

export interface PushdownOrder {
  readonly contestant: string;
  readonly where: string;
  /** The same for ss, as words. */
  readonly ssWords: readonly string[];
  /** What matches. */
  readonly held: Held;
  readonly effort: Effort;
}

/** Nanoseconds of one sample. */
answer(async ({ contestant, where, ssWords, held, effort }: PushdownOrder): Promise<number> => {
  const sampler = await open(contestant, where, ssWords);
  const rows = await sampler.rows();
  const checksum = unorderedChecksumOf(rows);
  if (rows.length !== held.rows || checksum !== held.checksum) {
    throw wrongRows(contestant, `${hexadecimal(checksum)} (${rows.length} rows, not ${held.rows})`, held.checksum);
  }
  const nanoseconds = await nanosecondsOf(sampler.sample, effort);
  sampler.close();
  return nanoseconds;
});

async function open(contestant: string, where: string, ssWords: readonly string[]): Promise<Sampler> {
  switch (contestant) {
    case KERNEL:
      return reads(where, where);
    case WHOLE_TABLE:
      return reads(undefined, where);
    case SS_FILTER:
      return ss(ssWords);
    default:
      throw new Error(`There is no contestant "${contestant}".`);
  }
}

/** @param hint what the operating system is asked for; the filter is what is selected of that */
async function reads(hint: string | undefined, filter: string): Promise<Sampler> {
  const reader = await openTcpTable({ where: hint });
  const query = compileQuery({ where: filter });
  let table = reader.read();
  let selection = table.select(query);
  return {
    sample() {
      table = reader.read(table);
      selection = table.select(query, selection);
      return selection.length;
    },
    rows: async () => [...rowsOf(reader.read().select(query))],
    close: () => reader.close(),
  };
}
