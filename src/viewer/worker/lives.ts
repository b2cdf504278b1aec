import type { Capture, Life, ScanProgress, ScanResult } from "../../capture/index.js";
import type { FirstSeen, FoundLife, Lane, LifeState, ScanState, ShownRow, Window } from "../protocol.js";
import { endsOf, filterOfEnds, keyOf } from "./connection-key.js";
import { laneOf } from "./lane.js";

/** Milliseconds that are looked back for when connections were first seen. */
const FIRST_SEEN_BACK = 240_000;

/** Connections that are looked for at once, at most. */
const MOST_AT_ONCE = 200;

/** Milliseconds on each side of a moment in which a life is looked for first; then in the whole recording. */
const LIFE_NEAR = 120_000;

/** Lives of the same two ends that are told. */
const MOST_OTHERS = 200;

/** One search through a recording. It can be looked at while it goes on, and after it was stopped. */
export class ScanRun {
  readonly where: string;
  readonly #capture: Capture;
  #fraction = 0;
  #time: number;
  #count = 0;
  #isDone = false;
  #result: ScanResult | undefined;
  /** What has been found so far is made when somebody asks. */
  #makeResult: (() => ScanResult) | undefined;

  constructor(capture: Capture, where: string) {
    this.#capture = capture;
    this.where = where;
    this.#time = capture.start;
  }

  get state(): ScanState {
    const { where } = this;
    const [fraction, time, count] = [this.#fraction, this.#time, this.#count];
    // To ask for the lives would make them all.
    return { where, fraction, time, count, length: Math.min(count, LIFE_LIMIT), isDone: this.#isDone };
  }

  async run(signal: AbortSignal, progress: (state: ScanState) => void): Promise<ScanState> {
    const told = (now: ScanProgress) => {
      this.#fraction = now.fraction;
      this.#time = now.time;
      this.#count = now.count;
      this.#result = undefined;
      this.#makeResult = now.result;
      progress(this.state);
    };
    const result = await this.#capture.scan(this.where, { signal, progress: told, lifeLimit: LIFE_LIMIT });
    this.#result = result;
    this.#count = result.count;
    this.#fraction = 1;
    this.#time = this.#capture.end;
    this.#isDone = true;
    return this.state;
  }

  /** By `firstSeen`, `to` not included. */
  lives(from: number, to: number): { from: number; lives: readonly FoundLife[]; length: number } {
    const lives = this.#known?.lives ?? [];
    const start = Math.max(0, Math.min(lives.length, Math.floor(from) || 0));
    const end = Math.max(start, Math.min(lives.length, start + 1000, Math.floor(to) || 0));
    const found = lives.slice(start, end).map((life) => ({ key: keyOf(life.row), life }));
    return { from: start, lives: found, length: lives.length };
  }

  get allLives(): readonly Life[] {
    return this.#known?.lives ?? [];
  }

  lane(window: Window): Lane | undefined {
    const known = this.#known;
    return known && laneOf(known.marks, window, this.#time);
  }

  get #known(): ScanResult | undefined {
    this.#result ??= this.#makeResult?.();
    return this.#result;
  }
}

/** Lives that a search keeps; all are counted. */
const LIFE_LIMIT = 200_000;

type RowOfKey = Pick<ShownRow, "key" | "row" | "family">;

/** When connections of a moment were first seen, as far back as is worth the time. */
export async function firstSeenOf(
  capture: Capture,
  at: number,
  rows: readonly RowOfKey[],
  signal: AbortSignal,
): Promise<FirstSeen[]> {
  const wanted = rows.slice(0, MOST_AT_ONCE);
  if (wanted.length === 0) return [];
  const where = wanted.map(({ row }) => `( ${filterOfEnds(row)} )`).join(" or ");
  const from = Math.max(capture.start, at - FIRST_SEEN_BACK);
  const { lives } = await capture.scan(where, { from, to: at, signal, lifeLimit: 10_000 });
  const found: FirstSeen[] = [];
  for (const { key } of wanted) {
    // Of several lives of the same ends, the one that lasts.
    const life = lives.findLast((one) => keyOf(one.row) === key);
    if (life) found.push({ key, time: life.firstSeen, isOlder: life.isOlder });
  }
  return found;
}

/** One connection's life: first what is near, then all of it. */
export async function lifeOf(
  capture: Capture,
  at: number,
  wanted: RowOfKey,
  signal: AbortSignal,
  progress: (state: LifeState) => void,
): Promise<LifeState> {
  const { key, row, family } = wanted;
  const where = filterOfEnds(row);
  const near = { from: Math.max(capture.start, at - LIFE_NEAR), to: Math.min(capture.end, at + LIFE_NEAR) };
  const isOfPair = (life: Life) => life.family === family && endsOf(keyOf(life.row)) === endsOf(key);
  const look = async (from: number, to: number, isDone: boolean): Promise<LifeState> => {
    const isAll = from <= capture.start && to >= capture.end;
    const { lives } = await capture.scan(where, { ...(isAll ? undefined : { from, to }), signal, lifeLimit: 10_000 });
    const ofPair = lives.filter(isOfPair);
    const isThere = (life: Life) => life.firstSeen <= at && at <= Math.max(life.lastSeen, life.endedAt ?? 0);
    const own = ofPair.filter((life) => keyOf(life.row) === key);
    // Where no number tells lives of the same ends apart, the moment does.
    const life = own.find(isThere) ?? own.at(-1) ?? ofPair.find(isThere);
    const others = ofPair.filter((other) => other !== life).slice(-MOST_OTHERS);
    return { key, ...(life ? { life } : undefined), others, from, to, isDone };
  };
  const isAllNear = near.from <= capture.start && near.to >= capture.end;
  if (isAllNear) return look(capture.start, capture.end, true);
  progress(await look(near.from, near.to, false));
  return look(capture.start, capture.end, true);
}
