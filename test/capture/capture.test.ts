import { describe, expect, test } from "vitest";
import { openCapture } from "../../src/capture/index.js";
import { createStory } from "../../src/frames/index.js";
import { lineOf, timeOf } from "../frames/story-frames.js";
import { BUSY_TICKS } from "../support/busy-ticks.js";
import { METADATA, record } from "../support/recordings.js";

describe.each(["wasm", "plain"] as const)("a recording, read by the %s engine", (engine) => {
  const open = async (file: Awaited<ReturnType<typeof record>>) => openCapture(file, { engine });

  test(`a recording tells its metadata, start, end, samples and bytes (${engine})`, async () => {
    const file = await record(BUSY_TICKS);
    const capture = await open(file);
    expect(capture.metadata).toEqual(METADATA);
    expect([capture.start, capture.end, capture.samples]).toEqual([timeOf(0), timeOf(39), 40]);
    expect([capture.bytes, capture.intact]).toEqual([file.bytes.length, { complete: true, bytes: file.bytes.length }]);
  });

  test(`a recording gives the very frames back that were put in (${engine})`, async () => {
    const groups: Uint8Array[][] = [];
    const capture = await open(await record(BUSY_TICKS, { groups }));
    const read: Uint8Array[][] = [];
    for await (const { frames } of capture.frames()) read.push(frames.map((frame) => frame.slice()));
    expect(read).toEqual(groups);
  });

  test(`the moments of a recording tell what a story of the same frames tells (${engine})`, async () => {
    const groups: Uint8Array[][] = [];
    const capture = await open(await record(BUSY_TICKS, { groups }));
    const story = await createStory({ engine });
    const expected = groups.map((frames) => Array.from(story.read(frames).events(), lineOf));
    const told: string[][] = [];
    for await (const moment of capture.moments()) told.push(Array.from(moment.events(), lineOf));
    expect(told).toEqual(expected);
    expect(told.flat().length).toBeGreaterThan(80);
  });

  test(`the moments of a part tell the same as those of the whole, line for line (${engine})`, async () => {
    const capture = await open(await record(BUSY_TICKS));
    const all: string[][] = [];
    for await (const moment of capture.moments()) all.push(Array.from(moment.events(), lineOf));
    const part: string[][] = [];
    for await (const moment of capture.moments({ from: timeOf(17), to: timeOf(29) }))
      part.push(Array.from(moment.events(), lineOf));
    expect(part).toEqual(all.slice(17, 30));
  });

  test(`every moment is found by its time, forwards, backwards and between samples, with its tables and names (${engine})`, async () => {
    const groups: Uint8Array[][] = [];
    const capture = await open(await record(BUSY_TICKS, { groups }));
    const story = await createStory({ engine });
    const tables = groups.map((frames) => story.read(frames).changes.map(({ bytes }) => bytes.slice()));
    const ticks = [...BUSY_TICKS.keys()];
    for (const tick of [...ticks, ...ticks.toReversed(), 3, 30, 4, 39, 0]) {
      const moment = await capture.at(timeOf(tick) + 400);
      expect(moment.tick).toBe(tick);
      expect(moment.changes.map(({ bytes }) => bytes.slice())).toEqual(tables[tick]);
      expect(moment.nameOf(7)).toBe("nginx");
      expect((await capture.at({ monotonic: tick * 1000 })).tick).toBe(tick);
    }
    expect((await capture.at(0)).tick).toBe(0);
    expect((await capture.at(timeOf(5000))).tick).toBe(39);
  });

  test(`a moment that is found tells what has changed in it (${engine})`, async () => {
    const capture = await open(await record(BUSY_TICKS));
    const { opened, closed, changed, isBaseline } = await capture.at(timeOf(25));
    expect({ opened, changed, isBaseline }).toEqual({ opened: 1, changed: 1, isBaseline: false });
    expect(closed).toBeLessThanOrEqual(1);
  });

  test(`calls of at that overlap come out in their order (${engine})`, async () => {
    const capture = await open(await record(BUSY_TICKS));
    const ticks = [30, 2, 17, 39];
    const found = await Promise.all(ticks.map(async (tick) => capture.at(timeOf(tick)).then((moment) => moment.tick)));
    expect(found).toEqual(ticks);
  });

  test(`the summaries of a recording are those of its moments (${engine})`, async () => {
    const capture = await open(await record(BUSY_TICKS));
    const all = await capture.allSummaries();
    expect(all.length).toBe(40);
    let sample = 0;
    for await (const moment of capture.moments()) {
      const { tick, time, monotonic, rows, opened, closed, changed, attempts, late, duration, complete, gaps, states } =
        all;
      expect([tick[sample], time[sample], monotonic[sample]]).toEqual([moment.tick, moment.time, moment.monotonic]);
      expect([rows[sample], opened[sample], closed[sample], changed[sample]]).toEqual([
        moment.length,
        moment.opened,
        moment.closed,
        moment.changed,
      ]);
      expect(states.map((counts) => counts[sample])).toEqual([...moment.stateCounts.subarray(0, 13), 0]);
      expect([attempts[sample], late[sample], duration[sample]]).toEqual([moment.changes.length, 0.25, 1.5]);
      expect([complete[sample], gaps[sample]]).toEqual(sample === 13 ? [0, 2] : [1, 0]);
      sample++;
    }
    expect(sample).toBe(40);
  });

  test(`summaries that the recorder did not get to write are made again of the tables (${engine})`, async () => {
    const whole = await open(await record(BUSY_TICKS));
    const cut = await open(await record(BUSY_TICKS, { unclosed: true }));
    expect(cut.intact.complete).toBe(false);
    const [expected, all] = [await whole.allSummaries(), await cut.allSummaries()];
    const { length } = all;
    expect(length).toBeGreaterThanOrEqual(38);
    for (const name of ["tick", "time", "rows", "opened", "closed", "changed", "attempts", "gaps", "lost"] as const)
      expect([name, all[name]]).toEqual([name, expected[name].slice(0, length)]);
    expect(all.states).toEqual(expected.states.map((counts) => counts.slice(0, length)));
    expect(all.late.every(Number.isNaN)).toBe(true);
  });

  test(`frames of a part are those of the samples in it, both ends included (${engine})`, async () => {
    const capture = await open(await record(BUSY_TICKS));
    const ticks: number[] = [];
    for await (const { tick } of capture.frames({ from: timeOf(7), to: timeOf(9) })) ticks.push(tick);
    expect(ticks).toEqual([7, 8, 9]);
  });

  test(`a wall clock that steps back confuses neither the order nor what is found by time (${engine})`, async () => {
    const ticks = BUSY_TICKS.map((tick, at) => ({ ...tick, time: at < 20 ? timeOf(at) : timeOf(at - 10) }));
    const capture = await open(await record(ticks));
    const read: number[] = [];
    for await (const { tick } of capture.moments()) read.push(tick);
    expect(read).toEqual([...ticks.keys()]);
    // Both tick 15 and tick 25 were at this time: the later one was told last.
    expect((await capture.at(timeOf(15))).tick).toBe(25);
    expect((await capture.at(timeOf(5))).tick).toBe(5);
    expect((await capture.at({ monotonic: 15_000 })).tick).toBe(15);
    const part: number[] = [];
    for await (const { tick } of capture.moments({ from: timeOf(15), to: timeOf(16) })) part.push(tick);
    expect(part).toEqual([15, 16, 25, 26]);
  });
});
