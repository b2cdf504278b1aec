import { MIB_TCP_STATE } from "../../src/format/states.js";
import { addValue, CHECKSUM_START, type Row, unorderedChecksumOf } from "./checksum.js";
import { Random } from "./random.js";
import { type Kind, makeRows, type TableRow } from "./tables.js";

const { SYN_SENT, SYN_RCVD, ESTAB, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, TIME_WAIT } = MIB_TCP_STATE;

/** The state that a connection is in next. What is in none of these stays as it is until it closes. */
const NEXT_STATE: ReadonlyMap<number, number> = new Map([
  [SYN_SENT, ESTAB],
  [SYN_RCVD, ESTAB],
  [ESTAB, CLOSE_WAIT],
  [FIN_WAIT1, FIN_WAIT2],
  [FIN_WAIT2, TIME_WAIT],
  [CLOSE_WAIT, LAST_ACK],
]);

/** Of a hundred rows one closes, one opens and one changes its state: two of a hundred are not as they were. */
const CHURN = 0.01;

/** What has become of one table in the next one. */
export interface Changes {
  readonly opened: readonly Row[];
  /** As they were last. */
  readonly closed: readonly Row[];
  /** As they are now. */
  readonly changed: readonly Row[];
}

/** Consecutive tables of one machine, and what changed from each to the next: one entry fewer. */
export interface Series {
  readonly tables: readonly (readonly TableRow[])[];
  readonly changes: readonly Changes[];
}

/**
 * How rows stand in the next table: `kept`, where they stood, with new ones anywhere between them, as an operating system's hash
 * tables give them; `unrelated`, in any other order.
 */
export type Order = "kept" | "unrelated";

/** A series of tables of one size, the same in every run. All connections in it have different ends. */
export function makeSeries(kind: Kind, size: number, steps: number, order: Order): Series {
  const random = new Random(`series ${kind} ${size} ${order}`);
  const count = Math.max(1, Math.round(size * CHURN));
  const rows = makeRows(kind, size + count * steps, 0);
  const tables = [rows.slice(0, size)];
  const changes: Changes[] = [];
  for (let step = 0; step < steps; step++) {
    const arriving = rows.slice(size + step * count, size + (step + 1) * count);
    const before = tables.at(-1) as TableRow[];
    const closed = new Set(pickRows(before, count, random, () => true));
    const remaining = before.filter((row) => !closed.has(row));
    const changing = pickRows(remaining, count, random, ({ state }) => NEXT_STATE.has(state));
    const changed = new Map(changing.map((row) => [row, { ...row, state: NEXT_STATE.get(row.state) as number }]));
    const next = remaining.map((row) => changed.get(row) ?? row);
    const table = order === "kept" ? inserted(next, arriving, random) : random.shuffle([...next, ...arriving]);
    tables.push(table);
    changes.push({ opened: arriving, closed: [...closed], changed: [...changed.values()] });
  }
  return { tables, changes };
}

/** A checksum over what changed, in each of several steps. The order of the rows says nothing; what became of them does. */
export function checksumOfChanges(steps: Iterable<Changes>): number {
  let sum = CHECKSUM_START;
  for (const { opened, closed, changed } of steps) {
    for (const rows of [opened, closed, changed]) sum = addValue(addValue(sum, rows.length), unorderedChecksumOf(rows));
  }
  return sum;
}

function pickRows(
  rows: readonly TableRow[],
  count: number,
  random: Random,
  fits: (row: TableRow) => boolean,
): TableRow[] {
  const fitting = rows.filter(fits);
  return random.shuffle(fitting).slice(0, count);
}

/** Puts rows anywhere between others, whose order stays. */
function inserted(rows: readonly TableRow[], more: readonly TableRow[], random: Random): TableRow[] {
  const places = more.map(() => random.below(rows.length + 1)).sort((a, b) => a - b);
  const all: TableRow[] = [];
  let from = 0;
  for (const [number, place] of places.entries()) {
    all.push(...rows.slice(from, place), more[number] as TableRow);
    from = place;
  }
  return all.concat(rows.slice(from));
}
