import { setTimeout } from "node:timers/promises";
import type { Query } from "../decoder/query.js";
import type { TcpRow } from "../decoder/table/row.js";
import type { TcpTable } from "../decoder/table/table.js";
import type { Filter } from "../filter/filter.js";
import { namedListeners } from "../filter/named-listeners.js";
import { AbortError, type AbortSignalLike, unlessAborted } from "../format/abort.js";
import type { Family } from "../format/layouts.js";
import { MIB_TCP_STATE } from "../format/states.js";
import type { CloseResult } from "../system/contract.js";
import type { SystemCode } from "../system/errors.js";
import type { RowPosition } from "./connections.js";
import { type Identity, identityOf, isSameConnection } from "./identity.js";
import { bothOf } from "./order.js";
import type { Reading } from "./reading.js";
import type { TcpTablesReader } from "./tables.js";

/** What is to be closed, as it is now. */
export interface ConnectionsToClose {
  /** In the query's order. */
  readonly rows: readonly TcpRow[];
  /** How many listening sockets the filter matches and none of its words names (`state listening` does): they stay open. */
  readonly sparedListeners: number;
  /** What they were found in. Its tables are stale once `confirm` has answered; `failures` and the samples' numbers stay. */
  readonly reading: Reading;
}

/** Decides whether what was found is to be closed. */
export type Confirm = (found: ConnectionsToClose) => boolean | Promise<boolean>;

/** What became of the connections that were to be closed. */
export interface Closing {
  /** What the filter had found, and `confirm` was asked of. */
  readonly found: ConnectionsToClose;
  /** Whether `confirm` said yes. If not, `results` is empty. */
  readonly confirmed: boolean;
  /** One for each of `found.rows`, in the same order. */
  readonly results: readonly ClosingResult[];
}

/** What became of one connection; `row` is how it was when it was found. */
export type ClosingResult = Outcome & { readonly row: TcpRow };

export type Outcome =
  | {
      /** The system closed it, and it is gone. */
      readonly outcome: "closed";
    }
  | {
      /** It had ended before it could be closed. */
      readonly outcome: "gone";
      /** Whether it went with its other end, which is on this machine too and was closed before it. */
      readonly withPeer: boolean;
    }
  | {
      /** Left alone. `replaced`: another connection has its ends now. `changed`: the filter does not match it any more. */
      readonly outcome: "replaced" | "changed";
      readonly now: TcpRow;
    }
  | {
      /** The system refused to close it. */
      readonly outcome: "refused";
      readonly code: SystemCode;
      /** What to do, one sentence. */
      readonly advice: string;
    }
  | {
      /** The system said that it closed it, and it is still there. */
      readonly outcome: "remains";
      readonly now: TcpRow;
    }
  | {
      /** The system said that it closed it, and the table could not be read again to see. */
      readonly outcome: "unverified";
      readonly error: Error;
    };

/** Milliseconds after which what is still there is looked at once more: a system may take its time. */
const SECOND_LOOK = 50;

/**
 * Finds, asks, looks again, closes, and looks whether it is so.
 *
 * @param reader its tables have the columns of the identity; it has no `where`
 * @param close closes the connection of a row
 * @param signal ends the wait for `confirm`; afterwards it is too late
 * @throws {AbortError} the signal has come before anything was closed
 */
export async function closeSelected(
  reader: TcpTablesReader,
  query: Query & { readonly filter: Filter },
  confirm: Confirm,
  close: (table: TcpTable, index: number) => CloseResult,
  signal?: AbortSignalLike,
): Promise<Closing> {
  if (signal?.aborted) throw new AbortError(signal.reason);
  const where = closableBy(query.filter);
  const reading = reader.read();
  const sparedListeners = reading.select({ where: query.filter }).length - reading.select({ where }).length;
  const selected = reading.select({ ...query, filter: where });
  const rows = selected.toArray();
  const identities = rows.map((_, place) => identityOf(selected.tableAt(place), selected.indexAt(place)));
  const found = { rows, sparedListeners, reading };
  // A family that could not be read from the start has no rows here, and is no reason to leave the other's.
  const families = reading.samples.map(({ table }) => table.family);
  if (rows.length === 0 || !(await unlessAborted(askedOf(confirm, found), signal)))
    return { found, confirmed: false, results: [] };

  const again = readAll(reader, families);
  const present = new PresentRows(again, identities);
  const matching = new Map(again.select({ where }).selections.map(({ table, indices }) => [table, new Set(indices)]));
  // Nothing else happens between this look and the calls that close.
  const attempts = identities.map((identity): Attempt => {
    const same = present.find(identity);
    if (!same) return { identity, outcome: present.replacementOf(identity) };
    const { table, index } = same;
    if (!matching.get(table)?.has(index)) return { identity, outcome: { outcome: "changed", now: table.row(index) } };
    return { identity, answer: close(table, index) };
  });
  const outcomes = await verify(() => readAll(reader, families), attempts);
  return { found, confirmed: true, results: rows.map((row, at) => ({ row, ...(outcomes[at] as Outcome) })) };
}

/** What `confirm` says, also where it says so at once. */
async function askedOf(confirm: Confirm, found: ConnectionsToClose): Promise<boolean> {
  return confirm(found);
}

/** The filter of what may be closed: listeners only where the words name them. */
function closableBy(filter: Filter): Filter {
  const states = new Uint8Array(256).fill(1);
  states[MIB_TCP_STATE.LISTEN] = 0;
  const connected = { kind: "state", states } as const;
  const named = namedListeners(filter);
  const expression = named ? ({ kind: "or", operands: [connected, named.expression] } as const) : connected;
  return bothOf(filter, { text: filter.text, expression }) as Filter;
}

/** What was done about a connection: left alone, or the system's answer. */
type Attempt = { readonly identity: Identity } & (
  | { readonly outcome: Outcome; readonly answer?: never }
  | { readonly answer: CloseResult; readonly outcome?: never }
);

/** Reads these families. @throws the error of one that can't be read */
function readAll(reader: TcpTablesReader, families: readonly Family[]): Reading {
  const reading = reader.read();
  const failure = reading.failures.find(({ family }) => families.includes(family));
  if (failure) throw failure.error;
  return reading;
}

/** Reads the tables once more, and tells what is so. */
async function verify(read: () => Reading, attempts: readonly Attempt[]): Promise<Outcome[]> {
  if (!attempts.some(({ answer }) => answer)) return attempts.map(({ outcome }) => outcome as Outcome);
  let outcomes = look(read, attempts);
  if (outcomes.some(({ outcome }) => outcome === "remains")) {
    await setTimeout(SECOND_LOOK);
    outcomes = look(read, attempts);
  }
  return outcomes;
}

function look(read: () => Reading, attempts: readonly Attempt[]): Outcome[] {
  const identities = attempts.map(({ identity }) => identity);
  let present: PresentRows;
  try {
    present = new PresentRows(read(), identities);
  } catch (error) {
    return attempts.map(({ outcome, answer }) => {
      if (outcome) return outcome;
      return answer.closed ? { outcome: "unverified", error: error as Error } : refusal(answer);
    });
  }
  const closed = new Set<string>();
  return attempts.map(({ identity, outcome, answer }) => {
    if (outcome) return outcome;
    const still = present.find(identity);
    if (!answer.closed) {
      return still ? refusal(answer) : { outcome: "gone", withPeer: closed.has(identity.endsOfPeer) };
    }
    closed.add(identity.ends);
    return still ? { outcome: "remains", now: still.table.row(still.index) } : { outcome: "closed" };
  });
}

function refusal({ code, advice }: CloseResult & { readonly closed: false }): Outcome {
  return { outcome: "refused", code, advice };
}

/** The rows of a reading that have the ends of some connections. Valid as long as the reading. */
class PresentRows {
  readonly #byEnds = new Map<string, (RowPosition & { readonly identity: Identity })[]>();

  constructor({ samples }: Reading, wanted: readonly Identity[]) {
    const ends = new Set(wanted.map((identity) => identity.ends));
    const ports = new Set(wanted.map((identity) => identity.localPort));
    for (const { table } of samples) {
      for (const [index, port] of table.columns.localPort.entries()) {
        if (!ports.has(port)) continue;
        const identity = identityOf(table, index);
        if (!ends.has(identity.ends)) continue;
        const rows = this.#byEnds.get(identity.ends) ?? [];
        rows.push({ table, index, identity });
        this.#byEnds.set(identity.ends, rows);
      }
    }
  }

  /** The row of the same connection. */
  find(wanted: Identity): RowPosition | undefined {
    return this.#byEnds.get(wanted.ends)?.find(({ identity }) => isSameConnection(wanted, identity));
  }

  /** What became of a connection that is not there: another one has its ends, or nothing has. */
  replacementOf({ ends }: Identity): Outcome {
    const [other] = this.#byEnds.get(ends) ?? [];
    if (!other) return { outcome: "gone", withPeer: false };
    return { outcome: "replaced", now: other.table.row(other.index) };
  }
}
