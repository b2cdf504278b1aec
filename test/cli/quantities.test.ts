import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesText, durationText, parseDuration } from "../../src/cli/quantities.js";

describe("a duration on the command line", () => {
  test.each([
    ["1", 1000], // as sleep(1)
    ["0.5", 500],
    [".5", 500],
    ["2.", 2000],
    ["1ms", 1],
    ["100ms", 100],
    ["1s", 1000],
    ["8.2s", 8200], // 8.2 * 1000 is 8199.999…
    ["1m", 60_000],
    ["1m30s", 90_000],
    ["1m500ms", 60_500],
    ["1.5h", 5_400_000],
    ["1d2h3m4s5ms", 93_784_005],
    ["24d", 2_073_600_000],
  ])("%s is %i ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    "",
    " ",
    "1 s",
    "s",
    "ms",
    "1x",
    "1S",
    "1e3",
    "0x10",
    "-1s",
    "+1s",
    "1s1m",
    "1s1s",
    "1.2.3s",
    ".s",
    "1,5s",
    "∞",
    "1m30",
  ])("%j is none, and the message says how one is written", (text) => {
    expect(() => parseDuration(text)).toThrow("A duration is 500ms, 1s, 1m30s, 2h or 1d; a number alone is seconds.");
  });

  test.each(["0", "0s", "0.4ms", "25d", "2147483.648", "99999999999h"])("%s is none that can be waited for", (text) => {
    expect(() => parseDuration(text)).toThrow("A duration is from 1 ms to 24 days.");
  });

  test("any sum of days, hours, minutes, seconds and milliseconds is read as that sum", () => {
    const part = fc.nat({ max: 20 });
    fc.assert(
      fc.property(part, part, part, part, part, (days, hours, minutes, seconds, milliseconds) => {
        const sum = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
        fc.pre(sum > 0);
        expect(parseDuration(`${days}d${hours}h${minutes}m${seconds}s${milliseconds}ms`)).toBe(sum);
      }),
      { numRuns: 200, interruptAfterTimeLimit: 5000 },
    );
  });
});

test.each([
  [0, "0 ms"],
  [0.04, "0.04 ms"],
  [0.349, "0.34 ms"],
  [1.26, "1.2 ms"],
  [9.99, "9.9 ms"],
  [12.7, "12 ms"],
  [999.9, "999 ms"],
  [1000, "1 s"],
  [2250, "2.2 s"],
  [59_999, "59.9 s"],
  [60_000, "1m00s"],
  [185_000, "3m05s"],
  [3_599_999, "59m59s"],
  [3_600_000, "1h00m"],
  [7_380_000, "2h03m"],
  [86_400_000, "1d00h"],
  [100_800_000, "1d04h"],
])("%f ms reads %s", (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 kB"],
  [1250, "1.2 kB"],
  [34_567_890n, "34 MB"],
  [999_999_999, "999 MB"],
  [2n ** 63n, "9.2 EB"],
])("%d bytes read %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
