import { describe, expect, test } from "vitest";
import { StaleTableError } from "../../src/decoder/errors.js";
import { createStory, NotAFrameError, type RowEvent, TruncatedFrameError } from "../../src/frames/index.js";
import type { RawRow } from "../support/tables.js";
import { mendChecksum } from "./mutate.js";
import { lineOf, TestStream, timeOf } from "./story-frames.js";
import { CLOSE_WAIT, ESTAB, end, LISTEN, linesOf, row } from "./story-told.js";

describe.each(["wasm", "plain"] as const)("a moment, %s engine,", (engine) => {
  const openBoth = async () => {
    const ipv4 = await TestStream.open("LINUX_TCPTABLE", engine);
    const ipv6 = await TestStream.open("LINUX_TCP6TABLE_EXTENDED", engine);
    const story = await createStory({ engine });
    const six = (cookie: number, state = ESTAB): RawRow => ({
      ...row(cookie, state),
      localAddress: [0, 0, 0, 1],
      remoteAddress: [0, 0, 0, 2],
    });
    return { ipv4, ipv6, story, six };
  };

  test("joins both families: counts, states and events, IPv4 first, in whatever order the frames come", async () => {
    const { ipv4, ipv6, story, six } = await openBoth();
    const first = story.read([
      ...ipv6.framesOf(7, { rows: [six(1), six(2, LISTEN)], names: { 11: "six" } }),
      ...ipv4.framesOf(7, { rows: [row(1), row(2), row(3, LISTEN)], names: { 10: "four" } }),
    ]);
    expect(first).toMatchObject({
      tick: 7,
      time: timeOf(7),
      monotonic: 7000,
      isBaseline: true,
      complete: true,
      length: 5,
    });
    expect([first.stateCounts[ESTAB], first.stateCounts[LISTEN]]).toEqual([3, 2]);
    expect([first.nameOf(10), first.nameOf(11), first.nameOf(12)]).toEqual(["four", "six", undefined]);
    expect([...first.events()]).toEqual([]);
    const [names] = ipv6.framesOf(7, { gap: "", names: { 12: "more" } }) as [Uint8Array];
    const only = story.read([names]);
    expect([10, 11, 12].map((pid) => only.nameOf(pid))).toEqual(["four", "six", "more"]);
    expect([only.length, only.changes.length, [...only.events()].length]).toEqual([0, 0, 0]);
    const second = story.read([
      ...ipv6.framesOf(8, { rows: [six(2, LISTEN), six(3)], ends: [{ ...end(1), row: six(1) }] }),
      ...ipv4.framesOf(8, { rows: [row(1), row(2, CLOSE_WAIT), row(4)], ends: [end(3, 1, { remotePort: 0 })] }),
    ]);
    expect(second.changes.map(({ table }) => table.family)).toEqual([4, 6]);
    expect(second).toMatchObject({ isBaseline: false, opened: 2, closed: 2, changed: 1, length: 5 });
    expect([second.stateCounts[ESTAB], second.stateCounts[LISTEN], second.stateCounts[CLOSE_WAIT]]).toEqual([3, 1, 1]);
    const lines = Array.from(second.events(), lineOf);
    expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "closed 3",
      "changed 2",
      "opened 4",
      "closed 1",
      "opened 3",
    ]);
  });

  test("is the same object for each tick, and an iteration over the one before throws StaleTableError", async () => {
    const { ipv4, story } = await openBoth();
    story.read(ipv4.framesOf(0, { rows: [] }));
    const moment = story.read(ipv4.framesOf(1, { rows: [row(1), row(2)] }));
    const events = moment.events();
    expect(lineOf(events.next().value as RowEvent)).toBe("opened 1 ESTABLISHED");
    expect(story.read(ipv4.framesOf(2, { rows: [row(1), row(2)] }))).toBe(moment);
    expect(() => events.next()).toThrow(StaleTableError);
  });

  test("tells when the wall clock jumps by a second or more, and not when it wanders", async () => {
    const stream = await TestStream.open("LINUX_TCPTABLE", engine);
    const story = await createStory({ engine });
    const times = [0, 1999, 2000, 3000 + 7_200_000, 4000 + 7_200_000, 5000];
    const jumps = times.map((time, tick) => linesOf(story, stream.framesOf(tick, { rows: [] }, timeOf(0) + time)));
    expect(jumps).toEqual([[], [], [], ["clock 7200000"], [], ["clock -7200000"]]);
    expect(linesOf(story, stream.framesOf(3, { rows: [] }, timeOf(5)))).toEqual([]);
    const later = await TestStream.open("LINUX_TCPTABLE", engine);
    expect(linesOf(story, later.framesOf(99, { rows: [] }, timeOf(0)))).toEqual([]);
  });

  test("has a gap where a frame can't be read, tells the other family, and goes on with the next key frame", async () => {
    const { ipv4, ipv6, story, six } = await openBoth();
    story.read([...ipv4.framesOf(0, { rows: [row(1)] }), ...ipv6.framesOf(0, { rows: [six(1)] })]);
    const [damaged] = ipv4.framesOf(1, { rows: [row(1), row(2)] }) as [Uint8Array];
    damaged[100] = (damaged[100] as number) ^ 1;
    const moment = story.read([damaged, ...ipv6.framesOf(1, { rows: [six(1), six(2)] })]);
    expect(moment).toMatchObject({ complete: false, tick: 1, opened: 1 });
    expect(moment.gaps.map(({ family, tick }) => [family, tick])).toEqual([[4, 1]]);
    const [gap, opened] = Array.from(moment.events(), lineOf);
    expect(gap).toMatch(/^gap 4 The frame is corrupt: the checksum/);
    expect(opened).toBe("opened 2 ESTABLISHED");
    const lines: string[][] = [];
    for (let tick = 2; tick < 7; tick++) lines.push(linesOf(story, ipv4.framesOf(tick, { rows: [row(1), row(3)] })));
    expect(lines.flat()).toEqual(["opened 3 ESTABLISHED"]);
  });

  test("is refused without a frame, with two tables of a family, and with what is no frame: nothing is read then", async () => {
    const { ipv4, story } = await openBoth();
    const [first] = ipv4.framesOf(0, { rows: [row(1)] }) as [Uint8Array];
    const [second] = ipv4.framesOf(1, { rows: [row(1), row(2)] }) as [Uint8Array];
    expect(() => story.read([])).toThrow(RangeError);
    expect(() => story.read([first, second])).toThrow("There are 2 tables or gaps of IPv4 and 0 of IPv6.");
    expect(() => story.read([first, new Uint8Array(100)])).toThrow(NotAFrameError);
    expect(() => story.read([first, first.subarray(0, 40)])).toThrow(TruncatedFrameError);
    expect(story.read([first]).isBaseline).toBe(true);
    expect(linesOf(story, [second])).toEqual(["opened 2 ESTABLISHED"]);
  });

  test("passes over frames of kinds that nobody knows yet", async () => {
    const { ipv4, ipv6, story } = await openBoth();
    const [unknown] = ipv6.framesOf(0, { rows: [] }) as [Uint8Array];
    unknown[6] = 99;
    mendChecksum(unknown);
    const moment = story.read([unknown, ...ipv4.framesOf(0, { rows: [row(1)] })]);
    expect(moment).toMatchObject({ length: 1, isBaseline: true, complete: true });
  });

  test("throws where a table lacks a column that the filter looks at, and says how to get it", async () => {
    const stream = await TestStream.open("MIB_TCPTABLE", engine);
    const story = await createStory({ engine, where: "pid = 1" });
    expect(() => story.read(stream.framesOf(0, { rows: [row(1)] }))).toThrow('open the reader with owner: "pid"');
  });
});
