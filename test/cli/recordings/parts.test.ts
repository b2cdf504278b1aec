import { expect, test } from "vitest";
import { Progress } from "../../../src/cli/progress.js";
import { parseRecordingsLine } from "../../../src/cli/recordings-line.js";
import { sparkline } from "../../../src/cli/sparkline.js";

test("a sparkline has the lowest bar for the least value and the highest for the most", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([100, 107], [0, 1], 64)).toBe("▁█");
});

test("a bar of a sparkline is the largest value of its part of the time, however many samples that has", () => {
  expect(sparkline([1, 9, 1, 1, 1, 1], [0, 1, 2, 8, 9, 10], 2)).toBe("█▁");
  // Three samples in the first second, one in the last.
  expect(sparkline([1, 1, 1, 8], [0, 100, 200, 1000], 2)).toBe("▁█");
});

test("a sparkline is blank where there is no sample, and flat where all values are the same", () => {
  expect(sparkline([1, 2, 2], [0, 1, 9], 3)).toBe("█ █");
  expect(sparkline([5, 5], [0, 1], 64)).toBe("▁▁");
  expect(sparkline([5], [7], 64)).toBe("▁");
  expect(sparkline([], [], 64)).toBe("");
});

test.each([59, 60, 61, 119, 121, 600])(
  "a sparkline has no blank where each of %i samples came a little late or early",
  (length) => {
    const times = Array.from({ length }, (_, at) => at * 100 + ((at * 37) % 7) * 5);
    expect(sparkline(new Array<number>(length).fill(1), times, 60)).toMatch(/^▁+$/);
  },
);

function terminal(isTTY: boolean) {
  const parts: string[] = [];
  return { isTTY, parts, write: (text: string) => parts.push(text) > 0 };
}

test("progress is shown after a second, ten times a second at most, and wiped out at the end", () => {
  const stream = terminal(true);
  let now = 5000;
  const progress = new Progress("Scanning", stream, () => now);
  progress.show(0.2);
  now = 5999;
  progress.show(0.4);
  expect(stream.parts).toEqual([]);
  now = 6000;
  progress.show(0.5);
  now = 6050;
  progress.show(0.55);
  now = 6100;
  progress.show(0.559);
  progress.hide();
  progress.hide();
  expect(stream.parts).toEqual([
    "\rScanning: 50 %, 1 s to go\u001b[K",
    "\rScanning: 55 %, 1 s to go\u001b[K",
    "\r\u001b[K",
  ]);
});

test("progress is shown on terminals alone", () => {
  const stream = terminal(false);
  let now = 0;
  const progress = new Progress("Scanning", stream, () => now);
  now = 10_000;
  progress.show(0.5);
  progress.hide();
  expect(stream.parts).toEqual([]);
});

test("progress that can't be told is none: a recording of one sample", () => {
  const stream = terminal(true);
  let now = 0;
  const progress = new Progress("Reading", stream, () => now);
  now = 2000;
  progress.show(Number.NaN);
  expect(stream.parts).toEqual(["\rReading: 0 %\u001b[K"]);
});

test("the help of commands for recordings fits on 80 columns", () => {
  for (const name of ["record", "recover", "replay", "scan", "info", "export"]) {
    const parsed = parseRecordingsLine([name, "--help"]);
    if (!("text" in parsed)) throw new Error(`${name} has no help`);
    expect(parsed.kind).toBe("text");
    expect(parsed.text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  }
});
