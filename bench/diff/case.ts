// One way to the difference of tables, in a process of its own.
import { wrongChanges } from "../contestants/check.js";
import { checksumOfChanges } from "../data/series.js";
import { readTables } from "../data/table-file.js";
import { type Effort, nanosecondsOfWork } from "../measure.js";
import { answer } from "../process.js";
import { prepareDiffer } from "./contestants.js";

export interface DiffOrder {
  readonly contestant: string;
  /** Holds the series. */
  readonly file: string;
  /** Of what changed, by those who made it. */
  readonly checksum: number;
  readonly effort: Effort;
}

/** Nanoseconds for all steps of the series. */
answer(async ({ contestant, file, checksum, effort }: DiffOrder): Promise<number> => {
  const differ = await prepareDiffer(contestant, await readTables(file));
  const found = differ.changes?.();
  if (found && checksumOfChanges(found) !== checksum) throw wrongChanges(contestant, found);
  return nanosecondsOfWork(differ, effort);
});
