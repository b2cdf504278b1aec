import { PlainDecoder } from "../../decoder/plain/decoder.js";
import { UNKNOWN_U32, UNKNOWN_U64 } from "../../format/ends.js";
import { byteLengthOf } from "../../format/header.js";
import { LAYOUTS } from "../../format/layouts.js";
import { stateName } from "../../format/states.js";
import type { Life, ScanMarks, ScanResult } from "../types.js";
import { type FamilyScan, lifeKey } from "./family-scan.js";
import { FIGURE_WORDS, LIFE, type LifeStore } from "./life-store.js";

/** What has been found so far. The lives are made when they are first asked for. */
export function resultOf(
  families: readonly FamilyScan[],
  marks: ScanMarks,
  samples: number,
  limit: number,
): ScanResult {
  let count = 0;
  for (const { stores } of families) for (const store of stores) count += store.count;
  let lives: readonly Life[] | undefined;
  return {
    count,
    samples,
    marks,
    get lives() {
      lives ??= livesOf(families, limit);
      return lives;
    },
  };
}

function livesOf(families: readonly FamilyScan[], limit: number): Life[] {
  const lives: Life[] = [];
  for (const family of families)
    for (const [number, store] of family.stores.entries()) addLives(lives, family, store, number);
  lives.sort((one, other) => one.firstSeen - other.firstSeen);
  return lives.slice(0, limit);
}

function addLives(lives: Life[], family: FamilyScan, store: LifeStore, number: number): void {
  const { layout, kept } = store;
  const { firstRow, rowSize, family: addresses } = LAYOUTS[layout];
  const rows = new Uint8Array(store.rows.buffer);
  const bytes = new Uint8Array(byteLengthOf(layout, kept.length));
  new DataView(bytes.buffer).setUint32(0, kept.length, true);
  for (const [at, slot] of kept.entries())
    bytes.set(rows.subarray(slot * rowSize, (slot + 1) * rowSize), firstRow + at * rowSize);
  const table = new PlainDecoder().decode(bytes, layout);
  for (const [at, slot] of kept.entries()) {
    const flags = store.flags[slot] as number;
    const endTime = store.endTime[slot] as number;
    const hasEnd = !Number.isNaN(endTime);
    const isAlive = (store.refs[slot] as number) > 0;
    const word = (place: number) => store.figures[slot * FIGURE_WORDS + place] as number;
    const bytesOf = (place: number) => {
      const figure = (BigInt(word(place + 1)) << 32n) | BigInt(word(place));
      return hasEnd && figure !== UNKNOWN_U64 ? figure : null;
    };
    const known = (place: number) => (hasEnd && word(place) !== UNKNOWN_U32 ? word(place) : null);
    const samples = family.samplesOf(store, slot);
    lives.push({
      family: addresses,
      row: (samples === 0 ? family.unsampledRows.get(lifeKey(number, slot)) : undefined) ?? table.row(at),
      ...(store.names.has(slot) ? { processName: store.names.get(slot) } : undefined),
      firstSeen: store.firstTime[slot] as number,
      lastSeen: isAlive ? family.lastTime : (store.lastTime[slot] as number),
      isOlder: (flags & LIFE.older) !== 0,
      isAlive,
      states: store.statesOf(slot).map((state) => ({ state: stateName(state.number), time: state.time })),
      samples,
      matches: family.matchesOf(store, slot),
      sampled: (flags & LIFE.sampled) !== 0,
      endedAt: hasEnd ? endTime : null,
      bytesSent: bytesOf(0),
      bytesReceived: bytesOf(2),
      retransmits: known(4),
      rttMicroseconds: known(5),
    });
  }
}
