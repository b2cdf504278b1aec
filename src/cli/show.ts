import type { Connections } from "../reader/connections.js";
import type { Reading } from "../reader/reading.js";
import { openTcpTables } from "../reader/tables.js";
import { openProcessNames } from "../system/system.js";
import type { Arguments } from "./arguments.js";
import { wantsColour } from "./colours.js";
import { namedRows } from "./connections.js";
import { DONE, FAILED } from "./exit-codes.js";
import { csvLines, jsonLines, ndjsonLines, onlyColumns } from "./formats.js";
import { print, printText } from "./output.js";
import { showSummary } from "./show-summary.js";
import { STDERR, STDOUT } from "./standard-streams.js";
import { statsText } from "./stats.js";
import { tableLines } from "./table-text.js";
import { columnsToRead, defaultColumns } from "./wanted.js";
import { warnOfGaps, warnOfMissingColumns } from "./warnings.js";

/** Reads the tables once, and prints what is asked for. Returns the exit code. */
export async function show(what: Arguments): Promise<number> {
  const { families, owner, engine, order, query } = what;
  const columns = columnsToRead(query, what.columns);
  const reader = await openTcpTables({ families, owner, columns, engine, order, where: query.filter });
  try {
    const reading = reader.read();
    const start = process.hrtime.bigint();
    const connections = reading.select(query);
    const selectNanoseconds = Number(process.hrtime.bigint() - start);
    const isWhole = what.summary
      ? await showSummary(connections, what)
      : await print(linesOf(connections, what), STDOUT).then(() => true);
    await warnOfMissingColumns(reader.missingColumns);
    await warnOfGaps(reading);
    if (what.stats) {
      const figures = { selectNanoseconds, sortedHere: what.sortsForTheSystem };
      await printText(statsText(figuresOf(reading, connections, reader.engine), figures), STDERR);
    }
    return isWhole && reading.complete ? DONE : FAILED;
  } finally {
    reader.close();
  }
}

function linesOf(connections: Connections, what: Arguments): Iterable<string> {
  const { format, header } = what;
  const rows = namedRows(connections.inPlace(), what.processes ? openProcessNames() : undefined);
  switch (format) {
    case "json":
      return jsonLines(what.columns ? onlyColumns(rows, what.columns) : rows);
    case "ndjson":
      return ndjsonLines(what.columns ? onlyColumns(rows, what.columns) : rows);
    case "csv":
      return csvLines(rows, what.columns ?? defaultColumns(what), { header, onTerminal: STDOUT.isTTY });
    case "table": {
      // Addresses have their scopes behind them.
      const columns = what.columns ?? defaultColumns({ ...what, families: [] });
      return tableLines(rows, columns, { header, colour: wantsColour(STDOUT, process.env) });
    }
  }
}

function figuresOf({ samples }: Reading, { selections }: Connections, engine: string) {
  return samples.map(({ source, asked, table, collection, decodeNanoseconds }, at) => ({
    family: table.family,
    source,
    asked,
    engine,
    rows: table.length,
    selected: selections[at]?.length ?? 0,
    unknownOwners: collection.unknownOwners ?? 0,
    attempts: collection.attempts,
    collectNanoseconds: collection.nanoseconds,
    decodeNanoseconds,
  }));
}
