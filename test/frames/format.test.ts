import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createFrameReader, createFrameWriter } from "../../src/frames/index.js";
import { hex } from "../support/hex.js";
import { mendChecksum } from "./mutate.js";
import { told } from "./told.js";

// Written by hand on the page, byte by byte: not by our writer.
const page = readFileSync(new URL("../../src/frames/format.md", import.meta.url), "utf8");
const [KEY, DELTA] = [...page.matchAll(/^```\n(54 43 50 46.*?)^```$/gms)].map(([, text]) => hex(text as string)) as [
  Uint8Array,
  Uint8Array,
];

describe.each(["wasm", "plain"] as const)("the example in format.md, %s engine", (engine) => {
  test("is read as the page tells", async () => {
    const reader = await createFrameReader({ engine });
    const first = told(reader.read(KEY));
    expect(first).toMatchObject({
      kind: "key",
      sequence: 0,
      tick: 0,
      time: 0,
      attempts: 1,
      complete: true,
      isBaseline: true,
    });
    expect(first.bytes).toEqual(KEY.subarray(80, 164));
    const next = told(reader.read(DELTA));
    expect(next).toMatchObject({ kind: "delta", sequence: 1, tick: 1, time: 1000, monotonic: 1000, isBaseline: false });
    expect([...next.table].map(({ state, remoteAddress }) => [state, remoteAddress])).toEqual([
      ["LISTEN", "0.0.0.0"],
      ["CLOSE-WAIT", "10.0.0.3"],
      ["ESTABLISHED", "10.0.0.4"],
    ]);
    expect([...next.closed].map(({ remoteAddress }) => remoteAddress)).toEqual(["10.0.0.2"]);
    expect([...next.before].map(({ state }) => state)).toEqual(["ESTABLISHED"]);
    expect(next.opened.length).toBe(0);
  });

  test("is what the writer writes of its tables, but for the random stream", async () => {
    const writer = await createFrameWriter({ engine });
    const reader = await createFrameReader({ engine });
    for (const [number, frame] of [KEY, DELTA].entries()) {
      const bytes = told(reader.read(frame)).bytes;
      const clock = { tick: number, time: number * 1000, monotonic: number * 1000, attempts: 1, complete: true };
      const written = writer.write({ bytes, layout: "MIB_TCPTABLE", ...clock }).slice();
      written.set(frame.subarray(16, 24), 16);
      expect(mendChecksum(written)).toEqual(frame);
    }
  });
});
