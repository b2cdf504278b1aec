import { MIB_TCP_STATE, parseState } from "../format/states.js";
import type { ConnectionEvent, RowEvent } from "../frames/index.js";
import { bold, colourState, green, red, yellow } from "./colours.js";
import type { ConnectionRow } from "./column-names.js";
import type { OwnersWanted } from "./events-records.js";
import { INDENT } from "./fit-columns.js";
import { bytesText, durationText } from "./quantities.js";
import { type InterfaceNames, localEnd, otherOwners, remoteEnd } from "./table-text.js";
import { cutMiddle, widthOf } from "./text-width.js";
import { clockText, offsetText, type Zone } from "./times.js";
import { printable } from "./unsafe-text.js";

export interface EventsLook extends OwnersWanted {
  /** Whether a line with the date and the columns' names comes first, and again when the date or the zone's offset changes. */
  readonly header: boolean;
  readonly colour: boolean;
  /** Times in UTC, not in this machine's zone. */
  readonly utc: boolean;
  /** Another zone than this machine's: that of the host that was recorded. */
  readonly zone?: Pick<Zone, "offsetAt"> | undefined;
  /** Cells of a line of the terminal, asked anew for each event; `undefined` where lines may be as long as they are. */
  readonly width?: (() => number | undefined) | undefined;
  /** Gives names of interfaces, for scopes; they are numbers where it is missing. */
  readonly interfaces?: InterfaceNames | undefined;
}

type EndFigures = Pick<RowEvent, "bytesSent" | "bytesReceived" | "retransmits" | "rttMicroseconds">;

/** Blanks between two columns. */
const GAP = 2;

/** Marks that are told apart without colour, and by eye before the word is read. */
const MARKS = { opened: "+", closed: "−", changed: "→", lost: "!", clock: "!", gap: "!" } as const;

/** Widths of columns: of the longest name of a state, of an IPv4 address with its port, of most programs with their PIDs. */
const WIDTH = { time: 12, event: 9, state: 12, end: 21, process: 20 } as const;

/** A text with the blanks that fill its column. */
interface Cell {
  readonly text: string;
  /** How many cells of the terminal the text takes. */
  readonly length: number;
  /** Cells of its column, where that is wider. */
  readonly width: number;
}

/** @param paint colours the text, and the blanks with it */
function cellOf(text: string, width: number, paint?: (text: string) => string): Cell {
  if (!paint) return { text, length: widthOf(text), width };
  return { text: paint(text.padEnd(width)), length: Math.max(text.length, width), width };
}

/** Cells that an end of a connection may take on a terminal: those of an IPv4 address with its port, more where there is room. */
function mostOfEnd(width: number): number {
  const others = WIDTH.time + WIDTH.event + WIDTH.state + 4 * GAP;
  return Math.min(width - INDENT, Math.max(WIDTH.end, Math.floor((width - others) / 2)));
}

function fittedEnd(end: string, width: number | undefined): string {
  return width === undefined ? end : cutMiddle(end, mostOfEnd(width));
}

/** The cells beside each other. What has no room on the terminal's line goes to the next one; between cells, never within one. */
function onLines(cells: readonly Cell[], room = Number.POSITIVE_INFINITY): string[] {
  const whole = cells.reduce((sum, { length, width }) => sum + Math.max(length, width) + GAP, -GAP);
  // One blank between two cells is enough where the terminal is narrow.
  const gap = whole > room ? 1 : GAP;
  const lines: string[] = [];
  let line = "";
  let used = 0;
  let blanks = 0;
  for (const { text, length, width } of cells) {
    if (used > 0 && used + blanks + length > room) {
      lines.push(line);
      line = "";
      used = 0;
      blanks = INDENT;
    }
    line += " ".repeat(blanks) + text;
    used += blanks + length;
    blanks = Math.max(0, width - length) + gap;
  }
  lines.push(line);
  return lines.map((each) => each.trimEnd());
}

/**
 * Lines for people, one for each event, several where a terminal is narrow. The columns are of fixed widths, because nobody knows
 * what will come; those of the addresses grow where IPv6 needs it, and stay so.
 */
export class EventsText {
  readonly #look: EventsLook;
  readonly #openings = new Openings();
  #heading = "";
  #localWidth: number = WIDTH.end;
  #remoteWidth: number = WIDTH.end;

  constructor(look: EventsLook) {
    this.#look = look;
  }

  *linesOf(events: Iterable<ConnectionEvent>): Generator<string> {
    for (const event of events) {
      const { day, clock } = this.#timeOf(event.time);
      if (this.#look.header && day !== this.#heading) {
        this.#heading = day;
        yield this.#headingOf(day);
      }
      const mark = cellOf(`${MARKS[event.event]} ${event.event}`, WIDTH.event, (text) => this.#coloured(event, text));
      const rest = "row" in event ? this.#connectionCells(event) : [cellOf(noticeText(event), 0)];
      yield* onLines([cellOf(clock, WIDTH.time), mark, ...rest], this.#look.width?.());
    }
  }

  #headingOf(day: string): string {
    const cells = [
      cellOf(day, WIDTH.time + GAP + WIDTH.event),
      cellOf("State", WIDTH.state),
      cellOf("Local Address:Port", this.#localWidth),
      cellOf("Remote Address:Port", this.#remoteWidth),
      ...(this.#look.owners ? [cellOf(this.#look.processes ? "PID/Program" : "PID", 0)] : []),
    ];
    // Of a narrow terminal's several lines, the first: what is on the others is told by their signs.
    const [line = ""] = onLines(cells, this.#look.width?.());
    return this.#look.colour ? bold(line) : line;
  }

  /** The date with the zone, and the time of day. */
  #timeOf(time: number): { day: string; clock: string } {
    const { utc, zone } = this.#look;
    const offset = utc ? 0 : zone ? zone.offsetAt(time) : -new Date(time).getTimezoneOffset();
    const { date, clock } = clockText(time, offset);
    return { day: `${date} ${offsetText(offset)}`, clock };
  }

  #connectionCells(event: RowEvent): Cell[] {
    const { row } = event;
    const { interfaces } = this.#look;
    const width = this.#look.width?.();
    const [local, remote] = [localEnd(row, interfaces), remoteEnd(row, interfaces)].map((end) =>
      fittedEnd(end, width),
    ) as [string, string];
    const most = width === undefined ? Number.POSITIVE_INFINITY : mostOfEnd(width);
    this.#localWidth = Math.min(most, Math.max(this.#localWidth, local.length));
    this.#remoteWidth = Math.min(most, Math.max(this.#remoteWidth, remote.length));
    const colour = (text: string) => colourState(text, parseState(row.state) ?? MIB_TCP_STATE.RESERVED);
    return [
      cellOf(row.state, WIDTH.state, this.#look.colour ? colour : undefined),
      cellOf(local, this.#localWidth),
      cellOf(remote, this.#remoteWidth),
      ...(this.#look.owners ? [cellOf(ownerText(event, this.#look.processes), WIDTH.process)] : []),
      ...this.#details(event).map((text) => cellOf(text, 0)),
    ];
  }

  /** What was before, and what an end tells. */
  #details(event: RowEvent): string[] {
    switch (event.event) {
      case "opened":
        this.#openings.add(event.row, event.time);
        return [];
      case "changed": {
        const before = [
          ...(event.stateBefore !== undefined ? [event.stateBefore] : []),
          ...(event.pidBefore !== undefined ? [`PID ${event.pidBefore}`] : []),
        ];
        return before.length > 0 ? [`was ${before.join(", ")}`] : [];
      }
      case "closed": {
        const opened = this.#openings.remove(event.row);
        return [
          ...(event.sampled ? [] : ["between samples"]),
          ...(opened !== undefined ? [`seen for ${durationText(Math.max(0, event.time - opened))}`] : []),
          ...figuresOf(event),
        ];
      }
    }
  }

  #coloured({ event }: ConnectionEvent, text: string): string {
    if (!this.#look.colour || event === "changed") return text;
    return event === "opened" ? green(text) : event === "closed" ? red(text) : yellow(text);
  }
}

/** `4711/nginx`, `4711/nginx (+3)`. */
export function ownerText({ row, processName }: Pick<RowEvent, "row" | "processName">, processes: boolean): string {
  if (!row.owningPid) return "-"; // 0 is nobody
  const name = processes ? `/${printable(processName ?? "-")}` : "";
  return `${row.owningPid}${name}${otherOwners(row)}`;
}

/** What an end has told. */
export function figuresOf({ bytesSent, bytesReceived, retransmits, rttMicroseconds }: EndFigures): string[] {
  return [
    ...(bytesSent !== null ? [`↑${bytesText(bytesSent)}`] : []),
    ...(bytesReceived !== null ? [`↓${bytesText(bytesReceived)}`] : []),
    ...(retransmits ? [`${retransmits} retransmitted`] : []),
    ...(rttMicroseconds !== null ? [`rtt ${durationText(rttMicroseconds / 1000)}`] : []),
  ];
}

function noticeText(event: Exclude<ConnectionEvent, RowEvent>): string {
  switch (event.event) {
    case "lost":
      return event.count === 1
        ? "The end of 1 connection was lost: more ended than could be read in time."
        : `The ends of ${event.count} connections were lost: more ended than could be read in time.`;
    case "clock":
      return `The clock was set ${event.milliseconds < 0 ? "back" : "forward"} by ${durationText(Math.abs(event.milliseconds))}.`;
    case "gap":
      return `IPv${event.family} could not be read: ${printable(event.reason)}`;
  }
}

/** When connections were first seen, until they close. */
class Openings {
  readonly #times = new Map<string, number>();

  add(row: ConnectionRow, time: number): void {
    this.#times.set(keyOf(row), time);
    // Those that a filter lets open and does not let close would pile up: the oldest goes.
    if (this.#times.size > MOST_OPENINGS) this.#times.delete(this.#times.keys().next().value as string);
  }

  /** Returns when it was first seen. */
  remove(row: ConnectionRow): number | undefined {
    const key = keyOf(row);
    const time = this.#times.get(key);
    this.#times.delete(key);
    return time;
  }
}

const MOST_OPENINGS = 100_000;

/** The cookie, where there is one, is one connection's alone. */
function keyOf(row: ConnectionRow): string {
  const { socketCookie, createTimestamp } = row;
  if (socketCookie !== undefined && socketCookie !== "0") return socketCookie;
  return `${localEnd(row)} ${remoteEnd(row)} ${createTimestamp}`;
}
