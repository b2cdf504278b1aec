import { parseDuration } from "./quantities.js";

/** Points in time, as people write and read them: in the zone of the host that was recorded. */

/** A time zone. Times are milliseconds since 1970-01-01 UTC, offsets are minutes east of UTC. */
export class Zone {
  /** As IANA names it. */
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  /** The quarter of an hour that was asked about last: offsets change at its bounds alone, and to ask costs microseconds. */
  #quarter = Number.NaN;
  #offset = 0;

  /** @param name as IANA names it; UTC stands for one that is not known here */
  constructor(name: string) {
    let format: Intl.DateTimeFormat | undefined;
    try {
      if (name !== "") format = formatOf(name);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    this.name = format ? name : "UTC";
    this.#format = format ?? formatOf("UTC");
  }

  /** How far clocks there are from UTC at a time. */
  offsetAt(time: number): number {
    const quarter = Math.floor(time / QUARTER);
    if (quarter === this.#quarter) return this.#offset;
    const whole = quarter * QUARTER;
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(whole)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    this.#offset = Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - whole) / MINUTE);
    this.#quarter = quarter;
    return this.#offset;
  }

  /**
   * When clocks there show this: twice where they are put back, never where they are put forward.
   *
   * @param clock what clocks show, as if it were UTC
   */
  timesOf(clock: number): number[] {
    const offsets = new Set([this.offsetAt(clock - DAY), this.offsetAt(clock + DAY)]);
    return [...offsets]
      .map((offset) => clock - offset * MINUTE)
      .filter((time) => time + this.offsetAt(time) * MINUTE === clock)
      .sort((one, other) => one - other);
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const two = "2-digit";
  return new Intl.DateTimeFormat("en-US", {
    ...{ timeZone, calendar: "gregory", numberingSystem: "latn", hourCycle: "h23", year: "numeric" },
    ...{ month: two, day: two, hour: two, minute: two, second: two },
  });
}

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const DAY = 86_400_000;

/** What a recording spans, and whose clocks its times are. */
export interface Span {
  /** Milliseconds since 1970-01-01 UTC: of the first sample, and of the last. */
  readonly start: number;
  readonly end: number;
  readonly zone: Zone;
}

const FORMS =
  'A time is 03:12:07, 2026-11-23T03:12:07, either in the zone of the recorded host; 2026-11-23T03:12:07Z; +90s from the start; "start" or "end".';

const TIME =
  /^(?:(\d{4}-\d{2}-\d{2})(?:[T ](?=\d)|$))?(?:(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * Parses a time: `03:12:07`, `03:12`, `2026-11-23T03:12:07.5`, `2026-11-23`, all in the recorded host's zone; with `Z` or
 * `+01:00` in that one; `+90s` after the first sample; `start`; `end`.
 *
 * @returns milliseconds since 1970-01-01 UTC. A time of day is that of the recording's day; where the recording has none, the
 *   nearest one
 * @throws {RangeError} the text is no time, clocks there never showed it, or the recording has it more than once
 */
export function parseTime(text: string, span: Span): number {
  if (text === "start") return span.start;
  if (text === "end") return span.end;
  if (text.startsWith("+")) return span.start + durationAfter(text.slice(1));
  const [, date, hour, minute, second = "0", fraction = ".0", zone] = TIME.exec(text) ?? [];
  if ((date === undefined && (hour === undefined || zone !== undefined)) || text === "") throw new RangeError(FORMS);
  const [hours, minutes, seconds] = [Number(hour ?? 0), Number(minute ?? 0), Number(second)];
  if (hours > 23 || minutes > 59 || seconds > 59) throw new RangeError(`There is no time of day ${text}. ${FORMS}`);
  const ofDay = ((hours * 60 + minutes) * 60 + seconds) * 1000 + Number(`${fraction}00`.slice(1, 4));
  if (date === undefined) return timeOfDay(text, ofDay, span);
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(date))
    throw new RangeError(`There is no day ${date}.`);
  if (zone !== undefined) return day + ofDay - offsetOf(zone) * MINUTE;
  return onlyOne(text, span.zone.timesOf(day + ofDay), span);
}

function durationAfter(text: string): number {
  if (text === "0" || text === "0s") return 0;
  return parseDuration(text);
}

function offsetOf(zone: string): number {
  if (zone.toUpperCase() === "Z") return 0;
  const digits = zone.replace(":", "");
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return digits.startsWith("-") ? -minutes : minutes;
}

function timeOfDay(text: string, ofDay: number, span: Span): number {
  const { start, end, zone } = span;
  const dayOf = (time: number) => Math.floor((time + zone.offsetAt(time) * MINUTE) / DAY) * DAY;
  const times: number[] = [];
  for (let day = dayOf(start) - DAY; day <= dayOf(end) + DAY; day += DAY) times.push(...zone.timesOf(day + ofDay));
  const within = times.filter((time) => time >= start && time <= end);
  if (within.length > 0) return onlyOne(text, within, span);
  // Between two samples of a recording, or before its first: which day is meant is clear nevertheless.
  const distance = (time: number) => Math.max(start - time, time - end);
  return times.reduce((nearest, time) => (distance(time) < distance(nearest) ? time : nearest), times[0] as number);
}

function onlyOne(text: string, times: readonly number[], { zone }: Span): number {
  const [time, another] = times;
  if (time === undefined)
    throw new RangeError(`Clocks in ${zone.name} never showed ${text}: they were put forward. Add a zone: ${text}Z.`);
  if (another === undefined) return time;
  const all = times.slice(0, 3).map((one) => isoText(one, zone));
  throw new RangeError(
    `${text} is there ${times.length === 2 ? "twice" : `${times.length} times`}. Say which one: ${all.join(", ")}${times.length > 3 ? ", …" : "."}`,
  );
}

/** A time as clocks in the zone show it, with its offset: `2026-11-23T03:12:07.250+01:00`. A program reads it, too. */
export function isoText(time: number, zone: Zone): string {
  const offset = zone.offsetAt(time);
  const text = new Date(time + offset * MINUTE).toISOString().slice(0, -1);
  return offset === 0 ? `${text}Z` : `${text}${signOf(offset, "-")}${hoursText(offset)}`;
}

/** The date, and the time of day with milliseconds. */
export function clockText(time: number, offset: number): { readonly date: string; readonly clock: string } {
  const text = new Date(time + offset * MINUTE).toISOString();
  return { date: text.slice(0, -14), clock: text.slice(-13, -1) };
}

/** `UTC`, `UTC+01:00`. */
export function offsetText(offset: number): string {
  return offset === 0 ? "UTC" : `UTC${signOf(offset, "−")}${hoursText(offset)}`;
}

/** `UTC+01:00, Europe/Berlin`; `UTC` alone. */
export function zoneText(time: number, zone: Zone): string {
  const offset = offsetText(zone.offsetAt(time));
  return zone.name === offset ? offset : `${offset}, ${zone.name}`;
}

function signOf(offset: number, minus: string): string {
  return offset < 0 ? minus : "+";
}

function hoursText(offset: number): string {
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}
