import { expect, test } from "vitest";
import { parseCommandLine } from "../../../src/cli/command-line.js";
import type { EventsArguments } from "../../../src/cli/events-arguments.js";

function argumentsOf(line: string): EventsArguments {
  const parsed = parseCommandLine(line.split(" "));
  if (parsed.kind !== "events") throw new Error(JSON.stringify(parsed));
  return parsed.arguments;
}

test("tcptable events without words tells everything as text, a sample a second, without end", () => {
  expect(argumentsOf("events")).toEqual({
    ...{ families: [4, 6], owner: undefined, filter: undefined, every: 1000, duration: undefined, format: "table" },
    ...{ processes: false, header: true, utc: false, stats: false, engine: undefined },
  });
});

test("every option of tcptable events is understood, and the words are the filter", () => {
  const { filter, ...rest } = argumentsOf(
    "events --every 100ms --for 1m30s --ndjson -p -6 -H --utc --stats --engine plain state close-wait sport = :80",
  );
  expect(rest).toEqual({
    ...{ families: [6], owner: "pid", every: 100, duration: 90_000, format: "ndjson" },
    ...{ processes: true, header: false, utc: true, stats: true, engine: "plain" },
  });
  expect(filter?.text).toBe("state close-wait sport = :80");
});

test("a filter by owner asks for owners without -p", () => {
  expect(argumentsOf("events pid = 1")).toMatchObject({ owner: "pid", processes: false });
});

test("events is a command in front alone: behind other words it is a mistake in a filter", () => {
  expect(parseCommandLine(["sport", "=", ":1", "events"]).kind).toBe("mistake");
});
