import type { Connections } from "../reader/connections.js";
import type { Reading } from "../reader/reading.js";
import { openTcpTables } from "../reader/tables.js";
import { openProcessNames } from "../system/system.js";
import type { Arguments } from "./arguments.js";
import { DONE, FAILED } from "./exit-codes.js";
import { namesOfNumbers, queryOf, whereToRead } from "./filters.js";
import { printText } from "./output.js";
import { printConnections } from "./show-reading.js";
import { wantsStatistics } from "./show-summary.js";
import { STDERR } from "./standard-streams.js";
import { readStatistics } from "./statistics.js";
import { statsText } from "./stats.js";
import { columnsToRead } from "./wanted.js";
import { warn, warnOfGaps, warnOfMissingColumns } from "./warnings.js";

/** Reads the tables once, and prints what is asked for. Returns the exit code. */
export async function show(what: Arguments): Promise<number> {
  const { families, owner, engine, order, query } = what;
  const columns = columnsToRead(query, what.columns);
  const where = whereToRead(query.filter);
  const reader = await openTcpTables({ families, owner, columns, engine, order, where });
  try {
    for (const note of what.notes) await warn(note);
    const reading = reader.read();
    const needsNames = what.processes || what.columns?.includes("programPath") || where !== query.filter;
    const names = needsNames ? openProcessNames() : undefined;
    const start = process.hrtime.bigint();
    const connections = reading.select(names ? queryOf(query, reading.samples, names) : query);
    const selectNanoseconds = Number(process.hrtime.bigint() - start);
    const [statistics, error] = wantsStatistics(what) ? readStatistics(families) : [[]];
    await printConnections(connections, what, { names, numbers: namesOfNumbers(), statistics });
    if (error) await warn(`TCP's statistics could not be read: ${error.message}`);
    await warnOfMissingColumns(reader.missingColumns);
    await warnOfGaps(reading);
    if (what.stats) {
      const figures = { selectNanoseconds, sortedHere: what.sortsForTheSystem };
      await printText(statsText(figuresOf(reading, connections, reader.engine), figures), STDERR);
    }
    return error === undefined && reading.complete ? DONE : FAILED;
  } finally {
    reader.close();
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
