import { rm } from "node:fs/promises";
import { join } from "node:path";
import { KERNEL } from "../contestants/names.js";
import { RAW } from "../frames/names.js";
import { ask } from "../process.js";
import type { ScanOrder } from "../recording/case.js";
import { BusyTable, type RecordedLayout, writeJsonLines, writeRecording, zstdCompression } from "../recording/hour.js";
import {
  AN_HOUR,
  EVERY_TABLE,
  HOUR_ROWS,
  HOUR_SAMPLES,
  JSON_LINES,
  RECORDED,
  RECORDED_ZSTD,
} from "../recording/names.js";
import { RECORDING, type SizeMeasurement } from "../results.js";
import type { Case } from "../turns.js";
import type { Run } from "./suite.js";

export const RECORDED_LAYOUTS: readonly RecordedLayout[] = ["LINUX_TCPTABLE", "MIB_TCPTABLE"];
/** Samples of a quick run: three minutes. */
export const QUICK_SAMPLES = 1_800;
/** Samples that are written as lines: an hour of them would take minutes to read, and each sample takes the same. */
const LINE_SAMPLES = 200;

/** An hour's recording: its size, and how long it takes to find connections in it. */
export async function* recordingCases(
  quick: boolean,
  run: Run,
  onSizes: (sizes: SizeMeasurement[]) => void,
): AsyncGenerator<Case> {
  const samples = quick ? QUICK_SAMPLES : HOUR_SAMPLES;
  const rows = HOUR_ROWS;
  if (!zstdCompression()) run.note("recording: no zstd, which Node has from 22.15 on");
  run.note(`recording: ${JSON_LINES} are of ${LINE_SAMPLES} samples, and their time is multiplied`);
  for (const layout of RECORDED_LAYOUTS) {
    const file = join(run.folder, `${layout}.mcap`);
    const lines = join(run.folder, `${layout}.ndjson.gz`);
    const bytes: Record<string, number> = { [RAW]: new BusyTable(layout, rows).bytes.length };
    bytes[RECORDED] = (await writeRecording(file, layout, { rows, samples })) / samples;
    if (zstdCompression()) {
      const compressed = `${file}.zstd`;
      bytes[RECORDED_ZSTD] = (await writeRecording(compressed, layout, { rows, samples, zstd: true })) / samples;
      await rm(compressed);
    }
    bytes[JSON_LINES] = (await writeJsonLines(lines, layout, { rows, samples: LINE_SAMPLES })) / LINE_SAMPLES;
    const kind = `${layout}${quick ? ", three minutes" : AN_HOUR}`;
    onSizes(
      Object.entries(bytes).map(([what, mean]) => ({
        ...{ suite: RECORDING, kind, size: rows, what, bytes: Math.round(mean) },
      })),
    );
    const program = new URL("recording/case.js", run.programs);
    const entrant = (name: string, order: Omit<ScanOrder, "contestant">, factor = 1) => ({
      name,
      measure: async () => factor * (await ask<number>(program, { contestant: name, ...order } satisfies ScanOrder)),
    });
    yield {
      ...{ suite: RECORDING, kind, size: rows, rows: rows * samples },
      entrants: [
        entrant(KERNEL, { file, times: run.effort.samples + 1 }),
        entrant(EVERY_TABLE, { file, times: 1 }),
        entrant(JSON_LINES, { file: lines, times: 1 }, samples / LINE_SAMPLES),
      ],
    };
    await Promise.all([rm(file), rm(lines)]);
  }
}
