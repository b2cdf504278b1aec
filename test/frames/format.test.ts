import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createFrameReader, createFrameWriter } from "../../src/frames/index.js";
import { hex } from "../support/hex.js";
import { mendChecksum } from "./mutate.js";
import { told } from "./told.js";

// Written by hand on the page, byte by byte: not by our writer.
const page = readFileSync(new URL("../../src/frames/format.md", import.meta.url), "utf8");
const [KEY, DELTA, ENDS] = [...page.matchAll(/^```\n(54 43 50 46.*?)^```$/gms)].map(([, text]) =>
  hex(text as string),
) as [Uint8Array, Uint8Array, Uint8Array];

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

  test("of ends is read as the page tells, and is what the writer writes of them", async () => {
    const reader = await createFrameReader({ engine });
    reader.read(KEY);
    expect(reader.read(ENDS)).toBeUndefined();
    const { ends } = told(reader.read(DELTA));
    expect([...ends.table]).toMatchObject([
      { state: "CLOSED", localAddress: "10.0.0.1", localPort: 443, remoteAddress: "10.0.0.2", remotePort: 49152 },
    ]);
    expect([...ends.table]).toMatchObject([{ owningPid: 0, user: 1000, inode: 7, socketCookie: "9" }]);
    expect([...ends.time, ...ends.bytesSent, ...ends.bytesReceived]).toEqual([999, 1234n, 0xffff_ffff_ffff_ffffn]);
    expect([...ends.retransmits, ...ends.rtt, ...ends.flags]).toEqual([0, 200, 0]);
    expect([ends.lost, ends.neverConnected]).toEqual([2, 5]);

    const writer = await createFrameWriter({ engine });
    const clock = { tick: 1, time: 1000, monotonic: 1000 };
    writer.writeGap({ layout: "LINUX_TCPTABLE", reason: "", ...clock }); // for its sequence number
    const rows = Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, ...ENDS.subarray(80, 120)]);
    const one = { layout: "LINUX_TCPTABLE", length: 1, rows, records: ENDS.slice(120, 160) } as const;
    const written = writer.writeEnds({ ends: one, lost: 2, neverConnected: 5, ...clock }).slice();
    written.set(ENDS.subarray(16, 24), 16);
    expect(mendChecksum(written)).toEqual(ENDS);
  });
});
