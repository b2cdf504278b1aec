import { createDecoder, type EngineName } from "tcptable/decoder";
import { type Change, createFrameReader, createFrameWriter } from "tcptable/frames";
import { rowsOf } from "../contestants/engines.js";
import { DECODE_ONE, KERNEL, PLAIN, TEXT_MAP, THROUGH_FRAMES } from "../contestants/names.js";
import { type Connection, readConnections, toRow } from "../contestants/objects.js";
import type { Changes } from "../data/series.js";
import { mustBeNumbers, nanosecondsSince, type Work } from "../measure.js";

/** A way to what changed from each table of a series to the next, ready to run: timed as a whole, or by itself. */
export type Differ = Work & {
  /** What it finds, in each step; `undefined` for a reference that finds nothing. */
  changes?(): Changes[];
};

export const DIFFERS = [KERNEL, THROUGH_FRAMES, PLAIN, TEXT_MAP, DECODE_ONE] as const;

/** @param tables consecutive ones */
export async function prepareDiffer(name: string, tables: readonly Uint8Array[]): Promise<Differ> {
  switch (name) {
    case KERNEL:
      return comparesTables("wasm", tables);
    case PLAIN:
      return comparesTables("plain", tables);
    case THROUGH_FRAMES:
      return comparesThroughFrames(tables);
    case TEXT_MAP:
      return comparesInMap(tables);
    case DECODE_ONE:
      return decodesOne(tables);
    default:
      throw new Error(`There is no contestant "${name}".`);
  }
}

/**
 * The comparison alone: a reader compares two whole tables when it is first asked what opened. To read and to decode them is not
 * timed. It knows what closed then, too; to copy those rows out is not asked for.
 */
async function comparesTables(engine: EngineName, tables: readonly Uint8Array[]): Promise<Differ> {
  const writer = await createFrameWriter({ engine });
  const reader = await createFrameReader({ engine });
  const frames = tables.map((bytes, tick) => writer.write({ ...inputOf(bytes, tick), key: true }).slice());
  const read = (frame: Uint8Array) => {
    const change = reader.read(frame) as Change;
    change.table;
    return change;
  };
  return {
    time() {
      let time = 0;
      for (const [step, frame] of frames.entries()) {
        const change = read(frame);
        if (step === 0) continue;
        const start = performance.now();
        mustBeNumbers(change.opened.length + change.changed.length);
        time += nanosecondsSince(start);
      }
      return time;
    },
    changes: () => frames.map((frame) => changesOf(read(frame))).slice(1),
  };
}

/** From the raw bytes to what changed, as a sampler that sends frames has it: written, read, and asked all there is to ask. */
async function comparesThroughFrames(tables: readonly Uint8Array[]): Promise<Differ> {
  const writer = await createFrameWriter({ engine: "wasm", keyInterval: tables.length + 1 });
  const reader = await createFrameReader({ engine: "wasm" });
  const inputs = tables.map((bytes, tick) => ({ ...inputOf(bytes, tick), key: tick === 0 }));
  const first = inputs[0] as (typeof inputs)[number];
  const rest = inputs.slice(1);
  const next = (input: typeof first) => reader.read(writer.write(input)) as Change;
  return {
    time() {
      next(first);
      const start = performance.now();
      let sink = 0;
      for (const input of rest) {
        const change = next(input);
        sink += change.opened.length + change.closed.length + change.changed.length;
      }
      mustBeNumbers(sink);
      return nanosecondsSince(start);
    },
    changes() {
      next(first);
      return rest.map((input) => changesOf(next(input)));
    },
  };
}

function inputOf(bytes: Uint8Array, tick: number) {
  return { bytes, layout: "MIB_TCPTABLE", tick, time: tick * 100, attempts: 1, complete: true } as const;
}

/** What a frame told, as rows that stay. */
export function changesOf({ opened, closed, changed }: Change): Changes {
  return { opened: [...rowsOf(opened)], closed: [...rowsOf(closed.select())], changed: [...rowsOf(changed)] };
}

/**
 * As everyone writes it: a text of both ends is the key, and what was there before is looked up. The row objects are there
 * already, and the Map of the table before is the one that was made a step earlier: neither is timed.
 */
function comparesInMap(tables: readonly Uint8Array[]): Differ {
  const [first = [], ...rest] = tables.map(readConnections);
  const start = mapOf(first);
  return {
    run: () =>
      compareAll(start, rest).reduce(
        (sum, step) => sum + step.opened.length + step.closed.length + step.changed.length,
        0,
      ),
    changes: () =>
      compareAll(start, rest).map(({ opened, closed, changed }) => ({
        opened: opened.map(toRow),
        closed: closed.map(toRow),
        changed: changed.map(toRow),
      })),
  };
}

/** What has become of a table's row objects in the next one. */
export interface ChangedConnections {
  readonly opened: readonly Connection[];
  readonly closed: readonly Connection[];
  readonly changed: readonly Connection[];
}

/** What changed from each table to the next, as a program has it that works on row objects. */
export function changedConnections(tables: readonly Uint8Array[]): ChangedConnections[] {
  const [first = [], ...rest] = tables.map(readConnections);
  return compareAll(mapOf(first), rest);
}

function mapOf(connections: readonly Connection[]): Map<string, Connection> {
  return new Map(connections.map((connection) => [keyOf(connection), connection]));
}

function compareAll(start: ReadonlyMap<string, Connection>, rest: readonly Connection[][]): ChangedConnections[] {
  let before = start;
  return rest.map((connections) => {
    const after = new Map<string, Connection>();
    const opened: Connection[] = [];
    const closed: Connection[] = [];
    const changed: Connection[] = [];
    for (const connection of connections) {
      const key = keyOf(connection);
      const earlier = before.get(key);
      if (!earlier) opened.push(connection);
      else if (earlier.state !== connection.state) changed.push(connection);
      after.set(key, connection);
    }
    for (const [key, connection] of before) if (!after.has(key)) closed.push(connection);
    before = after;
    return { opened, closed, changed };
  });
}

function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Connection): string {
  return `${localAddress}:${localPort}-${remoteAddress}:${remotePort}`;
}

/** One table where it lies, once for each step. */
async function decodesOne(tables: readonly Uint8Array[]): Promise<Differ> {
  const decoder = await createDecoder({ engine: "wasm" });
  const [bytes] = tables as readonly [Uint8Array];
  decoder.decode(bytes);
  const own = decoder.reserve(bytes.length).subarray(0, bytes.length);
  own.set(bytes);
  const table = decoder.decode(own);
  return {
    run() {
      let sink = 0;
      for (let step = 1; step < tables.length; step++) sink += decoder.decode(own, "MIB_TCPTABLE", table).length;
      return sink;
    },
  };
}
