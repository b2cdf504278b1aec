import { describe, expect, test } from "vitest";
import type { Format } from "../../../src/cli/arguments.js";
import { type EventsFormat, EventsLines } from "../../../src/cli/events-lines.js";
import { ndjsonLines } from "../../../src/cli/formats.js";
import type { ConnectionEvent } from "../../../src/frames/index.js";
import { changed, closed, NOON, opened, ROW } from "./moments.js";

/** All lines of a run in which these moments came. */
function linesOf(
  format: Format,
  moments: readonly (readonly ConnectionEvent[])[],
  look: Partial<EventsFormat> = {},
): string[] {
  const lines = new EventsLines({
    ...{ format, header: true, colour: false, utc: true, owners: false, processes: false, onTerminal: false },
    ...look,
  });
  return [...lines.begin(), ...moments.flatMap((events) => [...lines.linesOf(events)]), ...lines.end()];
}

const FIGURES = { bytesSent: 5n, bytesReceived: 1234n, retransmits: 0, rttMicroseconds: 350 };

describe("--ndjson has a line an event:", () => {
  const lineOf = (event: ConnectionEvent, look: Partial<EventsFormat> = {}) =>
    linesOf("ndjson", [[event]], look)[0] as string;

  test("when and what, in front of the row as --ndjson prints it", () => {
    expect(lineOf(opened())).toBe(
      '{"time":"2026-11-24T12:00:00.000Z","event":"opened","state":"ESTABLISHED","localAddress":"127.0.0.1","localPort":40000,' +
        '"remoteAddress":"127.0.0.1","remotePort":8080,"user":1000,"inode":4711,"socketCookie":"1a2b","family":4}',
    );
    const [row = ""] = ndjsonLines([{ ...ROW, owningPid: 7 }]);
    expect(lineOf(opened({ owningPid: 7 }), { owners: true })).toBe(
      `{"time":"2026-11-24T12:00:00.000Z","event":"opened",${row.slice(1, -1)},"family":4}`,
    );
  });

  test("the state before, where it changed", () => {
    expect(JSON.parse(lineOf(changed({ state: "CLOSE-WAIT" }, { stateBefore: "ESTABLISHED" })))).toMatchObject({
      event: "changed",
      stateBefore: "ESTABLISHED",
      state: "CLOSE-WAIT",
    });
    expect(JSON.parse(lineOf(opened()))).not.toHaveProperty("stateBefore");
  });

  test("the PID before, where the owner changed", () => {
    expect(JSON.parse(lineOf(changed({ owningPid: 8 }, { pidBefore: 7 }), { owners: true }))).toMatchObject({
      ...{ pidBefore: 7, owningPid: 8 },
    });
    expect(JSON.parse(lineOf(opened({ owningPid: 8 }), { owners: true }))).not.toHaveProperty("pidBefore");
  });

  test("the figures of an end behind the row, as numbers, and null where nobody told them", () => {
    expect(lineOf(closed({}, FIGURES))).toMatch(
      /"socketCookie":"1a2b","family":4,"bytesSent":5,"bytesReceived":1234,"retransmits":0,"rttMicroseconds":350\}$/,
    );
    expect(lineOf(closed())).toMatch(
      /"bytesSent":null,"bytesReceived":null,"retransmits":null,"rttMicroseconds":null\}$/,
    );
    expect(lineOf(opened())).not.toContain("bytesSent");
  });

  test("numbers of bytes beyond 2⁵³ as their digits, exact to the last", () => {
    const line = lineOf(closed({}, { ...FIGURES, bytesSent: 2n ** 53n - 1n, bytesReceived: 2n ** 64n - 2n }));
    expect(line).toContain('"bytesSent":9007199254740991,"bytesReceived":"18446744073709551614"');
  });

  test("sampled: false where no sample saw it, and nothing where one did", () => {
    expect(lineOf(closed({ state: "CLOSED" }, { sampled: false }))).toContain(
      '"event":"closed","sampled":false,"state":"CLOSED"',
    );
    expect(lineOf(closed())).not.toContain("sampled");
  });

  test("the name of the process where names were asked for, null where it is not known", () => {
    const look = { owners: true, processes: true };
    expect(lineOf(opened({ owningPid: 7 }, { processName: "a\u001b[2Jb" }), look)).toMatch(
      /"processName":"a\\u001b\[2Jb"\}$/,
    );
    expect(lineOf(opened(), look)).toMatch(/"processName":null\}$/);
    expect(lineOf(opened({}, { processName: "nginx" }))).not.toContain("processName");
  });

  test("no PIDs where owners were not asked for: 0 would say that there is none", () => {
    expect(lineOf(opened())).not.toContain("owningPid");
  });

  test("what could not be told, or changes the clock", () => {
    expect(
      linesOf("ndjson", [
        [
          { event: "lost", time: NOON, count: 3 },
          { event: "clock", time: NOON, milliseconds: -3600_000 },
          { event: "gap", time: NOON, family: 6, reason: "no room" },
        ],
      ]),
    ).toEqual([
      '{"time":"2026-11-24T12:00:00.000Z","event":"lost","count":3}',
      '{"time":"2026-11-24T12:00:00.000Z","event":"clock","milliseconds":-3600000}',
      '{"time":"2026-11-24T12:00:00.000Z","event":"gap","family":6,"reason":"no room"}',
    ]);
  });
});

describe("--json is one array", () => {
  test("whose every line is whole when it is printed", () => {
    const lines = linesOf("json", [[opened(), closed()], [], [opened()]]);
    expect(lines.map((line) => line.slice(0, 2))).toEqual(["[", " {", ",{", ",{", "]"]);
    expect(JSON.parse(lines.join("\n")).map(({ event }: { event: string }) => event)).toEqual([
      "opened",
      "closed",
      "opened",
    ]);
  });

  test("also where nothing happened", () => {
    expect(JSON.parse(linesOf("json", [[], []]).join("\n"))).toEqual([]);
  });
});

describe("--csv", () => {
  test("has the columns' names once, and the same ones for every event", () => {
    const lines = linesOf("csv", [
      [opened({ localAddress: "::1", remoteAddress: "::1", localScopeId: 0, remoteScopeId: 0 })],
      [
        closed({ state: "CLOSED" }, { ...FIGURES, sampled: false }),
        { event: "gap", time: NOON, family: 4, reason: "a, b" },
      ],
    ]);
    expect(lines).toEqual([
      "time,event,stateBefore,state,localAddress,localPort,remoteAddress,remotePort,localScopeId,remoteScopeId," +
        "user,inode,socketCookie,createTimestamp,sampled,bytesSent,bytesReceived,retransmits,rttMicroseconds," +
        "count,milliseconds,family,reason",
      "2026-11-24T12:00:00.000Z,opened,,ESTABLISHED,::1,40000,::1,8080,0,0,1000,4711,1a2b,,,,,,,,,6,",
      "2026-11-24T12:00:00.000Z,closed,,CLOSED,127.0.0.1,40000,127.0.0.1,8080,,,1000,4711,1a2b,,false,5,1234,0,350,,,4,",
      '2026-11-24T12:00:00.000Z,gap,,,,,,,,,,,,,,,,,,,,4,"a, b"',
    ]);
  });

  test("has owners and programs where they were asked for, and no names of columns where those are not wanted", () => {
    const look = { owners: true, processes: true };
    expect(linesOf("csv", [], look)[0]).toContain(",remoteScopeId,owningPid,pidBefore,processName,user,");
    const event = changed({ owningPid: 8, owningPids: [8, 9] }, { pidBefore: 7, processName: "=1+1" });
    const [line] = linesOf("csv", [[event]], { ...look, header: false });
    expect(line).toContain(",8080,,,8,7,'=1+1,1000,");
  });
});

describe("the text", () => {
  const textOf = (events: readonly ConnectionEvent[], look: Partial<EventsFormat> = {}) =>
    linesOf("table", [events], look).join("\n");

  test("has a line an event in columns of fixed widths, below the date and the zone", () => {
    const second = NOON + 1000;
    expect(
      textOf([
        opened({}, { time: NOON + 7 }),
        changed({ state: "CLOSE-WAIT" }, { time: second, stateBefore: "ESTABLISHED" }),
        closed({ state: "CLOSE-WAIT" }, { ...FIGURES, time: NOON + 3457, retransmits: 2 }),
        closed({
          state: "LISTEN",
          localAddress: "0.0.0.0",
          localPort: 22,
          remoteAddress: "0.0.0.0",
          remotePort: 0,
          socketCookie: "2",
        }),
        closed({ state: "CLOSED", localAddress: "10.200.100.20", socketCookie: "3" }, { ...FIGURES, sampled: false }),
      ]),
    ).toBe(
      `
2026-11-24 UTC           State         Local Address:Port     Remote Address:Port
12:00:00.007  + opened   ESTABLISHED   127.0.0.1:40000        127.0.0.1:8080
12:00:01.000  → changed  CLOSE-WAIT    127.0.0.1:40000        127.0.0.1:8080         was ESTABLISHED
12:00:03.457  − closed   CLOSE-WAIT    127.0.0.1:40000        127.0.0.1:8080         seen for 3.4 s  ↑5 B  ↓1.2 kB  2 retransmitted  rtt 0.35 ms
12:00:00.000  − closed   LISTEN        0.0.0.0:22             *:*
12:00:00.000  − closed   CLOSED        10.200.100.20:40000    127.0.0.1:8080         between samples  ↑5 B  ↓1.2 kB  rtt 0.35 ms
`.trim(),
    );
  });

  test("has the process where owners are asked for, harmless, and how many more hold the socket", () => {
    expect(
      textOf(
        [
          opened({ owningPid: 4711, owningPids: [4711, 4712] }, { processName: "a\u001b[31mb" }),
          changed({ owningPid: 8 }, { processName: "nginx", pidBefore: 7 }),
          closed(),
        ],
        { owners: true, processes: true },
      ),
    ).toBe(
      `
2026-11-24 UTC           State         Local Address:Port     Remote Address:Port    PID/Program
12:00:00.000  + opened   ESTABLISHED   127.0.0.1:40000        127.0.0.1:8080         4711/a?[31mb (+1)
12:00:00.000  → changed  ESTABLISHED   127.0.0.1:40000        127.0.0.1:8080         8/nginx               was PID 7
12:00:00.000  − closed   ESTABLISHED   127.0.0.1:40000        127.0.0.1:8080         -                     seen for 0 ms
`.trim(),
    );
    expect(textOf([opened({ owningPid: 7 })], { owners: true })).toMatch(/Port {4}PID\n.* 7$/);
  });

  test("stays aligned from the first long address on", () => {
    const ipv6 = {
      localAddress: "2001:db8:aaaa:bbbb::1",
      remoteAddress: "fe80::1",
      remoteScopeId: 2,
      socketCookie: "9",
    };
    expect(textOf([opened(ipv6), opened()], { header: false })).toBe(
      `
12:00:00.000  + opened   ESTABLISHED   [2001:db8:aaaa:bbbb::1]:40000  [fe80::1%2]:8080
12:00:00.000  + opened   ESTABLISHED   127.0.0.1:40000                127.0.0.1:8080
`.trim(),
    );
  });

  test("says what could not be told in sentences", () => {
    expect(
      textOf(
        [
          { event: "lost", time: NOON, count: 1 },
          { event: "lost", time: NOON, count: 12 },
          { event: "clock", time: NOON, milliseconds: -3_600_000 },
          { event: "clock", time: NOON, milliseconds: 2500 },
          { event: "gap", time: NOON, family: 6, reason: "no\u001broom" },
        ],
        { header: false },
      ),
    ).toBe(
      `
12:00:00.000  ! lost     The end of 1 connection was lost: more ended than could be read in time.
12:00:00.000  ! lost     The ends of 12 connections were lost: more ended than could be read in time.
12:00:00.000  ! clock    The clock was set back by 1h00m.
12:00:00.000  ! clock    The clock was set forward by 2.5 s.
12:00:00.000  ! gap      IPv6 could not be read: no?room
`.trim(),
    );
  });

  test("tells the date anew after midnight", () => {
    const lines = textOf([
      opened({}, { time: Date.UTC(2026, 10, 24, 23, 59, 59, 999) }),
      opened({}, { time: Date.UTC(2026, 10, 25) }),
    ]);
    expect(lines.match(/^(2026-11-2\d UTC|[\d:.]+)/gm)).toEqual([
      ...["2026-11-24 UTC", "23:59:59.999", "2026-11-25 UTC", "00:00:00.000"],
    ]);
  });

  test("green opens, red closes, yellow warns, and states have the table's colours; the widths stay", () => {
    const events = [opened(), closed(), { event: "lost", time: NOON, count: 1 } as const];
    const coloured = textOf(events, { colour: true });
    expect(coloured).toContain("\u001b[1m2026-11-24 UTC ");
    expect(coloured).toContain("  \u001b[32m+ opened \u001b[0m  \u001b[32mESTABLISHED \u001b[0m  127.0.0.1:40000");
    expect(coloured).toContain("  \u001b[31m− closed \u001b[0m  \u001b[32m");
    expect(coloured).toContain("  \u001b[33m! lost   \u001b[0m  The");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours
    expect(coloured.replaceAll(/\u001b\[\d+m/g, "")).toBe(textOf(events));
  });

  test("tells how long a connection was seen by its cookie, not by its addresses", () => {
    const text = textOf([
      opened({ socketCookie: "1" }),
      opened({ socketCookie: "2" }, { time: NOON + 1000 }),
      closed({ socketCookie: "1" }, { time: NOON + 2000 }),
      closed({ socketCookie: "3" }, { time: NOON + 2000 }),
      closed({ socketCookie: "2" }, { time: NOON + 2000 }),
    ]);
    expect(text.match(/seen.*|closed.*8080$/gm)).toEqual([
      "seen for 2 s",
      expect.stringMatching(/^closed/),
      "seen for 1 s",
    ]);
  });

  test("and by addresses and the time of creation where there is no cookie", () => {
    const { socketCookie, ...row } = ROW;
    const windows = (createTimestamp: string, time: number, event: "opened" | "closed") => ({
      ...opened({}, { time }),
      event,
      row: { ...row, createTimestamp },
    });
    const text = textOf([
      windows("2026-11-24T11:00:00.000Z", NOON, "opened"),
      windows("2026-11-24T11:00:01.000Z", NOON + 500, "opened"),
      windows("2026-11-24T11:00:00.000Z", NOON + 2000, "closed"),
    ]);
    expect(text).toMatch(/seen for 2 s$/);
  });
});
