import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCapture } from "../../../src/capture/capture.js";
import { TruncatedCaptureError } from "../../../src/capture/errors.js";
import { openFileReadable, openFileWritable } from "../../../src/capture/node-file.js";
import { recoverCapture } from "../../../src/capture/recover.js";
import { describeWith, operatingSystem } from "../../support/needs.js";

/** All 200: TCPTABLE_KILLS=200. */
const KILLS = Number(process.env.TCPTABLE_KILLS ?? 12);
/** Recorders at a time. */
const AT_A_TIME = 2;
const EVERY = 20;
/** Milliseconds between two samples, above which the machine had no time for the process: that is not there to be missed. */
const HELD_UP = 100;

const program = fileURLToPath(new URL("../../../build/recording-program.mjs", import.meta.url));
/** In memory where that can be had: a disk that is busy with other things would have its say. */
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "tcptable-kill-"));

describeWith([operatingSystem("linux")], "a recorder that is killed", () => {
  beforeAll(() =>
    build({
      entryPoints: [fileURLToPath(new URL("recording-program.ts", import.meta.url))],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      logLevel: "warning",
    }),
  );
  afterAll(() => rmSync(folder, { recursive: true }));

  test(
    `at ${KILLS} random moments leaves files of which recover makes whole ones, with every sample but those of the last second`,
    async () => {
      for (let first = 0; first < KILLS; first += AT_A_TIME)
        await Promise.all(
          Array.from({ length: Math.min(AT_A_TIME, KILLS - first) }, (_, at) => killAndRecover(first + at)),
        );
    },
    KILLS * 10_000,
  );
});

async function killAndRecover(number: number): Promise<void> {
  const broken = join(folder, `${number}.mcap`);
  const made = await recordUntilKilled(broken, 100 + Math.random() * 2500);
  const samples = await recoveredSamples(broken, join(folder, `${number}-whole.mcap`), made);
  const missing = made.slice(Math.max(0, samples - 1));
  let span = 0;
  for (const [at, time] of missing.slice(1).entries()) span += Math.min(HELD_UP, time - (missing[at] as number));
  if (process.env.TCPTABLE_KILLS)
    console.log(`${number}: ${made.length} made, ${samples} recovered, ${span} ms missing`);
  expect(span).toBeLessThanOrEqual(1000);
}

/** Makes a whole file, looks at what is in it, and returns how many samples that are. */
async function recoveredSamples(broken: string, whole: string, made: readonly number[]): Promise<number> {
  const from = await openFileReadable(broken);
  const to = await openFileWritable(whole);
  const recovered = await recoverCapture(from, to).catch((error) => {
    // The first sample was still to be written.
    if (error instanceof TruncatedCaptureError) return undefined;
    throw error;
  });
  await Promise.all([from.close(), to.close()]);
  if (!recovered) return 0;
  const readable = await openFileReadable(whole);
  const capture = await openCapture(readable);
  expect(capture.intact.complete).toBe(true);
  const monotonic: number[] = [];
  for await (const group of capture.frames()) monotonic.push(group.monotonic);
  expect(monotonic).toEqual(made.slice(0, recovered.samples));
  expect((await capture.allSummaries()).length).toBe(recovered.samples);
  await readable.close();
  return recovered.samples;
}

/** Returns the times of the samples that were made. */
async function recordUntilKilled(path: string, milliseconds: number): Promise<number[]> {
  const child = spawn(process.execPath, [program, path, String(EVERY)], { stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  await once(child.stdout, "data");
  await setTimeout(milliseconds);
  child.kill("SIGKILL");
  const [code, signal] = await once(child, "close");
  expect([code, signal]).toEqual([null, "SIGKILL"]);
  return told.split("\n").slice(0, -1).map(Number);
}
