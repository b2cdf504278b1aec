/** Durations, counts and numbers of bytes, as people write and read them. */

/** Milliseconds of each unit, largest first. */
const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Each unit at most once, the largest first. `m` is no minute where it begins `ms`. */
const WITH_UNITS = /^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?$/;

const NUMBER = /^(\d+\.?\d*|\.\d+)$/;

/** What a timer of Node can wait for: 2³¹ − 1 ms, nearly 25 days. Beyond that it would not wait at all. */
const LONGEST = 2 ** 31 - 1;

/**
 * Parses a duration: `100ms`, `1.5s`, `1m30s`, `2h`; a number without a unit is seconds, as with sleep(1).
 *
 * @returns whole milliseconds, at least 1
 * @throws {RangeError} the text is no duration, or one that nobody can wait for
 */
export function parseDuration(text: string): number {
  const milliseconds = millisecondsOf(text);
  if (milliseconds === undefined)
    throw new RangeError("A duration is 500ms, 1s, 1m30s, 2h or 1d; a number alone is seconds.");
  if (milliseconds < 1 || milliseconds > LONGEST) throw new RangeError("A duration is from 1 ms to 24 days.");
  return milliseconds;
}

function millisecondsOf(text: string): number | undefined {
  const parts = NUMBER.test(text)
    ? [undefined, undefined, undefined, text, undefined]
    : WITH_UNITS.exec(text)?.slice(1);
  if (!parts || text === "") return undefined;
  let milliseconds = 0;
  for (const [at, factor] of Object.values(UNITS).entries()) {
    const part = parts[at];
    if (part === undefined) continue;
    if (!NUMBER.test(part)) return undefined;
    milliseconds += Number(part) * factor;
  }
  return Math.round(milliseconds);
}

/** A duration for people: `0.35 ms`, `12 ms`, `2.2 s`, `3m05s`, `2h03m`, `1d04h`. Cut off, never rounded up to the next unit. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${withDigits(milliseconds)} ms`;
  if (milliseconds < UNITS.m) return `${Math.floor(milliseconds / 100) / 10} s`;
  const [large, small, from] =
    milliseconds < UNITS.h
      ? (["m", "s", "m"] as const)
      : milliseconds < UNITS.d
        ? (["h", "m", "h"] as const)
        : (["d", "h", "d"] as const);
  const rest = Math.floor((milliseconds % UNITS[from]) / UNITS[small]);
  return `${Math.floor(milliseconds / UNITS[large])}${large}${String(rest).padStart(2, "0")}${small}`;
}

/** A whole number for people: `36,000`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number of bytes for people, in powers of 1,000: `0 B`, `999 B`, `1.2 kB`, `34 MB`. */
export function bytesText(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${withDigits(value)} ${BYTE_UNITS[unit]}`;
}

/** Of `parseBytes`: kB is 1,000 bytes, KiB 1,024. */
const BYTES = /^(\d+\.?\d*|\.\d+) ?([kKMGT]?)(i?)B$/;

/**
 * Parses a number of bytes: `500kB`, `64MB`, `1.5GiB`.
 *
 * @returns a whole number, at least 1; `undefined` where the text has no such unit
 * @throws {RangeError} it is less than a byte, or more than a number holds
 */
export function parseBytes(text: string): number | undefined {
  const [, number, unit, binary] = BYTES.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  if (unit === "" && binary) return undefined;
  const bytes = Math.round(Number(number) * (binary ? 1024 : 1000) ** " kMGT".indexOf(unit.replace("K", "k") || " "));
  if (bytes < 1 || !Number.isSafeInteger(bytes)) throw new RangeError("A number of bytes is from 1B to 9000TB.");
  return bytes;
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"] as const;

/** Below 10 with one digit behind the point, below 1 with two, where they are not 0. Cut off, so that 999.9 never becomes 1000. */
function withDigits(value: number): string {
  const digits = value < 1 ? 100 : value < 10 ? 10 : 1;
  return String(Math.floor(value * digits) / digits);
}
