import { describe, expect, test } from "vitest";
import { createStory, type RowEvent } from "../../src/frames/index.js";
import { TestStream, type TestTick, timeOf } from "./story-frames.js";
import { CLOSE_WAIT, end, FIN_WAIT1, LISTEN, linesOf, row, seen, TIME_WAIT, told } from "./story-told.js";

describe.each(["wasm", "plain"] as const)("a story, %s engine,", (engine) => {
  test("tells nothing of a baseline, and then what opened, changed and closed", async () => {
    const ticks = [
      { rows: [row(1), row(2), row(3, LISTEN)] },
      { rows: [row(1, CLOSE_WAIT), row(2), row(3, LISTEN), row(4)] },
      { rows: [row(1, CLOSE_WAIT), row(2), row(3, LISTEN), row(4)] },
      { rows: [row(2), row(3, LISTEN), row(4)], ends: [end(1, 2500)] },
    ];
    expect(await told(engine, ticks)).toEqual([
      [],
      ["changed 1 ESTABLISHED→CLOSE-WAIT", "opened 4 ESTABLISHED"],
      [],
      ["closed 1 CLOSE-WAIT sent 10 at 2500"],
    ]);
  });

  test("gives an event all that is known: time, row, and the figures of the end", async () => {
    const stream = await TestStream.open("LINUX_TCPTABLE", engine);
    const story = await createStory({ engine });
    story.read(stream.framesOf(0, { rows: [row(1)] }));
    const moment = story.read(stream.framesOf(1, { rows: [row(2)], ends: [end(1, 400)] }));
    const [closed, opened] = moment.events();
    expect(closed).toEqual({
      event: "closed",
      time: timeOf(0) + 400,
      row: {
        state: "ESTABLISHED",
        localAddress: "10.0.0.1",
        localPort: 1001,
        remoteAddress: "10.0.0.2",
        remotePort: 443,
        owningPid: 101,
        user: 7,
        inode: 1,
        socketCookie: "1",
      },
      sampled: true,
      bytesSent: 10n,
      bytesReceived: 11n,
      retransmits: 12,
      rttMicroseconds: 13,
    });
    expect(opened).toMatchObject({
      event: "opened",
      time: timeOf(1),
      sampled: true,
      bytesSent: null,
      bytesReceived: null,
      retransmits: null,
      rttMicroseconds: null,
    });
  });

  test("drops what it knew when a stream begins anew", async () => {
    const story = await createStory({ engine });
    const first = await TestStream.open("LINUX_TCPTABLE", engine);
    linesOf(story, first.framesOf(0, { rows: [row(1), row(2)] }));
    expect(linesOf(story, first.framesOf(1, { rows: [row(2)] }))).toEqual([]);
    const second = await TestStream.open("LINUX_TCPTABLE", engine);
    expect(linesOf(story, second.framesOf(2, { rows: [row(3)] }))).toEqual([]);
    expect(linesOf(story, second.framesOf(3, { rows: [row(3)] }))).toEqual([]);
  });

  test("tells a gap when it begins, and with the next table what changed and ended across it", async () => {
    const late = Array.from({ length: 3 }, (_, number) => ({ gap: "no such socket", ends: [end(number + 1, number)] }));
    const ticks = [{ rows: [row(1), row(2)] }, ...late, { rows: [row(2, TIME_WAIT), row(4)] }, { gap: "again" }];
    expect(await told(engine, ticks)).toEqual([
      [],
      ["gap 4 no such socket"],
      [],
      [],
      [
        "closed 1 ESTABLISHED sent 10 at 0",
        "closed 2 ESTABLISHED sent 20 at 1",
        "closed 3 CLOSED unsampled sent 30 at 2",
        "opened 4 ESTABLISHED",
      ],
      ["gap 4 again"],
    ]);
  });

  test("tells a doubled row once", async () => {
    const ticks = [
      { rows: [row(1), row(1), row(2)] },
      { rows: [row(1, CLOSE_WAIT), row(1, CLOSE_WAIT), row(2), row(2), row(3), row(3)] },
      { rows: [row(2, FIN_WAIT1), row(2, TIME_WAIT), row(3)], ends: [end(1, 1500)] },
      { rows: [], ends: [end(2, 2500), end(3, 2600), end(3, 2700)] },
    ];
    const [, first, second, third] = await told(engine, ticks);
    expect(first).toEqual(["changed 1 ESTABLISHED→CLOSE-WAIT", "opened 3 ESTABLISHED"]);
    expect(second?.filter((line) => line.startsWith("closed"))).toEqual(["closed 1 CLOSE-WAIT sent 10 at 1500"]);
    expect(second?.length).toBe(2);
    expect(third?.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual(["closed 2", "closed 3"]);
  });

  test("tells what the rows tell where a layout has no cookies, and looks at no kernel's end", async () => {
    const ticks = [
      { rows: [row(1), row(2)] },
      { rows: [row(1, CLOSE_WAIT), row(3)], ends: [end(2, 500), end(9, 600), { ...seen(8, 700) }] },
    ];
    const stream = await TestStream.open("MIB_TCPTABLE_OWNER_PID", engine, true);
    const story = await createStory({ engine });
    story.read(stream.framesOf(0, ticks[0] as TestTick));
    const events = Array.from(story.read(stream.framesOf(1, ticks[1] as TestTick)).events()) as RowEvent[];
    expect(events.map(({ event, row: { localPort } }) => `${event} ${localPort}`)).toEqual([
      "closed 1002",
      "changed 1001",
      "opened 1003",
    ]);
  });

  test("names the processes of rows, also of one that waited for its end", async () => {
    const ticks = [
      { rows: [row(1)], names: { 101: "nginx" } },
      { rows: [row(2)], names: { 102: "curl" } },
      { rows: [row(2)], names: { 101: "another" } },
    ];
    expect(await told(engine, ticks)).toEqual([
      [],
      ["opened 2 ESTABLISHED curl"],
      ["closed 1 ESTABLISHED at 2000 nginx"],
    ]);
  });
});

test("a story refuses options that there are not, and filters that are none", async () => {
  await expect(createStory({ filter: "" } as never)).rejects.toThrow('createStory has no option "filter"');
  await expect(createStory({ where: "state nowhere" })).rejects.toThrow("nowhere");
  await expect(createStory({ where: 7 as never })).rejects.toThrow("A filter is text");
  await expect(createStory({ maxTableBytes: 0 })).rejects.toThrow(RangeError);
});
