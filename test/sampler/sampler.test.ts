import { describe, expect, test } from "vitest";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { FamilyCollector } from "../../src/system/contract.js";
import { CollectError, UnsupportedSystemError } from "../../src/system/errors.js";
import { TableCollector } from "../support/table-collector.js";
import { connection, ScriptedEnds, ScriptedNames, ScriptedSampler } from "./scripted-sampler.js";

const ENGINES: EngineName[] = ["wasm", "plain"];
const noRoom = new CollectError(
  "NETLINK_SOCK_DIAG",
  { number: 105, name: "ENOBUFS", text: "no room" },
  [105],
  "Again.",
);

describe("the ticks of a sampler", () => {
  test("keep to the grid of the first one, however late each of them is, and each tells how late it was", async () => {
    const run = new ScriptedSampler({ every: 100 });
    const { monotonic, late } = await run.next();
    expect({ monotonic, late }).toEqual({ monotonic: 0, late: 0 });
    const told = [];
    // The tick is due after a millisecond: the thread is busy for longer.
    for (const busy of [8, 15, 22, 29]) {
      const next = run.sampler.next();
      run.clock.block(busy);
      run.clock.advance(100 - busy);
      const { value } = await next;
      told.push([value?.tick, value?.monotonic, value?.late, value?.skipped]);
    }
    expect(told).toEqual([
      [1, 107, 7, 0],
      [2, 214, 14, 0],
      [3, 321, 21, 0],
      [4, 428, 28, 0],
    ]);
  });

  test("are counted where the thread was too busy for them, and none is made up for them", async () => {
    const run = new ScriptedSampler({ every: 100 });
    await run.next();
    run.clock.block(350);
    const { tick, skipped, late, samples } = await run.next(0);
    expect({ tick, skipped, late, samples }).toEqual({ tick: 4, skipped: 3, late: 49, samples: 1 });
    expect(await run.next()).toMatchObject({ tick: 5, skipped: 0, late: 0 });
  });

  test("are not sampled before they are due, where a timer is early", async () => {
    const run = new ScriptedSampler({ every: 100 });
    let reads = 0;
    run.ipv4.rows = () => {
      reads++;
      return [];
    };
    run.clock.early = 0.75;
    for (let tick = 0; tick < 5; tick++) expect((await run.next()).late).toBeGreaterThanOrEqual(0);
    expect(reads).toBe(5);
    expect(run.clock.now).toBe(1500.25);
  });

  test("may come every millisecond", async () => {
    const run = new ScriptedSampler({ every: 1 });
    for (let tick = 0; tick < 50; tick++) expect(await run.next()).toMatchObject({ tick, skipped: 0, late: 0 });
  });

  test("have numbers of 32 bits, which begin again from 0", async () => {
    const run = new ScriptedSampler({ every: 1 });
    await run.next();
    run.clock.block(2 ** 32 - 1);
    expect(await run.next(0)).toMatchObject({ tick: 2 ** 32 - 1, skipped: 2 ** 32 - 2 });
    expect(await run.next()).toMatchObject({ tick: 0, skipped: 0 });
  });

  test("tell both clocks, and that somebody has set the wall clock between two of them", async () => {
    const run = new ScriptedSampler({ every: 100 });
    const first = (await run.next()).time;
    run.clock.time += 3_600_000;
    const { time, monotonic, clockJump } = await run.next();
    expect({ time: time - first, monotonic, clockJump }).toEqual({
      time: 3_600_100,
      monotonic: 100,
      clockJump: 3_600_000,
    });
  });
});

describe.each(ENGINES)("a sampler, %s engine", (engine) => {
  test("tells what opened, changed and closed, after a first moment in which nothing has", async () => {
    const run = new ScriptedSampler({ engine });
    run.ipv4.rows = [connection(1), connection(2)];
    const first = await run.next();
    expect(first).toMatchObject({
      isBaseline: true,
      complete: true,
      length: 2,
      opened: 0,
      sources: Array(2).fill("a test's rows"),
    });
    run.ipv4.rows = [connection(1, { state: 8 }), connection(3)];
    const second = await run.next();
    expect(second).toBe(first);
    expect([...second.events()].map(({ event, ...rest }) => [event, "row" in rest && rest.row.localPort])).toEqual([
      ["closed", 2],
      ["changed", 1],
      ["opened", 3],
    ]);
  });

  test("gives one merged moment to who asks late, with the number of samples in it, and never more than one", async () => {
    const run = new ScriptedSampler({ engine });
    run.ipv4.rows = [connection(1)];
    await run.next();
    run.ipv4.rows = [connection(2)];
    run.clock.advance(100);
    run.ipv4.rows = [connection(2), connection(3)];
    run.clock.advance(200);
    run.ipv4.rows = [connection(2), connection(4)];
    const { tick, samples, skipped, opened, closed } = await run.next();
    // 3 came after the moment before and went before this one: no table that was told of has it.
    expect({ tick, samples, skipped, opened, closed }).toEqual({
      tick: 4,
      samples: 4,
      skipped: 0,
      opened: 3,
      closed: 2,
    });
    expect(await run.next()).toMatchObject({ tick: 5, samples: 1, opened: 0, closed: 0 });
  });

  test("merges samples of tables that grow out of the memory that there is", async () => {
    const run = new ScriptedSampler({ engine });
    run.ipv4.rows = [connection(1)];
    await run.next();
    for (const count of [50, 1000, 20_000]) {
      run.ipv4.rows = [connection(1), connection(2)];
      run.clock.advance(100);
      run.ipv4.rows = Array.from({ length: count }, (_, index) => connection(index + 3));
      expect(await run.next()).toMatchObject({ samples: 2, complete: true, length: count });
    }
  });

  test("tells a connection that no sample has seen by its end, also where the end came in while nobody asked", async () => {
    const ends = new ScriptedEnds();
    const run = new ScriptedSampler({ engine, openEnds: () => ends });
    expect(await run.next()).toMatchObject({
      blind: undefined,
      sources: ["a test's rows", "a test's rows", "a test's ends"],
    });
    ends.coming = [connection(7, { state: 1 })];
    run.clock.advance(200);
    ends.coming = [connection(8, { state: 1 })];
    ends.lost = 3;
    const moment = await run.next();
    expect(moment).toMatchObject({ samples: 3, closed: 2, lost: 3 });
    expect([...moment.events()]).toMatchObject([
      { event: "lost", count: 3 },
      { event: "closed", sampled: false, bytesSent: 5n, bytesReceived: 6n, row: { localPort: 7 } },
      { event: "closed", sampled: false, row: { localPort: 8 } },
    ]);
    expect(await run.next()).toMatchObject({ closed: 0, lost: 0 });
  });

  test("with a filter by ports and states sees a connection that goes to another state as changed", async () => {
    const run = new ScriptedSampler({ engine, where: "state established dport = :443" });
    run.ipv4.rows = [connection(1), connection(2, { remotePort: 80 })];
    const { length } = await run.next();
    expect(length).toBe(1);
    run.ipv4.rows = [connection(1, { state: 8 }), connection(2, { remotePort: 80, state: 8 })];
    expect(await run.next()).toMatchObject({ opened: 0, closed: 0, changed: 1 });
  });

  test("tells the names of processes, of a PID that is used again the new one", async () => {
    const names = new ScriptedNames();
    names.processes.set(70, { name: "before", start: 1 });
    const run = new ScriptedSampler({ engine, names });
    run.ipv4.rows = [connection(1, { owningPid: 70 })];
    run.ipv6.rows = [];
    expect((await run.next()).nameOf(70)).toBe("before");
    names.processes.set(70, { name: "after", start: 2 });
    expect((await run.next()).nameOf(70)).toBe("after");
    expect(names.refreshes).toBe(2);
  });
});

describe("a family that can't be read", () => {
  test("is told as a gap with the reason while the other one is told, and is compared with its last table when it is back", async () => {
    const run = new ScriptedSampler();
    run.ipv4.rows = [connection(1)];
    await run.next();
    run.ipv4.rows = noRoom;
    run.ipv6.rows = [];
    const gap = await run.next();
    expect(gap).toMatchObject({ complete: false, gaps: [{ family: 4, reason: noRoom.message }] });
    expect(gap.changes.map(({ table }) => table.family)).toEqual([6]);
    expect([...gap.events()]).toMatchObject([{ event: "gap", family: 4, reason: noRoom.message }]);
    expect([...(await run.next()).events()]).toEqual([]);
    run.ipv4.rows = [connection(1), connection(2)];
    expect(await run.next()).toMatchObject({ complete: true, gaps: [], opened: 1, closed: 0 });
  });

  test("and the other one too: both are told as gaps, and the next tick tries again", async () => {
    const run = new ScriptedSampler();
    await run.next();
    run.ipv4.rows = noRoom;
    run.ipv6.rows = noRoom;
    expect(await run.next()).toMatchObject({ complete: false, length: 0, gaps: [{ family: 4 }, { family: 6 }] });
    run.ipv4.rows = [connection(1)];
    run.ipv6.rows = [];
    expect(await run.next()).toMatchObject({ complete: true, opened: 1 });
  });

  test("fails in a sample that nobody asked for: what is told then is compared with the last moment all the same", async () => {
    const run = new ScriptedSampler();
    await run.next();
    run.ipv4.rows = noRoom;
    run.clock.advance(100);
    run.ipv4.rows = [connection(1)];
    expect(await run.next()).toMatchObject({ complete: true, samples: 2, opened: 1 });
  });

  test("from the start is a gap in each moment", async () => {
    const collector = new TableCollector("LINUX_TCPTABLE", [connection(1)]);
    const error = new Error("no IPv6 in this kernel");
    const collectors: FamilyCollector[] = [
      { family: 4, collector },
      { family: 6, error },
    ];
    const run = new ScriptedSampler({ collectors });
    for (let tick = 0; tick < 3; tick++)
      expect(await run.next()).toMatchObject({
        length: 1,
        complete: false,
        gaps: [{ family: 6, reason: error.message }],
      });
  });

  test("where neither can be opened, ends the iteration with the first one's error", async () => {
    const collectors: FamilyCollector[] = [
      { family: 4, error: new Error("no IPv4") },
      { family: 6, error: new Error("no IPv6") },
    ];
    const run = new ScriptedSampler({ collectors });
    await expect(run.passing()).rejects.toThrow("no IPv4");
    expect(await run.sampler.next()).toEqual({ done: true, value: undefined });
  });

  test("because this system has no way to it at all, ends the iteration, and everything is given back", async () => {
    const run = new ScriptedSampler();
    await run.next();
    const never = new UnsupportedSystemError("koffi is not there");
    run.ipv4.rows = never;
    await expect(run.passing()).rejects.toBe(never);
    expect([run.ipv4.closed, run.ipv6.closed, run.clock.timers]).toEqual([1, 1, 0]);
    expect(await run.sampler.next()).toEqual({ done: true, value: undefined });
  });
});

describe("the ends of connections", () => {
  test("are taken in every 20 milliseconds and after each table", async () => {
    const ends = new ScriptedEnds();
    const run = new ScriptedSampler({ every: 100, openEnds: () => ends });
    await run.next();
    const before = ends.drains;
    await run.next();
    expect(ends.drains - before).toBe(5 + 2);
  });

  test("that cease to be told make the sampler blind, which it says with the reason, and they are opened again", async () => {
    const opened: ScriptedEnds[] = [];
    const openEnds = () => {
      const ends = new ScriptedEnds();
      opened.push(ends);
      return ends;
    };
    const run = new ScriptedSampler({ openEnds });
    expect((await run.next()).blind).toBeUndefined();
    const before = (opened[0] as ScriptedEnds).drains;
    (opened[0] as ScriptedEnds).coming = new Error("The reply can't be read.");
    expect((await run.next()).blind).toBe(
      "Connections that live between two samples are not seen: The reply can't be read.",
    );
    expect(opened.map(({ closed }) => closed)).toEqual([1, 0]);
    // What has failed is not asked again.
    expect((opened[0] as ScriptedEnds).drains - before).toBe(1);
    expect((await run.next()).blind).toBeUndefined();
  });

  test.each([
    ["are not told by this system", (_: number) => undefined, "this system does not tell of them"],
    [
      "may not be heard by this user",
      () => {
        throw new Error("bind failed: EPERM.");
      },
      "bind failed: EPERM",
    ],
    ["were not asked for", undefined, "ends of connections were not asked for"],
  ])("%s: the sampler goes on without them, and says so", async (_, openEnds, reason) => {
    let opened = 0;
    const open = openEnds && (() => openEnds(opened++));
    const run = new ScriptedSampler(open ? { openEnds: open } : {});
    const { blind, sources } = await run.next();
    expect(blind).toBe(`Connections that live between two samples are not seen: ${reason}.`);
    expect(sources).toHaveLength(2);
    await run.next();
    // What is not there at the start will not come: it is not tried again.
    expect(opened).toBe(open ? 1 : 0);
  });
});
