import type { ZoneClock } from "./texts.js";

export interface TimeContext {
  /** The moment that `+90s` counts from. */
  readonly now: number;
  readonly start: number;
  readonly end: number;
  readonly clock: ZoneClock;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY = 86_400_000;

/**
 * A moment as people write it: `03:12`, `03:12:07.4` (on the day that lies in the recording), `+90s`, `-5m`, an ISO time, `start`,
 * `end` or `now`. Milliseconds since 1970-01-01 UTC; null for anything else.
 */
export function parseTime(text: string, { now, start, end, clock }: TimeContext): number | null {
  const word = text.trim().toLowerCase().replace("−", "-");
  if (word === "end" || word === "now") return end;
  if (word === "start") return start;
  const step = /^([+-])\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)?$/.exec(word);
  if (step) {
    const by = Number(step[2]) * (UNITS[step[3] ?? "s"] ?? 1000);
    return step[1] === "-" ? now - by : now + by;
  }
  const time = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?$/.exec(word);
  if (time) {
    const [hours, minutes, seconds] = [Number(time[1]), Number(time[2]), Number(time[3] ?? 0)];
    if (hours > 23 || minutes > 59 || seconds >= 60) return null;
    const ofDay = ((hours * 60 + minutes) * 60 + seconds) * 1000;
    const local = now + clock.offset(now);
    const today = local - (((local % DAY) + DAY) % DAY) + ofDay - clock.offset(now);
    // The day before or after, where only that lies in the recording.
    return [today, today - DAY, today + DAY].find((each) => each >= start && each <= end) ?? today;
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(word)) return null;
  const hasZone = /(z|[+-]\d{2}:?\d{2})$/.test(word);
  const iso = Date.parse(hasZone ? word.toUpperCase() : `${word.toUpperCase().replace(" ", "T")}Z`);
  if (Number.isNaN(iso)) return null;
  return hasZone ? iso : iso - clock.offset(iso);
}
