import type { Selection } from "../decoder/table/table.js";
import type { Sample } from "../reader/reader.js";
import { openTcpTables, type TcpTablesReader } from "../reader/tables.js";
import { openProcessNames } from "../system/system.js";
import type { Arguments } from "./arguments.js";
import { wantsColour } from "./colours.js";
import { merge, queryFor, rowsAt } from "./connections.js";
import { DONE, FAILED } from "./exit-codes.js";
import { csvLines, jsonLines, ndjsonLines, onlyColumns } from "./formats.js";
import { print, printText } from "./output.js";
import { showSummary } from "./show-summary.js";
import { statsText } from "./stats.js";
import { tableLines } from "./table-text.js";
import { defaultColumns } from "./wanted.js";
import { warnOfGaps, warnOfMissingColumns } from "./warnings.js";

/** A family's table, and the rows of it that are asked for. */
interface Selected {
  readonly sample: Sample;
  readonly selection: Selection;
  readonly selectNanoseconds: number;
}

/** Reads the tables once, and prints what is asked for. Returns the exit code. */
export async function show(what: Arguments): Promise<number> {
  const { families, owner, engine, order } = what;
  const columns = what.columns?.filter((column) => column !== "processName");
  const reader = await openTcpTables({ families, owner, columns, engine, order });
  try {
    const reading = reader.read();
    const selected = reading.samples.map((sample) => select(sample, what));
    const selections = selected.map(({ selection }) => selection);
    const isWhole = what.summary
      ? await showSummary(selections, what)
      : await print(linesOf(selections, what), process.stdout).then(() => true);
    await warnOfMissingColumns(reader.missingColumns);
    await warnOfGaps(reading);
    if (what.stats) await printText(statsOf(selected, reader, what), process.stderr);
    return isWhole && reading.complete ? DONE : FAILED;
  } finally {
    reader.close();
  }
}

function select(sample: Sample, { query }: Arguments): Selected {
  const { table } = sample;
  const start = process.hrtime.bigint();
  const selection = table.select(queryFor(query, table.family));
  return { sample, selection, selectNanoseconds: Number(process.hrtime.bigint() - start) };
}

function linesOf(selections: readonly Selection[], what: Arguments): Iterable<string> {
  const { format, header } = what;
  const rows = rowsAt(merge(selections, what.query), what.processes ? openProcessNames() : undefined);
  switch (format) {
    case "json":
      return jsonLines(what.columns ? onlyColumns(rows, what.columns) : rows);
    case "ndjson":
      return ndjsonLines(what.columns ? onlyColumns(rows, what.columns) : rows);
    case "csv":
      return csvLines(rows, what.columns ?? defaultColumns(what), { header, onTerminal: process.stdout.isTTY });
    case "table": {
      // Addresses have their scopes behind them.
      const columns = what.columns ?? defaultColumns({ ...what, families: [] });
      return tableLines([...rows], columns, { header, colour: wantsColour(process.stdout, process.env) });
    }
  }
}

function statsOf(selected: readonly Selected[], reader: TcpTablesReader, what: Arguments): string {
  const texts = selected.map(({ sample, selection, selectNanoseconds }) => {
    const { table, collection, decodeNanoseconds } = sample;
    return statsText({
      family: table.family,
      source: sample.source,
      engine: reader.engine,
      rows: table.length,
      selected: selection.length,
      attempts: collection.attempts,
      collectNanoseconds: collection.nanoseconds,
      decodeNanoseconds,
      selectNanoseconds,
      sortedHere: what.sortsForTheSystem,
    });
  });
  return texts.join("\n");
}
