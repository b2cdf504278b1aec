import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openCapture } from "../../../src/capture/capture.js";
import { openFileReadable } from "../../../src/capture/node-file.js";
import { RecordedFile, Recorder } from "../../../src/cli/recorder.js";
import { beginRecording } from "../../../src/cli/watch/begin-recording.js";
import type { RunningRecording } from "../../../src/cli/watch/recording-switch.js";
import { Disk, METADATA } from "../../capture/writing/disk.js";
import { connection } from "../../sampler/scripted-sampler.js";
import { ScriptedProgram, type ScriptedWatchSampler } from "./scripted-program.js";

let folder = "";
let watch: ScriptedProgram;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-watch-"));
});
afterEach(async () => {
  watch.press("q");
  await watch.ended;
  rmSync(folder, { recursive: true });
});

const WHAT = { families: [4, 6], every: 1000, engine: "plain", owner: undefined } as const;
const toFolder = (sampler: ScriptedWatchSampler) => beginRecording(sampler, WHAT, folder);
const shows = (what: RegExp) => vi.waitFor(() => expect(watch.terminal.text).toMatch(what));

/** Begins, with one sample on the screen. */
const begin = async (parts: (sampler: ScriptedWatchSampler) => Promise<RunningRecording> = toFolder) => {
  watch = new ScriptedProgram(parts);
  watch.rows = [connection(1000), connection(1001)];
  await watch.sampler.tick();
  await shows(/2 rows/);
};

/** What the samples of a recording hold: the local ports, by sample. */
async function portsIn(name: string): Promise<number[][]> {
  const file = await openFileReadable(join(folder, name));
  try {
    const capture = await openCapture(file);
    expect(capture.intact.complete).toBe(true);
    const ports: number[][] = [];
    for await (const moment of capture.moments())
      ports.push(moment.changes.flatMap(({ table }) => [...table].map((row) => row.localPort)).sort());
    return ports;
  } finally {
    await file.close();
  }
}

describe("w in watch", () => {
  test("records from the next sample on into a file named by the time, and ends it: what it holds is what was there", async () => {
    await begin();
    watch.press("w");
    await vi.waitFor(() => expect(watch.sampler.sink).toBeDefined());
    watch.rows = [connection(1000), connection(1002)];
    await watch.sampler.tick();
    watch.rows = [connection(1002)];
    await watch.sampler.tick();
    await shows(/^web-14 {2}1 row {2}every 1s, \S+ late {2}● REC \d+:\d\d \S+ k?B tcptable-\d{8}-\d{6}\.mcap/);
    await shows(/w end recording/);
    watch.press("w");
    await vi.waitFor(() => expect(watch.program.recordings).toHaveLength(1));
    await shows(/w record {2}/);
    expect(watch.terminal.text).not.toMatch(/● REC/);
    watch.rows = [];
    await watch.sampler.tick();
    const [name = "", ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    expect(name).toMatch(/^tcptable-\d{8}-\d{6}\.mcap$/);
    expect(await portsIn(name)).toEqual([[1000, 1002], [1002]]);
    expect(watch.program.recordings[0]).toMatchObject({ path: join(folder, name), bytes: expect.any(Number) });
  });

  test("records all connections, also those that the filter hides", async () => {
    await begin();
    for (const key of ["/", ..."sport = :1", "\r"]) watch.press(key, key === "\r" ? "return" : undefined);
    watch.press("w");
    await vi.waitFor(() => expect(watch.sampler.sink).toBeDefined());
    await watch.sampler.tick();
    expect(watch.terminal.text).toMatch(/0 of 2 rows/);
    watch.press("w");
    await vi.waitFor(() => expect(watch.program.recordings).toHaveLength(1));
    expect(await portsIn(readdirSync(folder)[0] as string)).toEqual([[1000, 1001]]);
  });

  test("records on while the picture is paused", async () => {
    await begin();
    watch.press(" ");
    watch.press("w");
    await vi.waitFor(() => expect(watch.sampler.sink).toBeDefined());
    watch.rows = [connection(1005)];
    await watch.sampler.tick();
    await shows(/2 rows {3}PAUSED \S+ {3}● REC/);
    watch.press("w");
    await vi.waitFor(() => expect(watch.program.recordings).toHaveLength(1));
    expect(await portsIn(readdirSync(folder)[0] as string)).toEqual([[1005]]);
  });

  test("never overwrites a file: another recording of the same second has a name of its own", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date(2026, 10, 24, 15, 42, 19) });
    try {
      await begin();
      for (const port of [1, 2]) {
        watch.press("w");
        await vi.waitFor(() => expect(watch.sampler.sink).toBeDefined());
        watch.rows = [connection(port)];
        await watch.sampler.tick();
        watch.press("w");
        await vi.waitFor(() => expect(watch.program.recordings).toHaveLength(port));
      }
      expect(readdirSync(folder).sort()).toEqual(["tcptable-20261124-154219-2.mcap", "tcptable-20261124-154219.mcap"]);
      expect(await portsIn("tcptable-20261124-154219.mcap")).toEqual([[1]]);
      expect(await portsIn("tcptable-20261124-154219-2.mcap")).toEqual([[2]]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("leaves no file where no sample came before it was pressed again, however soon", async () => {
    await begin();
    watch.press("w");
    watch.press("w");
    await watch.sampler.tick();
    watch.press("w");
    await vi.waitFor(() => expect(watch.sampler.sink).toBeDefined());
    watch.press("w");
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]));
    watch.press("q");
    await watch.ended;
    expect(readdirSync(folder)).toEqual([]);
    expect(watch.program.recordings).toEqual([]);
  });

  test("goes on in another file where another interval takes another sampler", async () => {
    await begin();
    watch.press("w");
    await vi.waitFor(() => expect(watch.sampler.sink).toBeDefined());
    await watch.sampler.tick();
    watch.press("+");
    await vi.waitFor(() => expect(watch.samplers).toHaveLength(2));
    watch.rows = [connection(1009)];
    await watch.sampler.tick();
    await vi.waitFor(() => expect(watch.sampler.sink).toBeDefined());
    await watch.sampler.tick();
    expect(watch.samplers[0]?.sink).toBeUndefined();
    watch.press("w");
    await vi.waitFor(() => expect(watch.program.recordings).toHaveLength(2));
    const ports = await Promise.all(watch.program.recordings.map(({ path }) => portsIn(basename(path))));
    expect(ports).toEqual([[[1000, 1001]], [[1009]]]);
  });

  test("quitting closes the recording that goes on", async () => {
    await begin();
    watch.press("w");
    await vi.waitFor(() => expect(watch.sampler.sink).toBeDefined());
    await watch.sampler.tick();
    watch.press("q");
    await watch.ended;
    expect(watch.terminal.done).toEqual(["enter", "close"]);
    expect(watch.program.recordings).toHaveLength(1);
    expect(await portsIn(readdirSync(folder)[0] as string)).toEqual([[1000, 1001]]);
  });
});

describe("a recording of watch that fails", () => {
  /** Onto a disk with so many bytes. */
  const ontoDisk = (disk: Disk) => async (): Promise<RunningRecording> => {
    const path = "tcptable-20261124-154219.mcap";
    const to = Object.assign(disk, { close: async () => {} });
    const options = { metadata: () => METADATA, engine: "plain" } as const;
    const file = await RecordedFile.begin({ path, to }, options);
    const recorder = new Recorder(file, options);
    return {
      ...{ path, since: Date.now(), ended: recorder.ended, bytes: 0 },
      get samples() {
        return file.writer.samples;
      },
      receive: (group) => recorder.receive(group),
      end: () => recorder.end(),
    };
  };

  test("ends alone where the disk is full: the view goes on, the title says so until Escape, and the file is whole", async () => {
    const disk = new Disk(12_000);
    await begin(ontoDisk(disk));
    watch.sampler.requestKey();
    watch.press("w");
    await vi.waitFor(() => expect(watch.sampler.sink).toBeDefined());
    for (let tick = 0; tick < 12; tick++) {
      watch.rows = Array.from({ length: 20 }, (_, at) => connection(2000 + tick * 20 + at));
      await watch.sampler.tick();
    }
    await shows(/^web-14 {2}20 rows {2}● no room left for tcptable-20261124-154219\.mcap; what was/);
    await shows(/\nno room left for tcptable-20261124-154219\.mcap; what was recorded is whole$/);
    expect(watch.sampler.sink).toBeUndefined();
    watch.rows = [connection(1)];
    await watch.sampler.tick();
    await shows(/^web-14 {2}1 row {2}● no room/);
    const capture = await openCapture(disk.readable);
    expect(capture.intact.complete).toBe(true);
    expect(capture.samples).toBeGreaterThan(0);
    watch.press("", "escape");
    await shows(/^web-14 {2}1 row {2}every 1s/);
    expect(watch.program.recordingFailure).toBeUndefined();
  });

  test("says so where there can be no file, and w tries again", async () => {
    let tries = 0;
    await begin(async () => {
      tries++;
      throw Object.assign(new Error("EACCES: permission denied, open 'x'"), { code: "EACCES", syscall: "open" });
    });
    watch.press("w");
    await shows(/^web-14 {2}2 rows {2}.*● can't record: EACCES: permission denied, open 'x' /);
    watch.press("w");
    await vi.waitFor(() => expect(tries).toBe(2));
    await shows(/● can't record/);
    watch.terminal.width = 60;
    watch.press("s");
    await shows(/^web-14 {2}2 rows {2}● can't record: EACCES\S* [^\n]*… \d\d:\d\d:\d\d\n/);
  });

  test("by a defect of ours ends the program with it, and the terminal is as it was", async () => {
    await begin(async () => {
      throw new TypeError("a defect");
    });
    const { ended } = watch;
    watch.press("w");
    await expect(ended).rejects.toThrow("a defect");
    expect(watch.terminal.done).toEqual(["enter", "close"]);
    // For what comes after each test.
    watch = new ScriptedProgram(toFolder);
  });
});
