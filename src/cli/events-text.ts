import { MIB_TCP_STATE, parseState } from "../format/states.js";
import type { ConnectionEvent, RowEvent } from "../frames/index.js";
import { bold, colourState, green, red, yellow } from "./colours.js";
import type { ConnectionRow } from "./column-names.js";
import type { OwnersWanted } from "./events-records.js";
import { bytesText, durationText } from "./quantities.js";
import { localEnd, otherOwners, remoteEnd } from "./table-text.js";
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
}

type EndFigures = Pick<RowEvent, "bytesSent" | "bytesReceived" | "retransmits" | "rttMicroseconds">;

const GAP = "  ";

/** Marks that are told apart without colour, and by eye before the word is read. */
const MARKS = { opened: "+", closed: "−", changed: "→", lost: "!", clock: "!", gap: "!" } as const;

/** Widths of columns: of the longest name of a state, of an IPv4 address with its port, of most programs with their PIDs. */
const WIDTH = { time: 12, event: 9, state: 12, end: 21, process: 20 } as const;

/**
 * Lines for people, one for each event. The columns are of fixed widths, because nobody knows what will come; those of the
 * addresses grow where IPv6 needs it, and stay so.
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
      const mark = this.#coloured(event, `${MARKS[event.event]} ${event.event}`.padEnd(WIDTH.event));
      const rest = "row" in event ? this.#connectionText(event) : noticeText(event);
      yield `${clock}${GAP}${mark}${GAP}${rest}`.trimEnd();
    }
  }

  #headingOf(day: string): string {
    const line = [
      day.padEnd(WIDTH.time + GAP.length + WIDTH.event),
      "State".padEnd(WIDTH.state),
      "Local Address:Port".padEnd(this.#localWidth),
      "Remote Address:Port".padEnd(this.#remoteWidth),
      ...(this.#look.owners ? [this.#look.processes ? "PID/Program" : "PID"] : []),
    ].join(GAP);
    return this.#look.colour ? bold(line.trimEnd()) : line.trimEnd();
  }

  /** The date with the zone, and the time of day. */
  #timeOf(time: number): { day: string; clock: string } {
    const { utc, zone } = this.#look;
    const offset = utc ? 0 : zone ? zone.offsetAt(time) : -new Date(time).getTimezoneOffset();
    const { date, clock } = clockText(time, offset);
    return { day: `${date} ${offsetText(offset)}`, clock };
  }

  #connectionText(event: RowEvent): string {
    const { row } = event;
    const [local, remote] = [localEnd(row), remoteEnd(row)];
    this.#localWidth = Math.max(this.#localWidth, local.length);
    this.#remoteWidth = Math.max(this.#remoteWidth, remote.length);
    const state = row.state.padEnd(WIDTH.state);
    return [
      this.#look.colour ? colourState(state, parseState(row.state) ?? MIB_TCP_STATE.RESERVED) : state,
      local.padEnd(this.#localWidth),
      remote.padEnd(this.#remoteWidth),
      ...(this.#look.owners ? [ownerText(event, this.#look.processes).padEnd(WIDTH.process)] : []),
      ...this.#details(event),
    ].join(GAP);
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
