import { describe, expect, test } from "vitest";
import { EventsText } from "../../../src/cli/events-text.js";
import { NamedFilter } from "../../../src/cli/named-events.js";
import { widthOf } from "../../../src/cli/text-width.js";
import { compileForProcesses } from "../../../src/filter/filter.js";
import type { ConnectionEvent } from "../../../src/frames/index.js";
import { changed, opened } from "./moments.js";

describe("events of processes that a filter names", () => {
  const matches = (text: string, event: ConnectionEvent) =>
    new NamedFilter(compileForProcesses(text, {})).matches(event);

  test("an event matches by the name that it tells of its process, and by the other words", () => {
    const event = opened({ owningPid: 7 }, { processName: "nginx" });
    expect(matches("process = nginx", event)).toBe(true);
    expect(matches("process = node", event)).toBe(false);
    expect(matches("process != node", event)).toBe(true);
    expect(matches("process = nginx state listening", event)).toBe(false);
    expect(matches("process = node or dport = :8080", event)).toBe(true);
    expect(matches("process = nginx", opened())).toBe(false);
  });

  test("a change matches by the state before or after", () => {
    const event = changed({ state: "CLOSE-WAIT", owningPid: 7 }, { stateBefore: "ESTABLISHED", processName: "nginx" });
    expect(matches("process = nginx state established", event)).toBe(true);
    expect(matches("process = nginx state close-wait", event)).toBe(true);
    expect(matches("process = nginx state time-wait", event)).toBe(false);
  });

  test("what is about no connection is told always", () => {
    expect(matches("process = nginx", { event: "lost", time: 0, count: 3 })).toBe(true);
  });
});

describe("events on a terminal", () => {
  const LONG = "2001:db8:1234:5678:9abc:def0:1234:5678";
  const events = [
    opened({ owningPid: 4711, localAddress: LONG, remoteAddress: LONG }, { processName: "名前 of a long program" }),
    changed({ owningPid: 4711, state: "CLOSE-WAIT" }, { stateBefore: "ESTABLISHED", processName: "nginx" }),
  ];

  test.each([60, 80, 100, 250])("no line is wider than a terminal of %i columns, and ports are whole", (width) => {
    const look = { header: true, colour: false, utc: true, owners: true, processes: true, width: () => width };
    const lines = [...new EventsText(look).linesOf(events)];
    for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(width);
    const text = lines.join("\n");
    expect(text).toMatch(/\]:40000\s/);
    expect(text).toMatch(/\]:8080\s/);
    expect(text).toContain("4711/nginx");
  });
});
