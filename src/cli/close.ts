import type { Filter } from "../filter/filter.js";
import { closeConnections } from "../reader/close.js";
import type { ClosingResult, ConnectionsToClose } from "../reader/closing.js";
import { openTcpTables } from "../reader/tables.js";
import { openProcessNames } from "../system/system.js";
import type { CloseArguments } from "./close-arguments.js";
import { wantsColour } from "./colours.js";
import type { ConnectionRow } from "./column-names.js";
import { namedRows } from "./connections.js";
import { DONE, FAILED, MISUSED } from "./exit-codes.js";
import { namesOfNumbers, whereToRead, withOwners } from "./filters.js";
import { print } from "./output.js";
import { STDERR, STDOUT } from "./standard-streams.js";
import { localEnd, remoteEnd, tableLines } from "./table-text.js";
import { defaultColumns } from "./wanted.js";
import { warn, warnOfGaps } from "./warnings.js";

/** Shows the connections that the filter means, asks, and closes them. Returns the exit code. */
export async function close(what: CloseArguments): Promise<number> {
  if (!what.yes && !canAsk()) {
    await warn(
      "close asks before it closes, and here is no terminal to ask on. Add --yes to close without being asked.",
    );
    return MISUSED;
  }
  const { families, owner } = what;
  const where = await withOwnersNow(what);
  const { found, confirmed, results } = await closeConnections({
    families,
    owner,
    where,
    confirm: async (toClose) => {
      await warnOfRest(toClose);
      return what.yes || agrees(toClose, what);
    },
  });
  const isComplete = found.reading.complete;
  if (found.rows.length === 0) {
    await warnOfRest(found);
    await warn("There is no connection to close.");
    return isComplete ? DONE : FAILED;
  }
  if (!confirmed) {
    await warn("Nothing was closed.");
    return FAILED;
  }
  for (const result of results) {
    if (isDone(result)) await print([resultText(result)], STDOUT);
    else await warn(resultText(result));
  }
  return isComplete && results.every(isDone) ? DONE : FAILED;
}

/** The filter with the PIDs of the processes that it names, as they are now: one that begins later is left alone. */
async function withOwnersNow({ families, owner, filter }: CloseArguments): Promise<Filter> {
  const where = whereToRead(filter);
  if (where === filter) return filter;
  const reader = await openTcpTables({ families, owner, where });
  try {
    return withOwners(filter, reader.read().samples, openProcessNames());
  } finally {
    reader.close();
  }
}

/** Whether a connection is gone, as was wanted. */
function isDone({ outcome }: ClosingResult): boolean {
  return outcome === "closed" || outcome === "gone";
}

/** What became of a connection, one sentence or two. @param platform the operating system: each has its own reasons */
export function resultText(result: ClosingResult, platform = process.platform): string {
  const { row } = result;
  const ends = `${localEnd(row)} to ${remoteEnd(row)}`;
  switch (result.outcome) {
    case "closed":
      return `Closed ${ends}, which was ${row.state}.`;
    case "gone":
      return `${ends} ${result.withPeer ? "went with its other end" : "had gone already"}.`;
    case "replaced":
      return `${ends} is another connection now and was left alone.`;
    case "changed":
      return `${ends} is ${result.now.state} now, which the filter does not match, and was left alone.`;
    case "remains": {
      const hint = platform === "win32" ? ": Wine's SetTcpEntry, for one, does nothing" : "";
      return `${ends} is still there, ${result.now.state}, although the system said that it closed it${hint}.`;
    }
    case "unverified":
      return `The system said that it closed ${ends}, but the table could not be read again to see: ${result.error.message}`;
    case "refused": {
      const { name = "unknown code", number, text } = result.code;
      const answer = `${name} (${number}): ${text.replace(/[.\s]*$/, ".")}`;
      return `${ends} was not closed: ${answer} ${result.advice}`;
    }
  }
}

/** Tells what is not closed: what could not be read, and listeners that the filter did not name. */
async function warnOfRest({ reading, sparedListeners }: ConnectionsToClose): Promise<void> {
  await warnOfGaps(reading);
  if (sparedListeners > 0) await warn(sparedText(sparedListeners));
}

/** Shows the connections, and asks about them. */
async function agrees({ rows }: ConnectionsToClose, what: CloseArguments): Promise<boolean> {
  const named: ConnectionRow[] = [...namedRows(rows, { processes: what.processes ? openProcessNames() : undefined })];
  const look = {
    header: true,
    colour: wantsColour(STDOUT, process.env),
    width: STDOUT.columns,
    interfaces: namesOfNumbers(),
  };
  await print(tableLines(named, defaultColumns({ ...what, families: [] }), look), STDOUT);
  const question = rows.length === 1 ? "Close this connection?" : `Close these ${rows.length} connections?`;
  // Here alone: it would take the start of every other command longer.
  const { createInterface } = await import("node:readline/promises");
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // The end of the input, Ctrl+D, is no consent.
    const ended = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
    return isYes(await Promise.race([asking.question(`${question} [y/N] `), ended]));
  } finally {
    asking.close();
  }
}

/** `y` and `yes` alone, in small letters or large. */
export function isYes(answer: string): boolean {
  return /^\s*y(es)?\s*$/i.test(answer);
}

function canAsk(): boolean {
  return Boolean(process.stdin.isTTY && STDERR.isTTY);
}

function sparedText(count: number): string {
  const match = count === 1 ? "listening socket matches and stays" : "listening sockets match and stay";
  return `${count} ${match} open. Only a filter that says "state listening" closes those.`;
}
