import { describe, expect, test } from "vitest";
import { createStory } from "../../src/frames/index.js";
import { TestStream, timeOf } from "./story-frames.js";
import { CLOSE_WAIT, end, FIN_WAIT1, FIN_WAIT2, LISTEN, row, seen, TIME_WAIT, told } from "./story-told.js";

describe.each(["wasm", "plain"] as const)("a story of connections that end, %s engine,", (engine) => {
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

  test("takes what is left between two ports as left of the connection that ended last between them", async () => {
    const left = row(30, TIME_WAIT, { localPort: 1002 });
    const other = { ...end(3, 15), row: row(3, 1, { localPort: 1002 }) };
    const ticks = [{ rows: [] }, { rows: [] }, { rows: [left] }, { rows: [left], ends: [other, end(2, 20)] }];
    expect((await told(engine, ticks))[3]).toEqual([
      "closed 3 CLOSED unsampled sent 30 at 15",
      "closed 30 TIME-WAIT sent 20 at 20",
    ]);
  });

  test("takes of a doubled row that stays as it is the one that shows more of the connection's life", async () => {
    for (const rows of [
      [row(2, TIME_WAIT), row(2)],
      [row(2), row(2, TIME_WAIT)],
    ])
      expect((await told(engine, [{ rows }, { rows, ends: [end(2, 20)] }]))[1]).toEqual([
        "closed 2 ESTABLISHED sent 20 at 20",
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

  test("tells ends that were lost, and those that there was no room for in a gap", async () => {
    const many = Array.from({ length: 65_536 }, (_, number) => end(number + 1));
    const ticks = [
      { rows: [row(1)], lost: 2, neverConnected: 1 },
      { gap: "none", ends: many, lost: 3, neverConnected: 4 },
      { gap: "none", ends: [end(1), end(2)], lost: 1 },
    ];
    expect(await told(engine, ticks)).toEqual([["lost 2"], ["lost 3", "gap 4 none"], ["lost 3"]]);
    const again = await told(engine, [
      { rows: [] },
      { gap: "none", ends: many },
      { rows: [] },
      { gap: "none", ends: [end(1)] },
    ]);
    expect(again.map((lines) => lines.filter((line) => line.startsWith("lost")))).toEqual([[], [], [], []]);
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
});
