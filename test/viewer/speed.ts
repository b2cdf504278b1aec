/**
 * How fast the viewer's worker answers on the one-hour recording: printed, and compared with what issue 11 asks for. Times of a busy
 * machine mean little: take several.
 */

import { BlobFile } from "../../src/viewer/worker/blob-file.js";
import { Asker } from "./asking.js";
import { HOUR, writeHour } from "./hour-recording.js";

const samples = Number(process.argv[2] ?? HOUR.samples);
const written = new BlobFile();
const begun = performance.now();
await writeHour(written, samples);
const file = written.blob("");
console.log(
  `${samples} samples, ${(file.size / 1e6).toFixed(1)} MB, written in ${Math.round(performance.now() - begun)} ms`,
);

const asker = new Asker();
const end = HOUR.start + (samples - 1) * HOUR.every;
async function time<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  const result = await work();
  console.log(`${what.padEnd(48)} ${(performance.now() - start).toFixed(1).padStart(8)} ms`);
  return result;
}

const since = { kind: "sample" } as const;
const opening = performance.now();
const opened = asker.open(file);
await opened;
console.log(
  `open, and all summaries (whole timeline: 2000 ms) ${(performance.now() - opening).toFixed(1).padStart(7)} ms`,
);
await time("timeline of 1,200 columns", () => asker.ask("timeline", { from: HOUR.start, to: end, columns: 1200 }));
const middle = HOUR.start + (samples / 2) * HOUR.every;
for (const at of [middle, middle - 500_000, middle + 77_300, middle + 77_400, middle + 77_300])
  await time("a moment (50 ms)", () => asker.ask("view", { at, where: "", sort: ["remoteAddress"], since }));
await time("a moment against 10 s before", () =>
  asker.ask("view", { at: middle, where: "", sort: [], since: { kind: "milliseconds", milliseconds: 10_000 } }),
);
const at = middle;
for (const where of ["state close-wait", "dport = 10500 or sport = :443", "pid = 7"])
  await time("a filter over that moment (16 ms)", () =>
    asker.ask("view", { at, where, sort: ["-remotePort"], since: { kind: "milliseconds", milliseconds: 10_000 } }),
  );
const { rows } = await time("40 rows", () => asker.ask("rows", { from: 0, to: 40 }));
await time("first seen of those rows", () => asker.ask("firstSeen", { at, rows }));
if (rows[0]) await time("one life, in the whole recording", () => asker.ask("life", { at, row: rows[0] as never }));
await time("groups by remote address", () => asker.ask("groups", { by: "remoteAddress" }));
await time("a scan of the whole recording (2000 ms)", () => asker.ask("scan", { where: "dport = 10500" }));
await time("a scan that finds much", () => asker.ask("scan", { where: "state close-wait" }));
await time("the first 40 of its lives", () => asker.ask("lives", { from: 0, to: 40 }));
await time("its lane", () => asker.ask("lane", { from: HOUR.start, to: end, columns: 1200 }));
await time("the nearest change of what matches, backwards", () =>
  asker.ask("change", { at, where: "dport = 10500", direction: -1 }),
);
asker.close();
