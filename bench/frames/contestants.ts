import { isDeepStrictEqual } from "node:util";
import { deflateSync, inflateSync } from "node:zlib";
import type { EngineName } from "tcptable/decoder";
import { type Change, createFrameReader, createFrameWriter, type FrameInput, type Gap } from "tcptable/frames";
import { DEFLATE, DELTA_CHANGES, JSON_CHANGES, KERNEL, KEY_FRAME, PLAIN } from "../contestants/names.js";
import { type ChangedConnections, changedConnections } from "../diff/contestants.js";
import { mustBeNumbers, nanosecondsSince, type Work } from "../measure.js";

/** A way to send a series of tables but its first one, or to receive it, ready to run. */
export type Carrier = Work & {
  /** @throws {Error} what comes out at the other end is not what was sent */
  check(): void;
};

/** Whether tables become bytes, or bytes tables. */
export const DIRECTIONS = ["write", "read"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** The contestants in JavaScript. */
export function carriersOf(direction: Direction): readonly string[] {
  return direction === "write"
    ? [KERNEL, PLAIN, KEY_FRAME, JSON_CHANGES, DEFLATE]
    : [KERNEL, DELTA_CHANGES, PLAIN, KEY_FRAME, JSON_CHANGES, DEFLATE];
}

export async function prepareCarrier(
  name: string,
  direction: Direction,
  tables: readonly Uint8Array[],
): Promise<Carrier> {
  const isWriting = direction === "write";
  switch (name) {
    case KERNEL:
      return isWriting ? writesFrames("wasm", false, tables) : readsFrames("wasm", false, tables);
    case PLAIN:
      return isWriting ? writesFrames("plain", false, tables) : readsFrames("plain", false, tables);
    case KEY_FRAME:
      return isWriting ? writesFrames("wasm", true, tables) : readsFrames("wasm", true, tables);
    case DELTA_CHANGES:
      return readsChanges(tables);
    case JSON_CHANGES:
      return isWriting ? writesJson(tables) : readsJson(tables);
    case DEFLATE:
      return isWriting ? deflates(tables) : inflates(tables);
    default:
      throw new Error(`There is no contestant "${name}".`);
  }
}

/** Frames of a series: the first is a key frame, the others are deltas unless key frames are asked for. */
export function inputsOf(tables: readonly Uint8Array[], areKeys: boolean): FrameInput[] {
  return tables.map((bytes, tick) => ({
    bytes,
    layout: "MIB_TCPTABLE",
    tick,
    time: tick * 100,
    attempts: 1,
    complete: true,
    key: areKeys || tick === 0,
  }));
}

/** All frames of a series, each with bytes of its own. */
export async function framesOf(tables: readonly Uint8Array[], areKeys: boolean): Promise<Uint8Array[]> {
  const writer = await createFrameWriter({ keyInterval: tables.length + 1 });
  return inputsOf(tables, areKeys).map((input) => writer.write(input).slice());
}

/** The tables' bytes lie elsewhere, and are copied in. */
async function writesFrames(engine: EngineName, areKeys: boolean, tables: readonly Uint8Array[]): Promise<Carrier> {
  const writer = await createFrameWriter({ engine, keyInterval: tables.length + 1 });
  // Frames that the writer made are read back by the other engine.
  const reader = await createFrameReader({ engine: engine === "wasm" ? "plain" : "wasm" });
  const [first, ...rest] = inputsOf(tables, areKeys) as [FrameInput, ...FrameInput[]];
  return {
    time: () => timeRest(first, rest, (input) => writer.write(input).length),
    check: () =>
      checkFrames(
        [first, ...rest].map((input) => () => reader.read(writer.write(input))),
        tables,
        areKeys,
      ),
  };
}

async function readsFrames(engine: EngineName, areKeys: boolean, tables: readonly Uint8Array[]): Promise<Carrier> {
  const reader = await createFrameReader({ engine });
  const [first, ...rest] = (await framesOf(tables, areKeys)) as [Uint8Array, ...Uint8Array[]];
  const next = (frame: Uint8Array) => reader.read(frame) as Change;
  return {
    time: () => timeRest(first, rest, (frame) => next(frame).tick),
    check: () =>
      checkFrames(
        [first, ...rest].map((frame) => () => reader.read(frame)),
        tables,
        areKeys,
      ),
  };
}

/** As `readsFrames`; and each delta is asked what opened, closed and changed. */
async function readsChanges(tables: readonly Uint8Array[]): Promise<Carrier> {
  const { check } = await readsFrames("wasm", false, tables);
  const reader = await createFrameReader({ engine: "wasm" });
  const [first, ...rest] = (await framesOf(tables, false)) as [Uint8Array, ...Uint8Array[]];
  const next = (frame: Uint8Array) => reader.read(frame) as Change;
  return {
    time: () =>
      timeRest(first, rest, (frame) => {
        const change = next(frame);
        return change.isBaseline ? 0 : change.opened.length + change.closed.length + change.changed.length;
      }),
    check,
  };
}

/** Nanoseconds of a step with each but the first, with which a series begins. */
function timeRest<Item>(first: Item, rest: readonly Item[], step: (item: Item) => number): number {
  let sink = step(first);
  const start = performance.now();
  for (const item of rest) sink += step(item);
  const time = nanosecondsSince(start);
  mustBeNumbers(sink);
  return time;
}

/** Makes sure that frames are of the kind that is to be timed, and give their tables byte for byte. @throws {Error} they do not */
export function checkFrames(
  reads: readonly (() => Change | Gap | undefined)[],
  tables: readonly Uint8Array[],
  areKeys: boolean,
): void {
  for (const [number, read] of reads.entries()) {
    const change = read() as Change | undefined;
    const kind = areKeys || number === 0 ? "key" : "delta";
    if (change?.kind !== kind) throw new Error(`Frame ${number} is of the kind "${change?.kind}", not "${kind}".`);
    mustBeEqual(change.bytes, tables[number] as Uint8Array, number);
  }
}

function mustBeEqual(found: Uint8Array, expected: Uint8Array, number: number): void {
  if (Buffer.compare(found, expected) !== 0) throw new Error(`Table ${number} does not come back byte for byte.`);
}

/** What a program sends that has found the changes itself: row objects. To find them is not timed. */
function writesJson(tables: readonly Uint8Array[]): Carrier {
  const messages = changedConnections(tables);
  return {
    run() {
      let sink = 0;
      for (const message of messages) sink += JSON.stringify(message).length;
      return sink;
    },
    check: () =>
      checkMessages(
        messages.map((message) => JSON.stringify(message)),
        messages,
      ),
  };
}

/** What is received are the changes: that a table would have to be made of them is not timed. */
function readsJson(tables: readonly Uint8Array[]): Carrier {
  const messages = changedConnections(tables);
  const texts = messages.map((message) => JSON.stringify(message));
  return {
    run() {
      let sink = 0;
      for (const text of texts) sink += (JSON.parse(text) as ChangedConnections).opened.length;
      return sink;
    },
    check: () => checkMessages(texts, messages),
  };
}

function checkMessages(texts: readonly string[], messages: readonly ChangedConnections[]): void {
  for (const [number, text] of texts.entries()) {
    if (!isDeepStrictEqual(JSON.parse(text), messages[number]))
      throw new Error(`Message ${number} does not come back.`);
  }
}

/** Every table as a whole, by zlib with its usual effort. */
function deflates(tables: readonly Uint8Array[]): Carrier {
  const [, ...rest] = tables;
  return {
    run() {
      let sink = 0;
      for (const table of rest) sink += deflateSync(table).length;
      return sink;
    },
    check: () =>
      checkInflated(
        rest.map((table) => deflateSync(table)),
        rest,
      ),
  };
}

function inflates(tables: readonly Uint8Array[]): Carrier {
  const [, ...rest] = tables;
  const deflated = rest.map((table) => deflateSync(table));
  return {
    run() {
      let sink = 0;
      for (const bytes of deflated) sink += inflateSync(bytes).length;
      return sink;
    },
    check: () => checkInflated(deflated, rest),
  };
}

function checkInflated(deflated: readonly Uint8Array[], tables: readonly Uint8Array[]): void {
  for (const [number, bytes] of deflated.entries())
    mustBeEqual(inflateSync(bytes), tables[number] as Uint8Array, number);
}
