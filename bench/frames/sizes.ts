import { deflateSync } from "node:zlib";
import { changedConnections } from "../diff/contestants.js";
import type { SizeMeasurement } from "../results.js";
import { framesOf } from "./contestants.js";
import { RAW } from "./names.js";

/** Bytes that it takes to tell a table, by what they are: means over the tables of a series but the first. */
export async function sizesOfSeries(
  tables: readonly Uint8Array[],
  about: Pick<SizeMeasurement, "suite" | "kind" | "size">,
): Promise<SizeMeasurement[]> {
  const [, ...raw] = tables;
  const [, ...keys] = await framesOf(tables, true);
  const [, ...deltas] = await framesOf(tables, false);
  const texts = changedConnections(tables).map((changes) => Buffer.from(JSON.stringify(changes)));
  const all: Readonly<Record<string, readonly Uint8Array[]>> = {
    [RAW]: raw,
    "key frame": keys,
    "delta frame": deltas,
    "JSON of the changes": texts,
  };
  return Object.entries(all).flatMap(([what, parts]) => [
    { ...about, what, bytes: meanLength(parts) },
    { ...about, what: `${what}, deflated`, bytes: meanLength(parts.map((part) => deflateSync(part))) },
  ]);
}

function meanLength(parts: readonly Uint8Array[]): number {
  return Math.round(parts.reduce((sum, { length }) => sum + length, 0) / parts.length);
}
