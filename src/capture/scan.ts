import type { EngineName } from "../decoder/table/engine.js";
import type { Filter } from "../filter/filter.js";
import { shown } from "../format/options.js";
import { createMemory } from "../frames/create-memory.js";
import { createFrameReader, type FrameError } from "../frames/index.js";
import { type CaptureError, CorruptCaptureError } from "./errors.js";
import type { PlacedGroup } from "./groups.js";
import { FamilyScan, type MatchCounts } from "./scan/family-scan.js";
import { MarkList } from "./scan/marks.js";
import { resultOf } from "./scan/result.js";
import type { ScanOptions, ScanResult } from "./types.js";

/** Lives that are kept, unless said otherwise. */
const LIFE_LIMIT = 200_000;

/** Groups that are looked at together. */
const BATCH = 64;

/** Milliseconds from one word of progress to the next. */
const PROGRESS_EVERY = 100;

interface ScanSettings extends ScanOptions {
  readonly engine?: EngineName | undefined;
  readonly maxTableBytes?: number | undefined;
  /** The times between which progress is measured. */
  readonly start: number;
  readonly end: number;
  noteDamage(error: CaptureError): void;
}

/** Looks for what matches, in groups that begin with key frames. */
export async function scanGroups(
  batches: AsyncIterable<{ readonly groups: readonly PlacedGroup[] }>,
  filter: Filter,
  settings: ScanSettings,
): Promise<ScanResult> {
  const { engine, maxTableBytes, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, progress } = settings;
  const { lifeLimit = LIFE_LIMIT } = settings;
  if (!Number.isSafeInteger(lifeLimit) || lifeLimit < 0)
    throw new RangeError(`lifeLimit is a whole number from 0 up, not ${shown(lifeLimit)}.`);
  let offset = 0;
  const noteDamage = (error: FrameError) =>
    settings.noteDamage(new CorruptCaptureError(offset, `a frame can't be read: ${error.message}`, { cause: error }));
  const [ipv4, ipv6] = await Promise.all(
    [0, 1].map(
      async () =>
        new FamilyScan(
          await createFrameReader({ engine, maxTableBytes }),
          await createMemory(engine),
          filter,
          lifeLimit,
          noteDamage,
        ),
    ),
  );
  const families = [ipv4 as FamilyScan, ipv6 as FamilyScan] as const;
  const marks = new MarkList();
  let samples = 0;
  const collected: PlacedGroup[] = [];
  const scanCollected = () => {
    const groups = collected.splice(0);
    if (groups.length === 0) return;
    offset = (groups[0] as PlacedGroup).offset;
    const counts: MatchCounts[] = groups.map(() => ({ appeared: 0, went: 0 }));
    families[0].read(groups, 4, from, counts);
    families[1].read(groups, 6, from, counts);
    for (const [at, { time }] of groups.entries()) {
      if (time < from) continue;
      samples++;
      marks.add(time, counts[at] as MatchCounts);
    }
  };
  const result = () => resultOf(families, marks.marks(), samples, lifeLimit);

  let told = progress ? performance.now() : 0;
  for await (const { groups } of batches) {
    for (const group of groups) if (group.time <= to) collected.push(group);
    if (collected.length < BATCH) continue;
    scanCollected();
    if (!progress || performance.now() - told < PROGRESS_EVERY) continue;
    told = performance.now();
    const time = (groups.at(-1) as PlacedGroup).time;
    const fraction = Math.min(1, Math.max(0, (time - settings.start) / (settings.end - settings.start || 1)));
    progress({ fraction, time, count: countOf(families), result });
  }
  scanCollected();
  return result();
}

function countOf(families: readonly FamilyScan[]): number {
  let count = 0;
  for (const { stores } of families) for (const store of stores) count += store.count;
  return count;
}
