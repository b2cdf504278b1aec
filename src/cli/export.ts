import { setImmediate } from "node:timers/promises";
import type { TimeRange } from "../capture/types.js";
import { compileQuery, type Query } from "../decoder/query.js";
import { throwIfAborted } from "../format/abort.js";
import type { Moment } from "../frames/index.js";
import { DONE, FAILED } from "./exit-codes.js";
import type { ExportArguments, ExportFormat } from "./export-arguments.js";
import { EVENT_COLUMNS, eventValues, type Recorded, ROW_COLUMNS, rowValues } from "./export-columns.js";
import { ExportFile } from "./export-file.js";
import type { CreateRows, ExportRows } from "./export-rows.js";
import { Progress } from "./progress.js";
import { bytesText } from "./quantities.js";
import { type Recording, rangeOf, withRecording } from "./recording.js";
import { wantedEvents } from "./replay-events.js";
import { STDERR } from "./standard-streams.js";
import { onStopSignal } from "./stopping.js";
import { createCsvRows, createNdjsonRows } from "./text-rows.js";
import { warn } from "./warnings.js";

/** Writes a recording into a file for other programs. Returns the exit code. */
export async function exportRecording(what: ExportArguments): Promise<number> {
  return withRecording(what.file, what.engine, async (recording) => {
    const stopping = new AbortController();
    const stopListening = onStopSignal(() => stopping.abort());
    const range = rangeOf(what, recording.span);
    const createRows = await writerOf(what.format);
    const file = new ExportFile(what.out, what.force);
    try {
      const { version } = recording.capture.metadata;
      const rows = createRows(file, what.events ? EVENT_COLUMNS : ROW_COLUMNS, `tcptable ${version}`);
      await writeRows(recording, what, { ...range, signal: stopping.signal }, rows);
      await letSignalsCome();
      stopping.signal.throwIfAborted();
      rows.finish();
      file.finish();
      if (STDERR.isTTY) await warn(`${rows.length} rows, ${bytesText(file.size)}.`);
      return DONE;
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
      await warn(`Stopped. ${what.out} was not written.`);
      return FAILED;
    } finally {
      file.abandon();
      stopListening();
    }
  });
}

/** Signals are heard between two turns of Node's loop: of a small recording, that would be after its end. */
async function letSignalsCome(): Promise<void> {
  // The second one is a turn later.
  await setImmediate();
  await setImmediate();
}

/** Libraries are loaded where they are asked for: each has a bundle of its own, see build.mjs. */
async function writerOf(format: ExportFormat): Promise<CreateRows> {
  switch (format) {
    case "parquet":
      return (await import("./parquet-rows.js")).createParquetRows;
    case "arrow":
      return (await import("./arrow-rows.js")).createArrowRows;
    case "csv":
      return createCsvRows;
    case "ndjson":
      return createNdjsonRows;
  }
}

type Exported = Pick<ExportArguments, "events" | "filter" | "families">;

async function writeRows(
  { capture, span }: Recording,
  what: Exported,
  range: TimeRange,
  rows: ExportRows,
): Promise<void> {
  const { events, filter } = what;
  const { from = span.start, to = span.end, signal } = range;
  const progress = new Progress("Exporting");
  const owners = capture.metadata.owner !== "";
  const query = compileQuery({ where: filter });
  try {
    for await (const moment of capture.moments({ ...range, where: events ? filter : undefined })) {
      const recorded: Recorded = { owners, nameOf: (pid) => moment.nameOf(pid) };
      if (events) addEvents(moment, what, recorded, rows);
      else addConnections(moment, query, recorded, rows);
      progress.show((moment.time - from) / (to - from));
      // What is read from memory alone would let no signal through.
      throwIfAborted(signal);
    }
  } finally {
    progress.hide();
  }
}

function addEvents(moment: Moment, { families }: Exported, recorded: Recorded, rows: ExportRows): void {
  const wanted = { families, owner: recorded.owners ? ("pid" as const) : undefined };
  for (const event of wantedEvents(moment, wanted)) rows.add(eventValues(event, recorded));
}

function addConnections({ changes, time, tick }: Moment, query: Query, recorded: Recorded, rows: ExportRows): void {
  for (const { table } of changes) {
    const sample = { time, tick, layout: table.layout };
    for (const row of table.select(query)) rows.add(rowValues(row, sample, recorded));
  }
}
