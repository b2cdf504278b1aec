import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCapture } from "../../../src/capture/capture.js";
import { RecordedFile, Recorder, type RecorderOptions } from "../../../src/cli/recorder.js";
import { deleteOldest, NamePattern, openFirst, openNext } from "../../../src/cli/recording-files.js";
import type { GroupReceiver } from "../../../src/sampler/frame-group.js";
import { createFrameSource, type FrameSource } from "../../../src/sampler/frame-source.js";
import { Disk, METADATA } from "../../capture/writing/disk.js";
import { ScriptedClock } from "../../sampler/scripted-clock.js";
import { connection, ScriptedNames } from "../../sampler/scripted-sampler.js";
import { TableCollector } from "../../support/table-collector.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-rotation-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Records a script's connections into files in the folder. */
class ScriptedRecording {
  readonly clock = new ScriptedClock();
  readonly ipv4 = new TableCollector("LINUX_TCPTABLE");
  readonly ipv6 = new TableCollector("LINUX_TCP6TABLE");
  readonly ticks: number[] = [];
  readonly recorder: Recorder;
  source!: FrameSource;

  static async begin(options: Partial<RecorderOptions> = {}): Promise<ScriptedRecording> {
    let number = 1;
    const openNextFile = async () => open(number++);
    const recording: ScriptedRecording[] = [];
    const all: RecorderOptions = {
      metadata: () => METADATA,
      openNext: openNextFile,
      onSample: ({ tick }) => recording[0]?.ticks.push(tick),
      ...options,
    };
    const first = await RecordedFile.begin(await open(0), all);
    const made = new ScriptedRecording(new Recorder(first, all));
    recording.push(made);
    await made.#start();
    return made;
  }

  private constructor(recorder: Recorder) {
    this.recorder = recorder;
    this.recorder.ended.catch(() => {});
  }

  async #start(): Promise<void> {
    const names = new ScriptedNames();
    names.processes.set(7, { name: "nginx", start: 1 });
    this.ipv4.rows = () => [
      connection(443, { owningPid: 7 }),
      ...Array.from({ length: 30 }, (_, at) => connection(1000 + this.ticks.length + at)),
    ];
    const receiver: GroupReceiver = {
      receive: (group) => this.recorder.receive(group),
      fail: (error) => this.recorder.fail(error),
    };
    this.source = await createFrameSource(
      { every: 100, where: undefined, engine: "plain", keyInterval: 2 ** 31 },
      receiver,
      {
        collectors: [
          { family: 4, collector: this.ipv4 },
          { family: 6, collector: this.ipv6 },
        ],
        names,
        clock: this.clock,
      },
    );
    this.recorder.start(this.source);
  }

  /** Lets so many samples be made, and written. */
  async samples(count: number): Promise<void> {
    for (const end = this.ticks.length + count; this.ticks.length < end; ) {
      this.clock.advance(100);
      await setImmediate();
    }
    // Files are begun meanwhile.
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }

  async end(): Promise<void> {
    this.source.finish();
    this.clock.advance(1);
    await this.recorder.ended;
  }
}

/** Files in memory: the script's clock would run away from a disk. In the folder there is an empty one for each. */
const disks = new Map<string, Disk>();

async function open(number: number) {
  const path = join(folder, `${number}.mcap`);
  writeFileSync(path, "");
  const to = Object.assign(new Disk(), { close: async () => {} });
  disks.set(path, to);
  return { path, to };
}

async function captureOf(name: string) {
  const capture = await openCapture((disks.get(join(folder, name)) as Disk).readable);
  expect(capture.intact.complete).toBe(true);
  return capture;
}

describe("a recording that goes on in another file", () => {
  test("loses no sample between two of them: each begins with key frames and the names, right behind the last sample of the one before", async () => {
    const recording = await ScriptedRecording.begin({ isFull: (file) => file.writer.samples >= 25 });
    for (let round = 0; round < 30; round++) await recording.samples(4);
    await recording.end();
    const names = readdirSync(folder).sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10));
    expect(names.length).toBeGreaterThanOrEqual(4);
    const ticks: number[] = [];
    for (const name of names) {
      const capture = await captureOf(name);
      let isFirst = true;
      for await (const { tick, frames } of capture.frames()) {
        ticks.push(tick);
        // names, a table of IPv4 and one of IPv6
        if (isFirst) expect(frames.map((frame) => frame[6])).toEqual([5, 1, 1]);
        isFirst = false;
      }
      const last = await capture.at(Number.POSITIVE_INFINITY);
      expect([last.length, last.nameOf(7)]).toEqual([31, "nginx"]);
      expect((await capture.allSummaries()).length).toBe(capture.samples);
    }
    expect(ticks).toEqual(recording.ticks);
    expect(ticks).toEqual(ticks.map((_, tick) => tick));
  });

  test("ends where the next file can't be made, and what was recorded is whole", async () => {
    const recording = await ScriptedRecording.begin({
      isFull: (file) => file.writer.samples >= 5,
      openNext: async () => {
        throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES", syscall: "open" });
      },
    });
    await recording.samples(5);
    await expect(recording.recorder.ended).rejects.toMatchObject({ code: "EACCES" });
    expect((await captureOf("0.mcap")).samples).toBeGreaterThanOrEqual(5);
    expect(recording.ipv4.closed).toBe(1);
  });

  test("leaves no file that has no sample", async () => {
    const recording = await ScriptedRecording.begin({ isFull: (file) => file.writer.samples >= 5 });
    await recording.samples(5);
    recording.recorder.fail(new Error("the test has enough"));
    await expect(recording.recorder.ended).rejects.toThrow("the test has enough");
    expect(readdirSync(folder)).toEqual(["0.mcap"]);
  });
});

test("a recording has key frames of both families in the same sample once a minute, also where nobody counts frames", async () => {
  const recording = await ScriptedRecording.begin();
  for (let round = 0; round < 13; round++) await recording.samples(100);
  await recording.end();
  const keys: number[][] = [];
  for await (const { tick, frames } of (await captureOf("0.mcap")).frames()) {
    const kinds = frames.map((frame) => frame[6] as number).filter((kind) => kind === 1);
    if (kinds.length > 0) keys.push([tick, kinds.length]);
  }
  expect(keys).toEqual([
    [0, 2],
    [600, 2],
    [1200, 2],
  ]);
});

describe("a pattern of files' names", () => {
  const time = new Date(2026, 10, 4, 3, 12, 7);

  test("has the parts of the time, in this machine's zone, and leaves the folder as it is", () => {
    expect(new NamePattern("/a%Y/tcp-%Y%m%d-%H%M%S.mcap").at(time)).toBe("/a%Y/tcp-20261104-031207.mcap");
    expect(new NamePattern("100%%-%H.mcap").at(time, 2)).toBe("100%-03-2.mcap");
    expect(new NamePattern("./x").at(time, 3)).toBe("x-3");
  });

  test("is refused with a part that means nothing", () => {
    expect(() => new NamePattern("x-%Q.mcap")).toThrow('"%Q" in a file\'s name means nothing');
    expect(() => new NamePattern("x%")).toThrow('"%"');
  });

  test("finds its files alone, oldest first, further ones of a second behind the first", async () => {
    const pattern = new NamePattern(join(folder, "t.p-%Y%m%d-%H%M%S.mcap"));
    const names = ["t.p-20261104-031207-2.mcap", "t.p-20261104-031207.mcap", "t.p-20261104-031206.mcap"];
    for (const name of [...names, "t.p-20261104-031207.mcap.part", "txp-20261104-031207.mcap", "t.p-2026-1.mcap"])
      writeFileSync(join(folder, name), "");
    writeFileSync(join(folder, "t.p-20261104-031207-10.mcap"), "");
    const found = (await pattern.existing()).map((path) => path.slice(folder.length + 1));
    expect(found).toEqual([...names.toReversed(), "t.p-20261104-031207-10.mcap"]);
  });

  test("never overwrites a file, neither with its first name nor with a further one", async () => {
    const pattern = new NamePattern(join(folder, "%Y.mcap"));
    const paths: string[] = [];
    for (let count = 0; count < 3; count++) {
      const { path, to } = await openNext(pattern, time);
      await to.close();
      paths.push(path.slice(folder.length + 1));
    }
    expect(paths).toEqual(["2026.mcap", "2026-2.mcap", "2026-3.mcap"]);
    await expect(openFirst(pattern, false, time)).rejects.toMatchObject({ code: "EEXIST" });
    await (await openFirst(pattern, true, time)).to.close();
  });

  test("gives a file of a second a later name than those that are there, also where the first ones were deleted", async () => {
    const pattern = new NamePattern(join(folder, "%Y.mcap"));
    for (let count = 0; count < 3; count++) await (await openNext(pattern, time)).to.close();
    for (const name of ["2026.mcap", "2026-2.mcap"]) rmSync(join(folder, name));
    const { path, to } = await openNext(pattern, time);
    await to.close();
    expect(path).toBe(join(folder, "2026-4.mcap"));
    expect(await pattern.existing()).toEqual([join(folder, "2026-3.mcap"), path]);
    // Of another time there is none yet.
    const next = await openNext(pattern, new Date(2027, 1));
    await next.to.close();
    expect(next.path).toBe(join(folder, "2027.mcap"));
  });

  test("deletes the oldest recordings but so many, and nothing that is no recording", async () => {
    const pattern = new NamePattern(join(folder, "%Y.mcap"));
    writeFileSync(join(folder, "2001.mcap"), "a letter that has such a name by chance, and is longer than a header");
    for (const year of [2002, 2003, 2004]) {
      const { to, path } = await openNext(pattern, new Date(year, 1));
      const recorded = await RecordedFile.begin({ path, to }, { metadata: () => METADATA });
      await recorded.close();
    }
    expect(await deleteOldest(pattern, 2, join(folder, "2004.mcap"))).toEqual([join(folder, "2002.mcap")]);
    expect(readdirSync(folder).sort()).toEqual(["2001.mcap", "2003.mcap", "2004.mcap"]);
    // 2004 is ready for the sample after the next.
    expect(await deleteOldest(pattern, 1, join(folder, "2003.mcap"))).toEqual([]);
  });
});
