import { rm } from "node:fs/promises";
import { CHECKSUM_START, checksumOf } from "../data/checksum.js";
import type { CarryOrder } from "../frames/case.js";
import { carriersOf, DIRECTIONS, type Direction } from "../frames/contestants.js";
import { sizesOfSeries } from "../frames/sizes.js";
import { ask } from "../process.js";
import { FRAMES_READ, FRAMES_WRITE, type SizeMeasurement } from "../results.js";
import type { Case } from "../turns.js";
import { writeSeries } from "./diff.js";
import type { Run } from "./suite.js";
import { memcpyEntrant } from "./tables.js";

const SUITES: Readonly<Record<Direction, string>> = { write: FRAMES_WRITE, read: FRAMES_READ };

/**
 * Consecutive tables into frames and back, beside what people send instead.
 *
 * @param onSizes bytes that were counted, for each kind and size
 */
export async function* framesCases(run: Run, onSizes: (sizes: SizeMeasurement[]) => void): AsyncGenerator<Case> {
  const memcpy = await memcpyEntrant(run);
  for (const kind of run.kinds) {
    const perSize = [];
    for (const size of run.sizes) {
      const { series, tables, file } = await writeSeries(kind, size, "kept", run);
      perSize.push({ size, series, tables, file });
      onSizes(await sizesOfSeries(tables, { suite: "frames", kind, size }));
    }
    for (const direction of DIRECTIONS) {
      for (const { size, series, file } of perSize) {
        const steps = series.changes.length;
        const checksum = series.tables.slice(0, steps).reduce((sum, rows) => checksumOf(rows, sum), CHECKSUM_START);
        yield {
          suite: SUITES[direction],
          kind,
          size,
          rows: size * steps,
          entrants: [
            ...carriersOf(direction).map((contestant) => ({
              name: contestant,
              measure: () =>
                ask<number>(new URL("frames/case.js", run.programs), {
                  contestant,
                  direction,
                  file,
                  effort: run.effort,
                } satisfies CarryOrder),
            })),
            ...(memcpy && direction === "read"
              ? [memcpy({ file, tables: steps, checksum, kind, effort: run.effort })]
              : []),
          ],
        };
      }
    }
    for (const { file } of perSize) await rm(file);
  }
}
