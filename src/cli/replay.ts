import type { ColumnName } from "../format/columns.js";
import type { Moment } from "../frames/index.js";
import { Connections } from "../reader/connections.js";
import { FamilyQueries } from "../reader/order.js";
import { DONE, FAILED } from "./exit-codes.js";
import { queryOf } from "./filters.js";
import { type Recording, timeWithin, withRecording } from "./recording.js";
import type { ReplayArguments } from "./replay-arguments.js";
import { replayEvents } from "./replay-events.js";
import { printConnections } from "./show-reading.js";
import { STDERR } from "./standard-streams.js";
import { clockText, Zone, zoneText } from "./times.js";
import { printable } from "./unsafe-text.js";
import { columnsToRead } from "./wanted.js";
import { missingColumnsText, warn } from "./warnings.js";

/** Shows what was recorded as the other commands show what is. Returns the exit code. */
export async function replay(what: ReplayArguments): Promise<number> {
  return withRecording(what.file, what.engine, async (recording) => {
    await warnOfOwners(recording, what);
    return what.events ? replayEvents(recording, what, process) : showMoment(recording, what);
  });
}

/** Prints the connections that there were at a time. */
async function showMoment({ capture, span }: Recording, what: ReplayArguments): Promise<number> {
  const { families, query, processes } = what;
  const moment = await capture.at(what.at === undefined ? span.end : timeWithin("--at", what.at, span));
  const samples = moment.changes.filter(({ table }) => families.includes(table.family));
  if (what.format === "table" && STDERR.isTTY)
    await warn(`${momentText(capture.metadata.host, moment, what.utc ? new Zone("UTC") : span.zone)}`);
  const recordedNames = { nameOf: (pid: number) => moment.nameOf(pid) };
  const resolved = queryOf(query, samples, recordedNames);
  const connections = new Connections().refresh(samples, resolved, new FamilyQueries());
  const names = processes ? recordedNames : undefined;
  await printConnections(connections, what, { names, statistics: [], owners: capture.metadata.owner !== "" });
  await warnOfMissingColumns(samples, columnsToRead(query, what.columns));
  const gaps = moment.gaps.filter(({ family }) => families.includes(family));
  for (const { family, reason } of gaps) await warn(`IPv${family} could not be read then: ${printable(reason)}`);
  return gaps.length > 0 ? FAILED : DONE;
}

/** Whose connections are shown, and when they were. */
function momentText(host: string, { time }: Moment, zone: Zone): string {
  const { date, clock } = clockText(time, zone.offsetAt(time));
  return `${host ? `${printable(host)} at ` : ""}${date} ${clock} (${zoneText(time, zone)})`;
}

async function warnOfMissingColumns(
  samples: readonly Pick<Moment["changes"][number], "table">[],
  wanted: readonly ColumnName[],
): Promise<void> {
  const missing = wanted.filter((column) => samples.every(({ table }) => table.columns[column] === undefined));
  if (samples.length > 0 && missing.length > 0) await warn(missingColumnsText(missing, "This recording does not hold"));
}

/** Who asks for owners gets none from a recording that was made without. */
async function warnOfOwners({ capture }: Recording, { owner }: ReplayArguments): Promise<void> {
  if (owner !== undefined && capture.metadata.owner === "")
    await warn("This recording was made without owners: no PIDs are known. Record with -p to have them.");
}
