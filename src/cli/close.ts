import { closeConnection } from "../reader/close.js";
import { openTcpTables } from "../reader/tables.js";
import type { CloseResult } from "../system/contract.js";
import { openProcessNames } from "../system/system.js";
import type { CloseArguments } from "./close-arguments.js";
import { wantsColour } from "./colours.js";
import type { ConnectionRow } from "./column-names.js";
import { merge, type Place, queryFor, rowsAt } from "./connections.js";
import { DONE, FAILED, MISUSED } from "./exit-codes.js";
import { print } from "./output.js";
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
  const reader = await openTcpTables({ families: what.families, owner: what.owner });
  try {
    const reading = reader.read();
    await warnOfGaps(reading);
    const selections = reading.samples.map(({ table }) => table.select(queryFor(what.query, table.family)));
    const places = [...merge(selections, what.query)];
    const rows = [...rowsAt(places, what.processes ? openProcessNames() : undefined)];
    const isMeant = ({ state }: ConnectionRow) => what.listeners || state !== "LISTEN";
    const meant = rows.filter(isMeant);
    if (meant.length < rows.length) await warn(sparedListeners(rows.length - meant.length));
    if (meant.length === 0) {
      await warn("There is no connection to close.");
    } else {
      if (!what.yes && !(await agrees(meant, what))) {
        await warn("Nothing was closed.");
        return FAILED;
      }
      const isMeantAt = (_: Place, at: number) => isMeant(rows[at] as ConnectionRow);
      if (!(await closeAll(places.filter(isMeantAt), meant))) return FAILED;
    }
    return reading.complete ? DONE : FAILED;
  } finally {
    reader.close();
  }
}

/** What a connection that was not closed is told as: the system's answer, and what to do. */
export function refusalText(row: ConnectionRow, { code, advice }: Extract<CloseResult, { closed: false }>): string {
  const { name = "unknown code", number, text } = code;
  const answer = `${name} (${number}): ${text.replace(/[.\s]*$/, ".")}`;
  return `${endsOf(row)} was not closed: ${answer} ${advice}`;
}

/** Closes what stands at these places, whose rows are given too. Returns whether all of it was closed. */
async function closeAll(places: readonly Place[], rows: readonly ConnectionRow[]): Promise<boolean> {
  let closed = 0;
  for (const [at, { table, index }] of places.entries()) {
    const row = rows[at] as ConnectionRow;
    const result = closeConnection(table, index);
    if (result.closed) {
      closed++;
      await print([`Closed ${endsOf(row)}, which was ${row.state}.`], process.stdout);
    } else {
      await warn(refusalText(row, result));
    }
  }
  return closed === places.length;
}

/** Shows the connections, and asks about them. */
async function agrees(rows: readonly ConnectionRow[], what: CloseArguments): Promise<boolean> {
  const look = { header: true, colour: wantsColour(process.stdout, process.env) };
  await print(tableLines(rows, defaultColumns({ ...what, families: [] }), look), process.stdout);
  const question = rows.length === 1 ? "Close this connection?" : `Close these ${rows.length} connections?`;
  // Here alone: it would take the start of every other command longer.
  const { createInterface } = await import("node:readline/promises");
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // The end of the input, Ctrl+D, is no consent.
    const ended = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
    const answer = await Promise.race([asking.question(`${question} [y/N] `), ended]);
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    asking.close();
  }
}

function canAsk(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

function endsOf(row: ConnectionRow): string {
  return `${localEnd(row)} to ${remoteEnd(row)}`;
}

function sparedListeners(count: number): string {
  const match = count === 1 ? "listening socket matches and stays" : "listening sockets match and stay";
  return `${count} ${match} open. Only a filter that says "state listening" closes those.`;
}
