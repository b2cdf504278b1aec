// One way to send or to receive tables, in a process of its own.
import { readTables } from "../data/table-file.js";
import { type Effort, nanosecondsOfWork } from "../measure.js";
import { answer } from "../process.js";
import { type Direction, prepareCarrier } from "./contestants.js";

export interface CarryOrder {
  readonly contestant: string;
  readonly direction: Direction;
  /** Holds the series. */
  readonly file: string;
  readonly effort: Effort;
}

/** Nanoseconds for all tables of the series but the first. */
answer(async ({ contestant, direction, file, effort }: CarryOrder): Promise<number> => {
  const carrier = await prepareCarrier(contestant, direction, await readTables(file));
  carrier.check();
  return nanosecondsOfWork(carrier, effort);
});
