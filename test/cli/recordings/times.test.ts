import { describe, expect, test } from "vitest";
import { isoText, offsetText, parseTime, type Span, Zone, zoneText } from "../../../src/cli/times.js";

/** Of a recording in Berlin that goes over midnight, the first one of winter time's first day. */
const NIGHT: Span = {
  start: Date.UTC(2026, 10, 23, 22, 30), // 23:30
  end: Date.UTC(2026, 10, 24, 3), // 04:00
  zone: new Zone("Europe/Berlin"),
};

const parsed = (text: string, span = NIGHT) => new Date(parseTime(text, span)).toISOString();

test.each([
  ["03:12:07", "2026-11-24T02:12:07.000Z"],
  ["03:12", "2026-11-24T02:12:00.000Z"],
  ["23:59:59.5", "2026-11-23T22:59:59.500Z"],
  ["03:12:07.123", "2026-11-24T02:12:07.123Z"],
  ["03:12:07.999999999", "2026-11-24T02:12:07.999Z"],
  ["2026-11-24T03:12:07", "2026-11-24T02:12:07.000Z"],
  ["2026-11-24 03:12", "2026-11-24T02:12:00.000Z"],
  ["2026-11-24", "2026-11-23T23:00:00.000Z"],
  ["2026-11-24T02:12:07Z", "2026-11-24T02:12:07.000Z"],
  ["2026-11-23T21:12:07-05:00", "2026-11-24T02:12:07.000Z"],
  ["2026-11-24T07:42:07+0530", "2026-11-24T02:12:07.000Z"],
  ["+90s", "2026-11-23T22:31:30.000Z"],
  ["+1h30m", "2026-11-24T00:00:00.000Z"],
  ["+0s", "2026-11-23T22:30:00.000Z"],
  ["start", "2026-11-23T22:30:00.000Z"],
  ["end", "2026-11-24T03:00:00.000Z"],
])("a time is the recorded host's where it names no zone: %s", (text, time) => {
  expect(parsed(text)).toBe(time);
});

test.each([
  ["23:00", "2026-11-23T22:00:00.000Z"],
  ["05:00", "2026-11-24T04:00:00.000Z"],
])("a time of day that the recording has not is the nearest one: %s", (text, time) => {
  expect(parsed(text)).toBe(time);
});

test("a time of day that is there on several days is not guessed", () => {
  const span = { ...NIGHT, end: NIGHT.end + 2 * 86_400_000 };
  expect(() => parseTime("03:00", span)).toThrow(
    "03:00 is there 3 times. Say which one: 2026-11-24T03:00:00.000+01:00, 2026-11-25T03:00:00.000+01:00, 2026-11-26T03:00:00.000+01:00.",
  );
  expect(parsed("2026-11-25T03:00", span)).toBe("2026-11-25T02:00:00.000Z");
});

describe("where clocks are put back or forward", () => {
  const back: Span = {
    start: Date.UTC(2026, 9, 24, 22),
    end: Date.UTC(2026, 9, 25, 4),
    zone: new Zone("Europe/Berlin"),
  };

  test("a time that clocks show twice is not guessed, and an offset tells which one is meant", () => {
    expect(() => parseTime("02:30", back)).toThrow(
      "02:30 is there twice. Say which one: 2026-10-25T02:30:00.000+02:00, 2026-10-25T02:30:00.000+01:00.",
    );
    expect(parsed("2026-10-25T02:30+01:00", back)).toBe("2026-10-25T01:30:00.000Z");
  });

  test("of a time that clocks show twice, the one in the recording is meant", () => {
    expect(parsed("02:30", { ...back, start: Date.UTC(2026, 9, 25, 1) })).toBe("2026-10-25T01:30:00.000Z");
  });

  test("a time that clocks never show is a mistake", () => {
    expect(() => parseTime("2026-03-29T02:30", back)).toThrow("Clocks in Europe/Berlin never showed 2026-03-29T02:30");
  });
});

test.each([
  ...["", "3:12", "03:12:7", "25:00", "03:60", "03:12:60", "2026-11-24T", "2026-02-30", "2026-13-01"],
  ...["03:12Z", "noon", "+", "+5x", "-90s", "2026-11-24T03:12:07.", "1700000000", " 03:12", "03:12 "],
])("what is no time is refused: %j", (text) => {
  expect(() => parseTime(text, NIGHT)).toThrow(RangeError);
});

test("a zone that is not known here is UTC, and is called so", () => {
  for (const name of ["", "Mars/Olympus"]) expect(new Zone(name)).toMatchObject({ name: "UTC" });
  expect(zoneText(0, new Zone(""))).toBe("UTC");
  expect(isoText(0, new Zone(""))).toBe("1970-01-01T00:00:00.000Z");
});

test("times are told with the zone's offset at that time, of half hours too", () => {
  const zone = new Zone("America/St_Johns");
  expect(isoText(Date.UTC(2026, 10, 23, 23, 30), zone)).toBe("2026-11-23T20:00:00.000-03:30");
  expect(zoneText(Date.UTC(2026, 6, 1), zone)).toBe("UTC−02:30, America/St_Johns");
  expect(offsetText(0)).toBe("UTC");
});

test("every zone's own text of a time is read back as that time", () => {
  for (const name of ["Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Pacific/Apia", "UTC"]) {
    const zone = new Zone(name);
    for (let hour = 0; hour < 24 * 365; hour += 101) {
      const time = Date.UTC(2026, 0, 1, hour, 20, 7, 250);
      const span = { start: time - 1000, end: time + 1000, zone };
      expect(parseTime(isoText(time, zone), span)).toBe(time);
      expect(parseTime(isoText(time, zone).slice(11, 23), span)).toBe(time);
    }
  }
});
