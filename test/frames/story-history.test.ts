import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import { createStory, type RowEvent } from "../../src/frames/index.js";
import type { RawRow } from "../support/tables.js";
import { compareRows } from "./oracle.js";
import { TestStream, type TestTick } from "./story-frames.js";
import { KernelModel } from "./story-model.js";
import { type Line, StoryOracle } from "./story-oracle.js";
import { pairOfTables } from "./tables.js";

const STATES = [
  "",
  "CLOSED",
  "LISTEN",
  "SYN-SENT",
  "SYN-RECEIVED",
  "ESTABLISHED",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "CLOSE-WAIT",
];
const stateNumber = (name: string) => (name === "TIME-WAIT" ? 11 : STATES.indexOf(name));

/** As the oracle tells it. */
function lineOf({ event, row, stateBefore, sampled, bytesSent }: RowEvent): Line {
  const cookie = Number.parseInt(row.socketCookie as string, 16);
  const state = stateNumber(row.state);
  if (event === "changed") return `changed ${cookie} ${stateNumber(stateBefore ?? row.state)}→${state}`;
  const how = sampled ? "" : " unsampled";
  return `${event} ${cookie} ${state}${bytesSent === null ? "" : ` sent ${bytesSent}`}${how}`;
}

const TICKS = 14;
const QUIET = 6;

describe.each(["wasm", "plain"] as const)("a story of random histories, %s engine,", (engine) => {
  test.each([
    ["LINUX_TCPTABLE", true],
    ["LINUX_TCP6TABLE_EXTENDED", true],
    ["LINUX_TCP6TABLE", false],
  ] as const)(
    "of %s, ends told: %s, tells what the oracle tells, and of each connection what is true",
    async (layout, endsAreTold) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat({ max: 240 }), { minLength: 300, maxLength: 1500 }), async (decisions) => {
          let at = 0;
          const decide = (choices: number) => (decisions[at++] ?? 0) % choices;
          const { family } = LAYOUTS[layout as LayoutName];
          const model = new KernelModel(decide, { family, endsAreTold });
          const oracle = new StoryOracle(endsAreTold);
          const stream = await TestStream.open(layout, engine, endsAreTold);
          const story = await createStory({ engine });
          const all: { tick: number; event: RowEvent }[] = [];
          const sampled = new Set<number>();
          for (let tick = 0; tick < TICKS + QUIET; tick++) {
            const told: TestTick = model.tick(tick, tick >= TICKS);
            const moment = story.read(stream.framesOf(tick, told));
            const events = [...moment.events()].filter((event): event is RowEvent => "row" in event);
            const expected = told.gap === undefined ? oracle.read(told.rows ?? [], told.ends ?? []) : [];
            if (told.gap !== undefined) oracle.readGap(told.ends ?? []);
            expect(events.map(lineOf).sort()).toEqual(expected.sort());
            all.push(...events.map((event) => ({ tick, event })));
            for (const { state, socketCookie } of told.rows ?? [])
              if (state !== 11 && state !== 7) sampled.add(Number(socketCookie));
          }
          const cookieOf = (event: RowEvent) => Number.parseInt(event.row.socketCookie as string, 16);
          const connectionOf = (event: RowEvent) => model.connectionOf.get(cookieOf(event)) ?? cookieOf(event);
          const byCookie = new Map<number, typeof all>();
          for (const told of all) {
            const cookie = connectionOf(told.event);
            byCookie.set(cookie, [...(byCookie.get(cookie) ?? []), told]);
          }
          for (const [cookie, list] of byCookie) {
            const kinds = list.map(({ event }) => event.event);
            const count = (kind: string) => kinds.filter((other) => other === kind).length;
            const story = `${cookie}: ${list.map(({ tick, event }) => `${tick} ${lineOf(event)}`)}`;
            expect(count("opened"), story).toBeLessThanOrEqual(1);
            expect(count("closed"), story).toBe(model.ended.has(cookie) ? 1 : 0);
            if (count("opened") === 1) expect(kinds[0], story).toBe("opened");
            if (count("closed") === 1) expect(kinds.at(-1), story).toBe("closed");
            for (const { event } of list)
              if (event.bytesSent !== null) expect(event.bytesSent, story).toBe(BigInt(cookie * 10));
          }
          // Who lived in a table that was told, and has ended, is told.
          for (const cookie of sampled)
            if (model.ended.has(cookie)) expect(byCookie.get(cookie)?.at(-1)?.event.event, `${cookie}`).toBe("closed");
        }),
        { numRuns: 60, interruptAfterTimeLimit: 20_000, endOnFailure: true },
      );
    },
  );

  test.each(LAYOUT_NAMES.filter((layout) => !layout.startsWith("LINUX")))(
    "of any two tables of %s, which have no cookies, tells what the rows tell by the rules of frames",
    async (layout) => {
      const stream = await TestStream.open(layout, engine, false);
      const story = await createStory({ engine });
      let tick = 0;
      fc.assert(
        fc.property(pairOfTables(layout), ([before, after]) => {
          story.read(stream.framesOf(tick++, { rows: before }));
          const moment = story.read(stream.framesOf(tick++, { rows: after }));
          const { opened, closed, changed } = compareRows(before, after, layout, []);
          expect([moment.opened, moment.closed, moment.changed]).toEqual([
            opened.length,
            closed.length,
            changed.length,
          ]);
          const told = [...moment.events()].map((event) =>
            "row" in event ? `${event.event} ${event.row.localPort}` : "",
          );
          const line = (event: string, row: RawRow | undefined) => `${event} ${row?.localPort}`;
          // Which of equal rows stand for each other is told by nobody: ends and kinds are the same, whichever it was.
          expect(told.sort()).toEqual(
            [
              ...opened.map((row) => line("opened", after[row])),
              ...closed.map((row) => line("closed", before[row])),
              ...changed.map(([row]) => line("changed", after[row])),
            ].sort(),
          );
        }),
        { numRuns: 60, endOnFailure: true },
      );
    },
  );
});
