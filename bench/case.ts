// One case, in a process of its own: no other contestant's code or garbage is in its way. The parent sends what to do.
import { prepare } from "./contestants/all.js";
import { checkRows } from "./contestants/check.js";
import type { Task } from "./contestants/contestant.js";
import { QUESTIONS } from "./data/questions.js";
import { readTables } from "./data/table-file.js";
import type { Kind } from "./data/tables.js";
import { type Effort, nanosecondsOf } from "./measure.js";
import { answer } from "./process.js";

export interface CaseOrder {
  readonly task: Task;
  readonly contestant: string;
  readonly kind: Kind;
  readonly file: string;
  /** How many of the file's tables. */
  readonly tables: number;
  readonly checksum: number;
  readonly effort: Effort;
}

/** Nanoseconds for all tables. */
answer(async ({ task, contestant: name, kind, file, tables: count, checksum, effort }: CaseOrder): Promise<number> => {
  const tables = (await readTables(file)).slice(0, count);
  const contestant = await prepare(name, { task, tables, question: QUESTIONS[kind] }, kind);
  checkRows(name, contestant, tables.length, checksum);
  const nanoseconds = (await nanosecondsOf(contestant.run, effort)) / (contestant.repeats ?? 1);
  return contestant.besides ? nanoseconds - (await nanosecondsOf(contestant.besides, effort)) : nanoseconds;
});
