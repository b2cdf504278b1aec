import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Life, openCapture } from "../../src/capture/index.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { timeOf } from "../frames/story-frames.js";
import { row, row6 } from "../support/busy-ticks.js";
import { MemoryFile, record, TestRecorder } from "../support/recordings.js";
import type { RawRow } from "../support/tables.js";
import { lookAtAllTables, type OracleLife } from "./scan-oracle.js";

function asOracle(life: Life): OracleLife {
  const { row, firstSeen, lastSeen, samples, matches, states, isOlder, isAlive } = life;
  const cookie = Number.parseInt(row.socketCookie ?? "0", 16);
  return { cookie, firstSeen, lastSeen, samples, matches, states: states.map(({ state }) => state), isOlder, isAlive };
}

const byAge = (one: OracleLife, other: OracleLife) => one.firstSeen - other.firstSeen || one.cookie - other.cookie;

const FILTERS = [
  "state close-wait",
  "dport = 40003 or dport = 41003",
  "not state established",
  "sport = 443",
  "dport < 40003 or dport = 40009 or dport = 41004",
];

describe.each(["wasm", "plain"] as const)("a scan, %s engine", (engine) => {
  test.each([
    ["LINUX_TCPTABLE", row],
    ["LINUX_TCPTABLE_EXTENDED", row],
    ["LINUX_TCP6TABLE", row6],
  ] as const)(`a scan of %s finds what one finds who looks at every table (${engine})`, async (layout, rowOf) => {
    const step = fc.tuple(
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom("come", "go", "state", "move", "queue"),
      fc.constantFrom(2, 5, 8, 11),
    );
    const history = fc.array(fc.array(step, { maxLength: 5 }), { minLength: 1, maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(history, fc.constantFrom(...FILTERS), async (ticks, where) => {
        const tables: RawRow[][] = [];
        let rows: RawRow[] = [];
        for (const steps of ticks) {
          for (const [number, what, state] of steps) {
            const known = rows.find(({ remotePort }) => remotePort === rowOf(number).remotePort);
            if (what === "come" && !known) rows = [...rows, rowOf(number, state)];
            else if (what === "go") rows = rows.filter((other) => other !== known);
            else if (what === "move" && known) rows = [known, ...rows.filter((other) => other !== known)];
            else if (known)
              rows = rows.map((other) =>
                other !== known ? other : what === "state" ? { ...known, state } : { ...known, receiveQueue: state },
              );
          }
          tables.push(rows);
        }
        const is6 = rowOf === row6;
        const layouts: [LayoutName, LayoutName] = is6 ? ["MIB_TCPTABLE", layout] : [layout, "MIB_TCP6TABLE"];
        const file = await record(
          tables.map((told) => (is6 ? { ipv6: { rows: told } } : { ipv4: { rows: told } })),
          { engine, layouts },
        );
        const result = await (await openCapture(file, { engine })).scan(where);
        const oracle = await lookAtAllTables(tables, layout, where, timeOf);
        expect(result.lives.map(asOracle).sort(byAge)).toEqual(
          oracle.lives.map(({ tick: _, ...life }: OracleLife & { tick?: number }) => life).sort(byAge),
        );
        expect([result.count, result.samples]).toEqual([oracle.lives.length, tables.length]);
        const live = oracle.live.map(() => 0);
        let [mark, now] = [0, 0];
        for (const tick of live.keys()) {
          if (result.marks.time[mark] === timeOf(tick)) now = result.marks.live[mark++] as number;
          live[tick] = now;
        }
        expect(live).toEqual(oracle.live);
      }),
      { numRuns: 40, interruptAfterTimeLimit: 20_000, endOnFailure: true },
    );
  });

  test(`a scan of tables without cookies tells connections apart by the rules of frames (${engine})`, async () => {
    const bare = (number: number, state: number): RawRow => ({ ...row(number, state), owningPid: 0 });
    const tables = [
      [bare(1, 2), bare(2, 5), bare(3, 11)],
      [bare(3, 11), bare(1, 2), bare(2, 8)], // moved; 2 changes
      [bare(1, 2), bare(3, 5)], // 2 goes; 3 after TIME-WAIT is another one
      [bare(1, 2), bare(3, 5), bare(2, 5)], // 2 is back: without a cookie another one
    ];
    const file = await record(
      tables.map((rows) => ({ ipv4: { rows } })),
      { engine, layouts: ["MIB_TCPTABLE", "MIB_TCP6TABLE"] },
    );
    const { lives, count } = await (await openCapture(file, { engine })).scan("dport > 40001");
    const told = lives.map(({ row: { remotePort }, firstSeen, lastSeen, samples, states }) =>
      [
        remotePort,
        firstSeen - timeOf(0),
        lastSeen - timeOf(0),
        samples,
        states.map(({ state }) => state).join(" "),
      ].join(" "),
    );
    expect(count).toBe(4);
    expect(told.sort()).toEqual([
      "40002 0 1000 2 ESTABLISHED CLOSE-WAIT",
      "40002 3000 3000 1 ESTABLISHED",
      "40003 0 1000 2 TIME-WAIT",
      "40003 2000 3000 2 ESTABLISHED",
    ]);
  });

  test(`a scan joins ends with their connections, and tells those that no table had (${engine})`, async () => {
    const ended = (number: number, tick: number) => ({
      row: row(number),
      time: timeOf(tick) - 400,
      bytesSent: 100 + number,
    });
    const file = await record(
      [
        { ipv4: { rows: [row(1), row(2)], names: { 7: "nginx" } } },
        { ipv4: { rows: [row(1), row(2, 11)], ends: [ended(2, 1)] } }, // stays in TIME-WAIT
        { ipv4: { rows: [row(2, 11)], ends: [ended(1, 2), ended(5, 2)] } }, // 5 was never seen
        { ipv4: { rows: [] } },
      ],
      { engine },
    );
    const { lives, count } = await (await openCapture(file, { engine })).scan("sport = 443");
    const told = lives.map(
      ({ row: { socketCookie }, sampled, samples, endedAt, bytesSent, processName, isAlive, states }) => ({
        ...{ socketCookie, sampled, samples, bytesSent, processName, isAlive },
        ...{ endedAt: endedAt === null ? null : endedAt - timeOf(0), states: states.map(({ state }) => state) },
      }),
    );
    expect(count).toBe(3);
    const common = { isAlive: false };
    expect(told).toEqual([
      {
        ...common,
        socketCookie: "1",
        sampled: true,
        samples: 2,
        bytesSent: 101n,
        endedAt: 1600,
        processName: "nginx",
        states: ["ESTABLISHED"],
      },
      {
        ...common,
        socketCookie: "2",
        sampled: true,
        samples: 3,
        bytesSent: 102n,
        endedAt: 600,
        processName: "nginx",
        states: ["ESTABLISHED", "TIME-WAIT"],
      },
      {
        ...common,
        socketCookie: "5",
        sampled: false,
        samples: 0,
        bytesSent: 105n,
        endedAt: 1600,
        processName: undefined,
        states: [],
      },
    ]);
  });

  test(`a scan of a part begins with the table of its first sample (${engine})`, async () => {
    const tables = Array.from({ length: 20 }, (_, tick) => [row(1, 2), row(10 + tick), row(11 + tick)]);
    const file = await record(
      tables.map((rows) => ({ ipv4: { rows } })),
      { engine },
    );
    const capture = await openCapture(file, { engine });
    const part = await capture.scan("sport = 443", { from: timeOf(7), to: timeOf(11) });
    const oracle = await lookAtAllTables(tables.slice(7, 12), "LINUX_TCPTABLE", "sport = 443", (tick) =>
      timeOf(7 + tick),
    );
    expect(part.samples).toBe(5);
    expect(part.lives.map(asOracle).sort(byAge)).toEqual(
      oracle.lives.map(({ tick: _, ...life }: OracleLife & { tick?: number }) => life).sort(byAge),
    );
  });

  test(`a scan goes on in tables of another layout (${engine})`, async () => {
    const file = new MemoryFile();
    const recorder = await TestRecorder.open(file, { engine });
    await recorder.add({ ipv4: { rows: [row(1), row(2)] } });
    await recorder.changeLayouts(["LINUX_TCPTABLE_EXTENDED", "LINUX_TCP6TABLE"], engine);
    await recorder.add({ ipv4: { rows: [row(2), row(3)] } });
    await recorder.close();
    const capture = await openCapture(file, { engine });
    const { lives, samples } = await capture.scan("sport = 443");
    expect(samples).toBe(2);
    expect(lives.map((life) => [life.row.remotePort, life.row.receiveQueue, life.isOlder, life.isAlive])).toEqual([
      [40_001, undefined, true, false],
      [40_002, undefined, true, false],
      [40_002, 0, true, true],
      [40_003, 0, true, true],
    ]);
  });

  test(`a scan keeps as many lives as it is asked to, and counts all (${engine})`, async () => {
    const tables = Array.from({ length: 30 }, (_, tick) => ({ ipv4: { rows: [row(tick), row(tick + 1)] } }));
    const capture = await openCapture(await record(tables, { engine }), { engine });
    const { count, lives } = await capture.scan("sport = 443", { lifeLimit: 3 });
    expect([count, lives.map((life) => life.row.remotePort).sort()]).toEqual([31, [40_000, 40_001, 40_002]]);
  });
});

test("a signal ends a scan with an AbortError, whose cause is the signal's reason", async () => {
  const capture = await openCapture(await record([{ ipv4: { rows: [row(1)] } }]));
  const reason = new Error("enough");
  const scan = capture.scan("sport = 443", { signal: AbortSignal.abort(reason) });
  await expect(scan).rejects.toMatchObject({ name: "AbortError", cause: reason });
});
