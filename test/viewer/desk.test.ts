import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blobReadable, openCapture } from "../../src/capture/index.js";
import type { View } from "../../src/viewer/protocol.js";
import { keyOf } from "../../src/viewer/worker/connection-key.js";
import { timeOf } from "../frames/story-frames.js";
import { row, row6 } from "../support/busy-ticks.js";
import { METADATA, MemoryFile, type RecordedTick, record, TestRecorder } from "../support/recordings.js";
import { Asker } from "./asking.js";

/** Connection 1 stays, 2 changes its state at 3 s, 3 is there from 2 s to 4 s; of IPv6 there is one all the time; no IPv6 at 5 s. */
const TICKS: readonly RecordedTick[] = Array.from({ length: 8 }, (_, tick) => ({
  ipv4: {
    rows: [row(1), row(2, tick >= 3 ? 8 : 5), ...(tick >= 2 && tick <= 4 ? [row(3)] : [])],
    ends: tick === 5 ? [{ row: row(3), time: timeOf(5) - 300, bytesSent: 50 }] : [],
    ...(tick === 0 ? { names: { [row(1).owningPid ?? 0]: "nginx" } } : undefined),
  },
  ipv6: tick === 5 ? { gap: "no right to read it" } : { rows: [row6(1)] },
}));

const VIEW: View = { at: timeOf(4), where: "", sort: [], since: { kind: "sample" } };

let asker: Asker;
let file: MemoryFile;
beforeEach(async () => {
  asker = new Asker();
  file = await record(TICKS);
});
afterEach(() => asker.close());

describe("the worker's desk", () => {
  test("the desk opens a file, and says what is in it", async () => {
    expect(await asker.open(file, "web.mcap")).toMatchObject({
      name: "web.mcap",
      start: timeOf(0),
      end: timeOf(7),
      samples: 8,
      isLive: false,
      intact: { complete: true },
      columns: expect.arrayContaining(["state", "localPort", "owningPid", "socketCookie"]),
    });
    expect(asker.events.at(-1)).toEqual({ event: "summaries", fraction: 1, isDone: true });
  });

  test("a moment counts the rows of both families, what matches, and what became of that since the sample before", async () => {
    await asker.open(file);
    const moment = await asker.ask("view", { ...VIEW, at: timeOf(3) });
    expect(moment).toMatchObject({ time: timeOf(3), sample: 3, rows: 4, matches: 4, opened: 0, changed: 1, closed: 0 });
    expect(await asker.ask("view", { ...VIEW, at: timeOf(2) })).toMatchObject({ rows: 4, opened: 1, changed: 0 });
    const filtered = await asker.ask("view", { ...VIEW, at: timeOf(3) + 400, where: "state close-wait" });
    expect(filtered).toMatchObject({
      time: timeOf(3),
      rows: 4,
      matches: 1,
      length: 1,
      changed: 1,
      sinceTime: timeOf(2),
    });
    expect([filtered.states[5], filtered.states[8], filtered.matchStates[5], filtered.matchStates[8]]).toEqual([
      3, 1, 0, 1,
    ]);
  });

  test("a row that has changed says what it was, and one that has closed is shown as it was", async () => {
    await asker.open(file);
    await asker.ask("view", {
      ...VIEW,
      at: timeOf(5),
      since: { kind: "milliseconds", milliseconds: 3000 },
      sort: ["remotePort"],
    });
    const { rows } = await asker.ask("rows", { from: 0, to: 10 });
    expect(rows.map(({ row, mark, stateBefore }) => [row.remotePort, row.state, mark, stateBefore])).toEqual([
      [row(1).remotePort, "ESTABLISHED", "", undefined],
      [row(2).remotePort, "CLOSE-WAIT", "changed", "ESTABLISHED"],
      [row(3).remotePort, "ESTABLISHED", "closed", undefined],
    ]);
    expect(rows[0]?.processName).toBe("nginx");
  });

  test("nothing has opened in the first sample, and a pinned time may be later than what is shown", async () => {
    await asker.open(file);
    const first = await asker.ask("view", { ...VIEW, at: timeOf(0) });
    expect(first).toMatchObject({ opened: 0, closed: 0, sinceTime: Number.NaN });
    const back = await asker.ask("view", { ...VIEW, at: timeOf(1), since: { kind: "pinned", time: timeOf(3) } });
    expect(back).toMatchObject({ opened: 0, closed: 1, changed: 1, sinceTime: timeOf(3) });
  });

  test("both families are sorted as one, an IPv4 address before any IPv6 address", async () => {
    await asker.open(file);
    const portsBy = async (sort: View["sort"]) => {
      await asker.ask("view", { ...VIEW, sort });
      return (await asker.ask("rows", { from: 0, to: 10 })).rows.map(({ family, row }) => [family, row.remotePort]);
    };
    const all = [row(1), row(2), row(3)].map(({ remotePort }) => [4, remotePort as number]);
    const ipv6 = [6, row6(1).remotePort as number];
    const byPort = [...all, ipv6].sort((one, other) => (one[1] as number) - (other[1] as number));
    expect(await portsBy(["remotePort"])).toEqual(byPort);
    expect(await portsBy(["-remotePort"])).toEqual(byPort.toReversed());
    expect((await portsBy(["localAddress", "remotePort"])).at(-1)).toEqual(ipv6);
    expect((await portsBy(["-localAddress"]))[0]).toEqual(ipv6);
  });

  test("a family that was not read has no rows, and the moment says why", async () => {
    await asker.open(file);
    expect(await asker.ask("view", { ...VIEW, at: timeOf(5) })).toMatchObject({
      rows: 2,
      complete: false,
      gaps: [{ family: 6, reason: "no right to read it" }],
    });
  });

  test("a connection keeps its key from sample to sample, and is found by it", async () => {
    await asker.open(file);
    await asker.ask("view", VIEW);
    const [, second] = (await asker.ask("rows", { from: 0, to: 10 })).rows;
    await asker.ask("view", { ...VIEW, at: timeOf(6), sort: ["-remotePort"] });
    const place = await asker.ask("place", { key: second?.key ?? "" });
    const [found] = (await asker.ask("rows", { from: place, to: place + 1 })).rows;
    expect([found?.key, found?.row.remotePort]).toEqual([second?.key, second?.row.remotePort]);
    expect(await asker.ask("place", { key: "10.9.9.9:1,10.9.9.9:2" })).toBe(-1);
  });

  test("a mistake in the filter is told with its place, and leaves the rows as they were", async () => {
    await asker.open(file);
    await asker.ask("view", VIEW);
    expect(await asker.problem("view", { ...VIEW, where: "sport = 80 bogus" })).toMatchObject({
      kind: "filter",
      column: 11,
    });
    expect((await asker.ask("rows", { from: 0, to: 10 })).rows).toHaveLength(4);
    const elsewhere = { ...VIEW, at: timeOf(1), sort: ["createTimestamp"] } as const;
    expect(await asker.problem("view", elsewhere)).toMatchObject({ kind: "query" });
    expect(await asker.ask("rows", { from: 0, to: 10 })).toMatchObject({ length: 3, time: timeOf(1) });
  });

  test("of one kind of question the newest wins, and the one before is told so", async () => {
    await asker.open(file);
    const [first, second] = [asker.problem("view", VIEW), asker.ask("view", { ...VIEW, at: timeOf(1) })];
    expect((await first).kind).toBe("superseded");
    expect((await second).time).toBe(timeOf(1));
  });

  test("the timeline's columns hold the sample with most rows, and sums of what opened and closed", async () => {
    await asker.open(file);
    const timeline = await asker.ask("timeline", { from: timeOf(0), to: timeOf(7), columns: 2 });
    expect([...timeline.samples]).toEqual([4, 4]);
    expect([...timeline.rows]).toEqual([4, 4]);
    expect([...timeline.time]).toEqual([timeOf(2), timeOf(4)]);
    expect([...timeline.fewestRows]).toEqual([3, 2]);
    expect([...timeline.opened]).toEqual([1, 0]);
    expect([...timeline.closed]).toEqual([0, 1]);
    expect([...(timeline.states[8] as Uint32Array)]).toEqual([0, 1]);
    expect([...timeline.gaps]).toEqual([0, 2]);
    expect(timeline.gapRanges).toEqual([{ from: timeOf(5), to: timeOf(6), families: [6] }]);
    expect(timeline.loadedTo).toBe(timeOf(7));
  });

  test("steps go from sample to sample and stop at the ends; changes are those of what matches", async () => {
    await asker.open(file);
    expect(await asker.ask("step", { at: timeOf(3) + 10, samples: 1 })).toBe(timeOf(4));
    expect(await asker.ask("step", { at: timeOf(3), samples: -10 })).toBe(timeOf(0));
    expect(await asker.ask("step", { at: timeOf(3), samples: 10 })).toBe(timeOf(7));
    const change = (at: number, where: string, direction: -1 | 1) => asker.ask("change", { at, where, direction });
    expect(await change(timeOf(0), "", 1)).toBe(timeOf(2));
    expect(await change(timeOf(7), "", -1)).toBe(timeOf(5));
    expect(await change(timeOf(5), "", -1)).toBe(timeOf(3));
    const second = `dport = ${row(2).remotePort}`;
    expect(await change(timeOf(0), second, 1)).toBe(timeOf(3));
    expect(await change(timeOf(7), second, -1)).toBe(timeOf(3));
    expect(await change(timeOf(3), second, 1)).toBeNaN();
    expect(await change(timeOf(3), second, -1)).toBeNaN();
  });

  test("groups count what is shown by what its rows have in common, and their conditions find those rows", async () => {
    await asker.open(file);
    const moment = await asker.ask("view", { ...VIEW, at: timeOf(4) });
    for (const by of ["remoteAddress", "localPort", "process", "state"] as const) {
      const { groups, length } = await asker.ask("groups", { by });
      expect(groups).toHaveLength(length);
      expect(groups.reduce((sum, { rows }) => sum + rows, 0)).toBe(moment.rows);
      for (const group of groups) {
        const { matches } = await asker.ask("view", { ...VIEW, where: group.where });
        expect([by, group.label, matches]).toEqual([by, group.label, group.rows]);
      }
      await asker.ask("view", VIEW);
    }
  });

  test("a scan counts the connections that match, shows where, and keeps their lives", async () => {
    await asker.open(file);
    const state = await asker.ask("scan", { where: `dport = ${row(3).remotePort}` });
    expect(state).toMatchObject({ count: 1, length: 1, fraction: 1, isDone: true });
    const { lives, length } = await asker.ask("lives", { from: 0, to: 10 });
    expect(length).toBe(1);
    expect(lives[0]?.life).toMatchObject({ firstSeen: timeOf(2), lastSeen: timeOf(4), samples: 3 });
    expect(lives[0]?.key).toBe(lives[0] && keyOf(lives[0].life.row));
    const lane = await asker.ask("lane", { from: timeOf(0), to: timeOf(8), columns: 8 });
    expect([...(lane?.appeared ?? [])]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
    expect([...(lane?.went ?? [])]).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
    expect([...(lane?.live ?? [])]).toEqual([0, 0, 1, 1, 1, 1, 0, 0]);
    expect(await asker.problem("scan", { where: "bogus" })).toMatchObject({ kind: "filter" });
    expect((await asker.ask("lives", { from: 0, to: 10 })).length).toBe(1);
  });

  test("a row's life and when it was first seen are found from the row", async () => {
    await asker.open(file);
    await asker.ask("view", { ...VIEW, sort: ["remotePort"] });
    const { rows } = await asker.ask("rows", { from: 0, to: 10 });
    const third = rows.find((shown) => shown.row.remotePort === row(3).remotePort);
    if (!third) throw new Error("there is no such row");
    const life = await asker.ask("life", { at: timeOf(4), row: third });
    expect(life).toMatchObject({
      key: third.key,
      isDone: true,
      others: [],
      life: { firstSeen: timeOf(2), lastSeen: timeOf(4) },
    });
    const seen = await asker.ask("firstSeen", { at: timeOf(4), rows });
    expect(seen).toHaveLength(rows.length);
    expect(seen.find(({ key }) => key === third.key)).toEqual({ key: third.key, time: timeOf(2), isOlder: false });
    expect(seen.filter(({ isOlder }) => isOlder)).toHaveLength(3);
  });

  test("what is exported is what is shown, in its order", async () => {
    await asker.open(file, "web.mcap");
    await asker.ask("view", { ...VIEW, where: "dport != 1", sort: ["-remotePort"] });
    const { rows } = await asker.ask("rows", { from: 0, to: 10 });
    const { file: json, name, count } = await asker.ask("export", { what: { kind: "moment" }, format: "json" });
    expect(JSON.parse(await json.text()).map(({ remotePort }: { remotePort: number }) => remotePort)).toEqual(
      rows.map(({ row }) => row.remotePort),
    );
    expect([count, name]).toEqual([4, expect.stringMatching(/^web-.*\.json$/)]);
    const some = await asker.ask("export", { what: { kind: "rows", places: [1, 99] }, format: "csv" });
    const [heading, line, end, ...rest] = (await some.file.text()).split("\r\n");
    expect([heading?.split(",").slice(0, 3), end, rest]).toEqual([["time", "state", "localAddress"], "", []]);
    expect(line).toContain(`,${rows[1]?.row.remotePort},`);
    const lines = await asker.ask("export", { what: { kind: "moment" }, format: "ndjson" });
    expect((await lines.file.text()).trim().split("\n")).toHaveLength(4);
  });

  test("a part that is exported is a recording of these samples, and of those since the key frames before", async () => {
    await asker.open(file);
    const what = { kind: "window", from: timeOf(6), to: timeOf(7) } as const;
    const exported = await asker.ask("export", { what, format: "csv" });
    const part = await openCapture(blobReadable(exported.file));
    expect([part.start, part.end, part.samples]).toEqual([timeOf(5), timeOf(7), exported.count]);
    expect((await part.at(timeOf(7))).length).toBe(3);
  });

  test("of a recording that was cut, what is intact is shown and can be saved", async () => {
    const cut = new Blob([file.bytes.slice(0, Math.floor(file.bytes.length * 0.6))]);
    const info = await asker.open(cut);
    expect(info.intact).toMatchObject({ complete: false, reason: expect.any(String) });
    expect(info.samples).toBeGreaterThan(0);
    const { file: saved, count, name } = await asker.ask("recover", undefined);
    expect([count, name]).toEqual([info.samples, "x-recovered.mcap"]);
    expect((await openCapture(blobReadable(saved))).intact.complete).toBe(true);
  });

  test("what is no recording is told as such, and what was open stays open", async () => {
    await asker.open(file);
    const other = { kind: "file", file: new Blob(["%PDF-1.7 something else"]), name: "x.pdf" } as const;
    expect(await asker.problem("open", other)).toMatchObject({ kind: "not-a-recording" });
    expect((await asker.ask("view", VIEW)).rows).toBe(4);
  });

  test("a live source's new samples are taken in, and told", async () => {
    const growing = new MemoryFile();
    const recorder = await TestRecorder.open(growing, { chunkSeconds: 0.5 });
    for (let tick = 0; tick < 4; tick++) await recorder.add({ ipv4: { rows: [row(1)] } });
    let grown = () => {};
    const live = new Asker(async (_, listener) => {
      grown = listener.grown;
      const capture = await openCapture(growing);
      return { capture, name: "", isLive: true, readable: undefined, close: () => capture.close() };
    });
    try {
      const before = await live.ask("open", { kind: "live", address: "ws://127.0.0.1:1/live" });
      expect(before).toMatchObject({ isLive: true, name: METADATA.host });
      for (let tick = 0; tick < 4; tick++) await recorder.add({ ipv4: { rows: [row(1), row(2)] } });
      grown();
      const told = () => live.events.findLast((event) => event.event === "info");
      await expect.poll(told).toMatchObject({ info: { samples: before.samples + 4, isLive: true } });
      const { info } = told() ?? {};
      const timeline = await live.ask("overview", { columns: 1 });
      expect([timeline.samples[0], timeline.loadedTo]).toEqual([info?.samples, info?.end]);
      expect((await live.ask("view", { ...VIEW, at: info?.end ?? 0 })).rows).toBe(2);
    } finally {
      live.close();
      await recorder.close();
    }
  });

  test("where nothing is open, every question says so", async () => {
    expect((await asker.problem("view", VIEW)).kind).toBe("closed");
    await asker.open(file);
    await asker.ask("close", undefined);
    expect((await asker.problem("rows", { from: 0, to: 1 })).kind).toBe("closed");
  });
});
