import type { Life } from "../capture/types.js";
import { MIB_TCP_STATE, parseState } from "../format/states.js";
import { bold, colourState } from "./colours.js";
import { figuresOf, ownerText } from "./events-text.js";
import { livedFor } from "./life-records.js";
import { durationText } from "./quantities.js";
import { localEnd, remoteEnd } from "./table-text.js";
import { clockText, type Zone, zoneText } from "./times.js";

export interface LifeLook {
  /** Whether a line with the zone and the columns' names comes first. */
  readonly header: boolean;
  readonly colour: boolean;
  /** Whose clocks the times are of. */
  readonly zone: Zone;
  /** Whether the recording has owners. */
  readonly owners: boolean;
}

const GAP = "  ";

/** A line a connection, for people. The date is told where there are several. */
export function* lifeLines(lives: readonly Life[], look: LifeLook): Generator<string> {
  const { header, colour, zone, owners } = look;
  const dates = new Set(lives.flatMap(({ firstSeen, lastSeen }) => [firstSeen, lastSeen].map(dateIn(zone))));
  const timeText = (time: number) => {
    const { date, clock } = clockText(time, zone.offsetAt(time));
    return dates.size > 1 ? `${date} ${clock}` : clock;
  };
  const rows = lives.map((life) => [
    `${life.isOlder ? "≤" : " "}${timeText(life.firstSeen)}`,
    `${life.isAlive ? "≥" : " "}${timeText(life.endedAt ?? life.lastSeen)}`,
    `${life.isOlder || life.isAlive ? "≥" : " "}${durationText(livedFor(life))}`,
    localEnd(life.row),
    remoteEnd(life.row),
    ...(owners ? [ownerText({ row: life.row, ...nameOf(life) }, true)] : []),
    statesText(life),
    [...(life.sampled ? [] : ["between samples"]), ...figuresOf(life)].join(GAP),
  ]);
  const labels = ["First seen", "Last seen", "Lived", "Local Address:Port", "Remote Address:Port"].map((label, at) =>
    at < 3 ? ` ${label}` : label,
  );
  labels.push(...(owners ? ["PID/Program"] : []), "States", "");
  const widths = labels.map((label, at) =>
    Math.max(header ? label.length : 0, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const lineOf = (cells: readonly string[], paint: (cell: string, at: number) => string = (cell) => cell) =>
    cells
      .map((cell, at) => paint(cell, at) + " ".repeat((widths[at] as number) - cell.length))
      .join(GAP)
      .trimEnd();
  if (header && lives[0]) {
    const date = dates.size === 1 ? `${[...dates][0]} ` : "";
    const zoneLine = `${date}${zoneText(lives[0].firstSeen, zone)}`;
    yield colour ? bold(zoneLine) : zoneLine;
    yield colour ? bold(lineOf(labels)) : lineOf(labels);
  }
  const stateColumn = labels.length - 2;
  for (const [at, cells] of rows.entries()) {
    const { row } = lives[at] as Life;
    const paint = (cell: string, column: number) =>
      colour && column === stateColumn ? colourState(cell, parseState(row.state) ?? MIB_TCP_STATE.RESERVED) : cell;
    yield lineOf(cells, paint);
  }
}

function dateIn(zone: Zone): (time: number) => string {
  return (time) => clockText(time, zone.offsetAt(time)).date;
}

/** `SYN_SENT → ESTABLISHED`. One that no sample saw has the state of its end. */
function statesText({ states, row }: Life): string {
  return states.length > 0 ? states.map(({ state }) => state).join(" → ") : row.state;
}

function nameOf({ processName }: Life): { readonly processName?: string } {
  return processName === undefined ? {} : { processName };
}
