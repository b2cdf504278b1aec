import { rm } from "node:fs/promises";
import { join } from "node:path";
import { encodeTable } from "../../test/support/tables.js";
import { checksumOfChanges, makeSeries, type Order, type Series } from "../data/series.js";
import { writeTables } from "../data/table-file.js";
import type { Kind } from "../data/tables.js";
import type { DiffOrder } from "../diff/case.js";
import { DIFFERS } from "../diff/contestants.js";
import { ask } from "../process.js";
import { DIFF, DIFF_UNRELATED } from "../results.js";
import type { Case } from "../turns.js";
import type { Run } from "./suite.js";

/** Rows that are compared before one comes again: more than a branch predictor keeps in mind. */
const DIFFERENT_ROWS = 40_000;
const STEPS_AT_MOST = 64;

/** From how many tables to the next one a case goes. */
export function stepsOf(size: number): number {
  return Math.min(STEPS_AT_MOST, Math.max(2, Math.ceil(DIFFERENT_ROWS / Math.max(1, size))));
}

const SUITES: Readonly<Record<Order, string>> = { kept: DIFF, unrelated: DIFF_UNRELATED };

/** What changed between consecutive tables, in an operating system's stable order and in none. */
export async function* diffCases(run: Run): AsyncGenerator<Case> {
  for (const kind of run.kinds) {
    for (const order of ["kept", "unrelated"] as const) {
      for (const size of run.sizes) {
        const { series, file } = await writeSeries(kind, size, order, run);
        const checksum = checksumOfChanges(series.changes);
        yield {
          suite: SUITES[order],
          kind,
          size,
          rows: size * series.changes.length,
          entrants: DIFFERS.map((contestant) => ({
            name: contestant,
            measure: () =>
              ask<number>(new URL("diff/case.js", run.programs), {
                contestant,
                file,
                checksum,
                effort: run.effort,
              } satisfies DiffOrder),
          })),
        };
        await rm(file);
      }
    }
  }
}

/** A series in a file, for the processes of the contestants. */
export async function writeSeries(
  kind: Kind,
  size: number,
  order: Order,
  { folder }: Pick<Run, "folder">,
): Promise<{ series: Series; tables: Uint8Array[]; file: string }> {
  const series = makeSeries(kind, size, stepsOf(size), order);
  const tables = series.tables.map((rows) => encodeTable(rows));
  const file = join(folder, `series-${kind}-${size}-${order}`);
  await writeTables(file, tables);
  return { series, tables, file };
}
