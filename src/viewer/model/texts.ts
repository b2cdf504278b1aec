/** How the page writes numbers and times. */

export const count = (value: number) => value.toLocaleString("en");

/** 1.84 MB, 96.2 MB: three digits. */
export function bytesText(bytes: number | bigint): string {
  let value = Number(bytes);
  for (const unit of ["B", "kB", "MB", "GB", "TB"]) {
    if (value < 999.5 || unit === "TB") {
      return `${unit === "B" ? value : value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
    }
    value /= 1000;
  }
  return "";
}

/** 0.4 s, 44 s, 2 min 26 s, 3 h 12 min. */
export function spanText(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${two((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** A length of the whole recording: 1 h, 12 min, 90 s. */
export function shortSpan(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds >= 5400) return `${+(seconds / 3600).toFixed(1)} h`;
  if (seconds >= 3590) return "1 h";
  return seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`;
}

/** Decimals of a second that samples so far apart are told with. */
export function digitsFor(everyMilliseconds: number): number {
  if (everyMilliseconds >= 1000) return 0;
  return everyMilliseconds >= 100 ? 1 : 3;
}

/** Times of one zone. */
export interface ZoneClock {
  readonly timeZone: string;
  /** Milliseconds ahead of UTC. */
  offset(time: number): number;
  /** 03:12:07.4 */
  clock(time: number, digits: number): string;
  /** 03:12 */
  minutes(time: number): string;
  /** Mon 23 Nov 2026 */
  day(time: number): string;
  /** 23 Nov 2026 */
  date(time: number): string;
  /** CET, UTC */
  name(time: number): string;
  /** UTC+01:00 */
  utcOffset(time: number): string;
}

const QUARTER = 900_000;

/** `timeZone` as IANA names it; one that the browser does not know is UTC. */
export function createZoneClock(timeZone: string): ZoneClock {
  const zone = isZone(timeZone) ? timeZone : "UTC";
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const names = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "short", hour: "numeric" });
  const days = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });
  const dates = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short", year: "numeric" });
  // Zones change at whole quarters of an hour.
  const offsets = new Map<number, number>();
  const offset = (time: number) => {
    const quarter = Math.floor(time / QUARTER) * QUARTER;
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
    const of = Object.fromEntries(parts.formatToParts(quarter).map(({ type, value }) => [type, Number(value)]));
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = of;
    const found = Date.UTC(year, month - 1, day, hour, minute, second) - quarter;
    offsets.set(quarter, found);
    return found;
  };
  // Times of damaged recordings may lie where no calendar reaches.
  const told = (time: number) => Number.isFinite(time) && Math.abs(time) < 8.6e15;
  const local = (time: number) => new Date(time + offset(time)).toISOString();
  return {
    timeZone: zone,
    offset: (time) => (told(time) ? offset(time) : 0),
    clock: (time, digits) => {
      if (!told(time)) return "–";
      const text = local(time).slice(11, -1);
      return digits === 0 ? text.slice(0, 8) : text.slice(0, 9 + digits);
    },
    minutes: (time) => (told(time) ? local(time).slice(11, 16) : "–"),
    day: (time) => (told(time) ? days.format(time).replace(",", "") : "–"),
    date: (time) => (told(time) ? dates.format(time) : "–"),
    name: (time) => {
      const name = told(time)
        ? names.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value
        : undefined;
      return zone === "UTC" ? "UTC" : (name ?? zone).replace("GMT", "UTC");
    },
    utcOffset: (time) => {
      const minutes = told(time) ? Math.round(offset(time) / 60_000) : 0;
      const two = (value: number) => String(value).padStart(2, "0");
      const [sign, size] = [minutes < 0 ? "−" : "+", Math.abs(minutes)];
      return minutes === 0 ? "UTC" : `UTC${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
    },
  };
}

function isZone(name: string): boolean {
  try {
    return Boolean(name && new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

/** Control and bidirectional characters, and lone halves: they could hide a name, or turn a line around. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Longer names tell nothing more, and cost time. */
const LONGEST = 256;

/** A name from a file as it may be shown: hidden characters as \u202e, and no longer than people read. */
export function visible(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return short.replace(HIDDEN, (found) => {
    const code = found.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** An address as it stands before a port. */
export function hostText(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** What is too long loses its middle: the network and the end of an address tell most. */
export function shortened(text: string, room: number): string {
  if (text.length <= room || room < 8) return text;
  const ends = Math.floor((room - 1) / 2);
  return `${text.slice(0, room - 1 - ends)}…${text.slice(-ends)}`;
}
