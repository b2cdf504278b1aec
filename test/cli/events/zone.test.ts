import { afterEach, expect, test } from "vitest";
import { EventsText } from "../../../src/cli/events-text.js";
import { opened } from "./moments.js";

const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

function linesOf(times: readonly number[]): string[] {
  const text = new EventsText({ header: true, colour: false, utc: false, owners: false, processes: false });
  return [...text.linesOf(times.map((time) => opened({}, { time })))].map((line) => line.replace(/ {2,}.*/, ""));
}

test.each([
  ["Europe/Berlin", "2026-11-24 UTC+01:00", "00:30:00.005"],
  ["America/St_Johns", "2026-11-23 UTC−03:30", "20:00:00.005"],
  ["Asia/Kolkata", "2026-11-24 UTC+05:30", "05:00:00.005"],
])("times are those of this machine's zone, which is named: %s", (name, heading, clock) => {
  process.env.TZ = name;
  expect(linesOf([Date.UTC(2026, 10, 23, 23, 30, 0, 5)])).toEqual([heading, clock]);
});

test("the zone is named anew when clocks are put back for the winter", () => {
  process.env.TZ = "Europe/Berlin";
  expect(linesOf([Date.UTC(2026, 9, 25, 0, 59), Date.UTC(2026, 9, 25, 1, 0)])).toEqual([
    ...["2026-10-25 UTC+02:00", "02:59:00.000", "2026-10-25 UTC+01:00", "02:00:00.000"],
  ]);
});
