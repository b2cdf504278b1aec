/** What the moment's box takes, as a time. */

const UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["min", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
const DAY = 86_400_000;

export interface TimeContext {
  /** What is shown now. */
  readonly at: number;
  /** Of the recording. */
  readonly start: number;
  readonly end: number;
  /** Milliseconds that the zone is ahead of UTC at a time. */
  offset(time: number): number;
}

/**
 * The time that a text means, wall-clock milliseconds since 1970-01-01 UTC; `undefined` where it means none:
 *
 * - `start`, `end`, `now`
 * - `+90s`, `-1.5min`, `−2h`: from what is shown
 * - `03:12`, `03:12:07`, `03:12:07.4`: in the zone, on the day of the recording that has it; where several have, the nearest one
 * - `2026-11-23 03:12`, `2026-11-23T03:12:07.4`: in the zone; with `Z` or `+01:00` behind it, of that one
 */
export function parseTime(text: string, context: TimeContext): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "start") return context.start;
  if (trimmed === "end" || trimmed === "now") return context.end;
  return relativeTime(trimmed, context) ?? timeOfDay(trimmed, context) ?? dateAndTime(trimmed, context);
}

function relativeTime(text: string, { at }: TimeContext): number | undefined {
  const [, sign, number, unit] = /^([+\-−])\s*(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text) ?? [];
  const milliseconds = UNITS.get(unit || "s");
  if (!sign || milliseconds === undefined) return undefined;
  return at + (sign === "+" ? 1 : -1) * Math.round(Number(number) * milliseconds);
}

function timeOfDay(text: string, context: TimeContext): number | undefined {
  const clock = millisecondsOfDay(text);
  if (clock === undefined) return undefined;
  const { at, start, end } = context;
  let nearest: number | undefined;
  // The days on which the recording is, and one on each side: it may begin just after the time.
  const first = Math.floor((start + context.offset(start)) / DAY) - 1;
  const last = Math.floor((end + context.offset(end)) / DAY) + 1;
  // A recording whose clock went wild has no end of days: those around what is shown are enough.
  const shown = Math.floor((at + context.offset(at)) / DAY);
  for (let day = Math.max(first, shown - 400); day <= Math.min(last, shown + 400); day++) {
    const time = utcOf(day * DAY + clock, context);
    if (nearest === undefined || distance(time, context) < distance(nearest, context)) nearest = time;
  }
  return nearest;
}

/** How far a time is from the recording; of those in it, from what is shown. */
function distance(time: number, { at, start, end }: TimeContext): number {
  const outside = Math.max(start - time, time - end, 0);
  return outside > 0 ? 1e15 + outside : Math.abs(time - at);
}

function dateAndTime(text: string, context: TimeContext): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})(?:[t ]\s*([\d:.]+)\s*(z|[+\-−]\d{2}:?\d{2})?)?$/.exec(text);
  if (!found) return undefined;
  const [, year, month, date, clockText = "00:00", zone] = found;
  const clock = millisecondsOfDay(clockText);
  const day = Date.UTC(Number(year), Number(month) - 1, Number(date));
  // 30 February is none.
  const isDay = new Date(day).getUTCDate() === Number(date) && new Date(day).getUTCMonth() === Number(month) - 1;
  if (clock === undefined || !isDay) return undefined;
  if (zone === undefined) return utcOf(day + clock, context);
  if (zone === "z") return day + clock;
  const [, sign, hours, minutes] = /^(.)(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return day + clock - (sign === "+" ? ahead : -ahead);
}

/** What a clock of the zone shows, as UTC. Of a time that the zone skips, about that. */
function utcOf(local: number, { offset }: TimeContext): number {
  const guess = local - offset(local);
  return local - offset(guess);
}

function millisecondsOfDay(text: string): number | undefined {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?$/.exec(text);
  if (!found) return undefined;
  const [hours, minutes, seconds] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  if (hours > 24 || minutes > 59 || seconds > 59 || (hours === 24 && minutes + seconds > 0)) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + Math.floor(Number(`0.${found[4] ?? 0}`) * 1000 + 1e-6);
}
