import type { AbortSignalLike } from "../format/abort.js";
import { DELTA, KEY, NAMES } from "../frames/header.js";
import type { ChunkPlace } from "./chunk-place.js";
import { familyOf, kindOf, type PlacedGroup } from "./groups.js";
import type { Recording } from "./recording.js";

/** Chunks that are read at once, on the way back to a key frame. */
const STEP = 16;

/** What has to be read before a group, so that its tables can be read. */
export interface Lead {
  /** The groups of the chunks from the key frames on, up to the chunk that was asked for, and that one's. */
  readonly groups: PlacedGroup[];
  /** The first of the chunks. */
  readonly from: number;
}

/**
 * Goes back from a chunk to the one from which the table of every family can be read.
 *
 * @param last number of the chunk among those with frames
 * @param isBefore whether a group is one from which reading may begin: key frames of later ones do not count
 */
export async function readLead(
  recording: Recording,
  last: number,
  isBefore: (group: PlacedGroup) => boolean,
  signal?: AbortSignalLike,
): Promise<Lead> {
  const found: PlacedGroup[] = [];
  const [begun, wanted] = [new Set<number>(), new Set<number>()];
  let isBegun = false;
  for (let end = last + 1; end > 0; end -= STEP) {
    const from = Math.max(0, end - STEP);
    const groups: PlacedGroup[] = [];
    for await (const batch of recording.groups(recording.frameChunks.slice(from, end), signal))
      groups.push(...batch.groups);
    // A group that goes on in the next chunk comes in two parts here.
    const [tail, head] = [groups.at(-1), found[0]];
    if (tail && head && tail.tick === head.tick && tail.monotonic === head.monotonic) {
      groups[groups.length - 1] = { ...tail, frames: [...tail.frames, ...head.frames] };
      found.shift();
    }
    for (let at = groups.length - 1; at >= 0; at--) {
      const group = groups[at] as PlacedGroup;
      const mayBegin = isBefore(group);
      for (const frame of group.frames) {
        const kind = kindOf(frame);
        const family = familyOf(frame);
        if (kind === KEY && mayBegin) begun.add(family);
        else if ((kind === DELTA || kind === KEY) && !begun.has(family)) wanted.add(family);
      }
      for (const family of begun) wanted.delete(family);
      isBegun = mayBegin && begun.size > 0 && wanted.size === 0;
      if (!isBegun) continue;
      found.unshift(...groups.slice(at));
      return { groups: found, from };
    }
    found.unshift(...groups);
  }
  return { groups: found, from: 0 };
}

/** Frames of names that were told before: they are told once, and later tables are read with them. */
export async function readNames(
  recording: Recording,
  places: readonly ChunkPlace[],
  before: number,
  signal?: AbortSignalLike,
): Promise<Uint8Array[]> {
  const withNames = places.filter((place) => place.offset < before && recording.mayHaveNames(place));
  const names: Uint8Array[] = [];
  // A copy, lest each holds its whole chunk.
  for await (const { groups } of recording.groups(withNames, signal))
    for (const group of groups)
      for (const frame of group.frames) if (kindOf(frame) === NAMES) names.push(frame.slice());
  return names;
}

/** Puts names into a group, before the tables of their streams. */
export function withNames(group: PlacedGroup, names: readonly Uint8Array[]): PlacedGroup {
  if (names.length === 0) return group;
  return { ...group, frames: [...names, ...group.frames] };
}
