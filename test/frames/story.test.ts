import { describe, expect, test } from "vitest";
import { StaleTableError } from "../../src/decoder/errors.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { createStory, NotAFrameError, type RowEvent, type Story, TruncatedFrameError } from "../../src/frames/index.js";
import type { RawRow } from "../support/tables.js";
import { mendChecksum } from "./mutate.js";
import { lineOf, type TestEnd, TestStream, type TestTick, timeOf } from "./story-frames.js";

const [LISTEN, ESTAB, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, TIME_WAIT] = [2, 5, 6, 7, 8, 11];

/** A row whose cookie, PID and ports tell which one it is. */
function row(cookie: number, state: number = ESTAB, more: Partial<RawRow> = {}): RawRow {
  return {
    state,
    localAddress: 0x0a000001,
    localPort: 1000 + cookie,
    remoteAddress: 0x0a000002,
    remotePort: state === LISTEN ? 0 : 443,
    owningPid: state === TIME_WAIT ? 0 : 100 + cookie,
    user: 7,
    inode: state === TIME_WAIT ? 0 : cookie,
    socketCookie: BigInt(cookie),
    ...more,
  };
}

/** The kernel's end of a connection: its cookie times ten are the bytes that it sent. */
function end(cookie: number, after = 0, more: Partial<RawRow> = {}): TestEnd {
  return { row: row(cookie, 1, more), time: timeOf(0) + after, bytesSent: cookie * 10 };
}

function seen(cookie: number, after = 0, state = ESTAB): TestEnd {
  return { row: row(cookie, state), time: timeOf(0) + after, seenBySamples: true };
}

interface Options {
  readonly where?: string;
  readonly layout?: LayoutName;
  readonly endsAreTold?: boolean;
}

/** What each of some ticks of IPv4 told. */
async function told(engine: EngineName, ticks: readonly TestTick[], options: Options = {}): Promise<string[][]> {
  const stream = await TestStream.open(options.layout ?? "LINUX_TCPTABLE", engine, options.endsAreTold ?? true);
  const story = await createStory({ engine, where: options.where });
  return ticks.map((tick, number) => linesOf(story, stream.framesOf(number, tick)));
}

function linesOf(story: Story, frames: readonly Uint8Array[]): string[] {
  const moment = story.read(frames);
  const lines = Array.from(moment.events(), lineOf);
  for (const event of ["opened", "closed", "changed"] as const)
    expect(moment[event]).toBe(lines.filter((line) => line.startsWith(event)).length);
  return lines;
}

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

  test("tells an end once, and neither that TIME-WAIT and FIN-WAIT-2 rows stay after it nor that they go", async () => {
    const ticks = [
      { rows: [row(1), row(2)] },
      { rows: [row(1, TIME_WAIT), row(2, FIN_WAIT2)], ends: [end(1, 700), end(2, 600)] },
      { rows: [row(1, TIME_WAIT), row(2, TIME_WAIT)] },
      { rows: [row(2, TIME_WAIT)] },
      { rows: [] },
      { rows: [] },
    ];
    const lines = ["closed 2 ESTABLISHED sent 20 at 600", "closed 1 ESTABLISHED sent 10 at 700"];
    expect(await told(engine, ticks)).toEqual([[], lines, [], [], [], []]);
  });

  test("tells the end of a connection that closed between the dump and the ends at once, with the row of the dump", async () => {
    const ticks = [
      { rows: [row(1), row(2)] },
      { rows: [row(1), row(2, FIN_WAIT1), row(3)], ends: [end(1, 1001), end(2, 1002), end(3, 1003)] },
      { rows: [row(1, TIME_WAIT), row(2, TIME_WAIT), row(3, TIME_WAIT)] },
      { rows: [] },
    ];
    const lines = [
      "closed 1 ESTABLISHED sent 10 at 1001",
      "closed 2 FIN-WAIT-1 sent 20 at 1002",
      "opened 3 ESTABLISHED",
      "closed 3 ESTABLISHED sent 30 at 1003",
    ];
    expect(await told(engine, ticks)).toEqual([[], lines, [], []]);
  });

  test("tells a connection that no table had by its end alone, and is silent of its TIME-WAIT row, now or later", async () => {
    const ticks = [
      { rows: [] },
      { rows: [row(2, TIME_WAIT)], ends: [end(1, 500), end(2, 600)] },
      { rows: [row(2, TIME_WAIT), row(1, TIME_WAIT)], ends: [end(3, 1500)] },
      { rows: [row(1, TIME_WAIT)] },
      { rows: [row(3, TIME_WAIT)] },
      { rows: [] },
    ];
    expect(await told(engine, ticks)).toEqual([
      [],
      ["closed 1 CLOSED unsampled sent 10 at 500", "closed 2 CLOSED unsampled sent 20 at 600"],
      ["closed 3 CLOSED unsampled sent 30 at 1500"],
      [],
      [],
      [],
    ]);
  });

  test("is silent of what is left of a connection that no table had, though the kernel gives it another cookie", async () => {
    const left = (cookie: number, of: number, state = TIME_WAIT) => row(cookie, state, { localPort: 1000 + of });
    const ticks = [
      { rows: [left(20, 1)], ends: [end(1, 10)] },
      { rows: [left(20, 1), left(30, 2), left(40, 3, FIN_WAIT2)], ends: [end(2, 20), end(3, 30), end(4, 40)] },
      { rows: [left(30, 2), left(40, 3), left(50, 4)] },
      { rows: [left(50, 4)], ends: [{ ...seen(60, 50, TIME_WAIT), row: left(60, 5) }, end(5, 60)] },
      { rows: [] },
      { rows: [] },
    ];
    const unsampled = (cookie: number) => `closed ${cookie} CLOSED unsampled sent ${cookie}0 at ${cookie}0`;
    const ends = [[unsampled(1)], [2, 3, 4].map(unsampled), [], ["closed 5 CLOSED unsampled sent 50 at 60"], [], []];
    expect(await told(engine, ticks)).toEqual(ends);
  });

  test("closes a TIME-WAIT row that was told before its end came with that end, whatever cookies they have", async () => {
    const left = row(30, TIME_WAIT, { localPort: 1002 });
    const ticks = [
      { rows: [row(7, TIME_WAIT, { localPort: 1001 })] },
      { rows: [row(7, TIME_WAIT, { localPort: 1001 }), left], ends: [end(1, 10)] },
      { rows: [left], ends: [end(2, 20)] },
      { rows: [] },
    ];
    expect(await told(engine, ticks)).toEqual([
      [],
      ["closed 1 CLOSED unsampled sent 10 at 10", "opened 30 TIME-WAIT"],
      ["closed 30 TIME-WAIT sent 20 at 20"],
      [],
    ]);
  });

  test("tells an end in the baseline: with the row if it lives there, else as one that no sample saw", async () => {
    const ticks = [{ rows: [row(1), row(2, TIME_WAIT)], ends: [end(1, 10), end(2, 20)] }, { rows: [] }];
    const lines = ["closed 1 ESTABLISHED sent 10 at 10", "closed 2 CLOSED unsampled sent 20 at 20"];
    expect(await told(engine, ticks)).toEqual([lines, []]);
  });

  test("does not tell sockets that never were connected, but a listener that is closed", async () => {
    const ticks = [
      { rows: [row(1, LISTEN), row(2)] },
      { rows: [row(2)], ends: [end(1, 1, { remotePort: 0 }), end(9, 2, { remotePort: 0 })], neverConnected: 3 },
      { rows: [], ends: [end(2, 3, { remotePort: 0, localAddress: 0 })] },
    ];
    const lines = [["closed 1 LISTEN sent 10 at 1"], ["closed 2 ESTABLISHED sent 20 at 3"]];
    expect(await told(engine, ticks)).toEqual([[], ...lines]);
  });

  test("waits a sample for the end of a row that is gone", async () => {
    const ticks = [
      { rows: [row(1), row(2), row(3), row(4), row(5, CLOSE_WAIT)] },
      { rows: [] },
      // 1 is back, 2 is another one now, 3 had a late end, 4 had none, 5 is back and ended.
      { rows: [row(1), row(2, CLOSE_WAIT, { owningPid: 9 }), row(5, TIME_WAIT)], ends: [end(3, 900), end(5, 1900)] },
      { rows: [row(1), row(2, CLOSE_WAIT, { owningPid: 9 }), row(5, TIME_WAIT)], ends: [end(4, 950)] },
      { rows: [row(1), row(2, CLOSE_WAIT, { owningPid: 9 })] },
    ];
    expect(await told(engine, ticks)).toEqual([
      [],
      [],
      [
        "closed 3 ESTABLISHED sent 30 at 900",
        "closed 5 CLOSE-WAIT sent 50 at 1900",
        "closed 4 ESTABLISHED at 2000",
        "changed 2 ESTABLISHED→CLOSE-WAIT pid 102→9",
      ],
      [],
      [],
    ]);
  });

  test("does not wait for the end of a TIME-WAIT row, nor for any where no ends are told", async () => {
    const ticks = [{ rows: [row(1, TIME_WAIT), row(2)] }, { rows: [row(2)] }, { rows: [] }, { rows: [] }];
    const timeWait = ["closed 1 TIME-WAIT at 1000"];
    expect(await told(engine, ticks)).toEqual([[], timeWait, [], ["closed 2 ESTABLISHED at 3000"]]);
    const atOnce = await told(engine, ticks, { endsAreTold: false });
    expect(atOnce).toEqual([[], timeWait, ["closed 2 ESTABLISHED at 2000"], []]);
  });

  test("tells what came and went between two moments that were told: opened, then closed, with the kernel's figures", async () => {
    const ticks = [
      { rows: [] },
      { rows: [], ends: [seen(1, 300), seen(2, 900), end(2, 800), end(3, 850), seen(3, 900, TIME_WAIT)] },
      { rows: [] },
      { rows: [], ends: [end(1, 2500)] },
    ];
    expect(await told(engine, ticks)).toEqual([
      [],
      [
        "opened 2 ESTABLISHED",
        "closed 2 ESTABLISHED sent 20 at 800",
        "closed 3 CLOSED unsampled sent 30 at 850",
        "opened 1 ESTABLISHED",
      ],
      ["closed 1 ESTABLISHED at 2000"],
      [],
    ]);
    expect((await told(engine, ticks.slice(0, 2), { endsAreTold: false }))[1]?.slice(0, 2)).toEqual([
      "opened 1 ESTABLISHED",
      "closed 1 ESTABLISHED at 300",
    ]);
  });

  test("never tells the opening of what came and went later than its end", async () => {
    const stream = await TestStream.open("LINUX_TCPTABLE", engine);
    const story = await createStory({ engine });
    story.read(stream.framesOf(0, { rows: [] }));
    const [opened, closed] = story.read(stream.framesOf(1, { rows: [], ends: [seen(1, 700), end(1, 600)] })).events();
    expect([opened?.event, opened?.time, closed?.event, closed?.time]).toEqual([
      "opened",
      timeOf(0) + 600,
      "closed",
      timeOf(0) + 600,
    ]);
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

  test("looks at states and owners before and after, where a filter speaks of them", async () => {
    const ticks = [
      { rows: [row(1), row(2, CLOSE_WAIT), row(3)] },
      { rows: [row(1, CLOSE_WAIT), row(2, 10), row(3, FIN_WAIT1), row(4), row(5, CLOSE_WAIT)] },
      { rows: [row(3, FIN_WAIT1), row(4)], ends: [end(1), end(2), end(5), end(6)] },
    ];
    expect(await told(engine, ticks, { where: "state close-wait" })).toEqual([
      [],
      ["changed 1 ESTABLISHED→CLOSE-WAIT", "changed 2 CLOSE-WAIT→LAST-ACK", "opened 5 CLOSE-WAIT"],
      ["closed 1 CLOSE-WAIT sent 10 at 0", "closed 5 CLOSE-WAIT sent 50 at 0"],
    ]);
    expect(await told(engine, ticks, { where: "pid = 104 or pid = 105" })).toEqual([
      [],
      ["opened 4 ESTABLISHED", "opened 5 CLOSE-WAIT"],
      ["closed 5 CLOSE-WAIT sent 50 at 0"],
    ]);
    expect(await told(engine, ticks, { where: "sport = :1006" })).toEqual([
      [],
      [],
      ["closed 6 CLOSED unsampled sent 60 at 0"],
    ]);
  });

  test("finds a shared socket by any of its owners, and what waits by the owner that it had", async () => {
    const ticks = [
      { rows: [row(1)] },
      { rows: [row(1), row(2), row(3)], sharedOwners: Uint32Array.of(0, 900, 1, 800, 1, 900) },
      { rows: [row(1), row(3)] },
      { rows: [row(1), row(3)] },
    ];
    expect(await told(engine, ticks, { where: "pid = 900" })).toEqual([
      [],
      ["opened 2 ESTABLISHED"],
      [],
      ["closed 2 ESTABLISHED at 3000"],
    ]);
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

  test("tells ends that were lost, and those that there was no room for in a gap", async () => {
    const many = Array.from({ length: 65_536 }, (_, number) => end(number + 1));
    const ticks = [
      { rows: [row(1)], lost: 2, neverConnected: 1 },
      { gap: "none", ends: many, lost: 3, neverConnected: 4 },
      { gap: "none", ends: [end(1), end(2)], lost: 1 },
    ];
    expect(await told(engine, ticks)).toEqual([["lost 2"], ["lost 3", "gap 4 none"], ["lost 3"]]);
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

test("a story refuses options that there are not, and filters that are none", async () => {
  await expect(createStory({ filter: "" } as never)).rejects.toThrow('createStory has no option "filter"');
  await expect(createStory({ where: "state nowhere" })).rejects.toThrow("nowhere");
  await expect(createStory({ where: 7 as never })).rejects.toThrow("A filter is text");
  await expect(createStory({ maxTableBytes: 0 })).rejects.toThrow(RangeError);
});
