import { expect, test } from "vitest";
import { built } from "../support/child.js";
import { expectNoGarbage, measureGarbage, textsOf } from "../support/garbage.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const row = (n: number, state = 5): RawRow => ({
  ...{
    state,
    localAddress: 0x0a000001,
    localPort: 443,
    remoteAddress: n,
    remotePort: 1000,
    socketCookie: BigInt(n + 1),
  },
});
/** Rows that come, go and change, of tables whose sizes wander. */
const WANDERING = Array.from({ length: 16 }, (_, table) => [
  ...Array.from({ length: 60 }, (_, n) => row(n, (n + table) % 15 === 0 ? 8 : 5)).filter((_, n) => n % 16 !== table),
  ...Array.from({ length: (table * 7) % 5 }, (_, n) => row(1000 * (table + 1) + n)),
]);

/** Writes frames of one table after the other, and reads them. @param loop looks at `frames` */
const sampling = (tables: readonly (readonly RawRow[])[], layout: "MIB_TCPTABLE" | "LINUX_TCPTABLE", loop: string) => ({
  setUp: `
    import { createFrameReader, createFrameWriter, createStory } from ${built("frames/index.js")};
    const tables = ${textsOf(tables.map((rows) => encodeTable(rows, layout)))}
      .map((text) => new Uint8Array(Buffer.from(text, "base64")));
    const writer = await createFrameWriter({ engine: "wasm" });
    const reader = await createFrameReader({ engine: "wasm" });
    const story = await createStory({ engine: "wasm" });
    const input = {
      bytes: tables[0], layout: "${layout}", tick: 0, time: 1.7e12 + 0.5, monotonic: 0.25, attempts: 1, complete: true,
      endsAreTold: true,
    };
    const frames = [];
    let change, moment;`,
  loop: `
    input.bytes = tables[number % tables.length];
    input.tick = number;
    frames[0] = writer.write(input);
    ${loop}`,
});

const BYTES = "change = reader.read(frames[0]); sum += change.bytes.length;";
const CHANGES = `change = reader.read(frames[0]);
  sum += change.opened.length + change.closed.length + change.changed.length + change.before.length;
  sum += change.table.columns.state[0];`;

test.each([
  ["the bytes alone", BYTES],
  ["what opened, closed and changed", CHANGES],
])("frames that are written and read again and again make no garbage: %s", (_, loop) =>
  expectNoGarbage(sampling(WANDERING, "MIB_TCPTABLE", loop)),
);

test.each([
  ["what opened, closed and changed", CHANGES],
  ["the story of a quiet moment", "moment = story.read(frames); sum += moment.length + moment.closed;"],
])("frames of a table in which nothing happens make no garbage: %s", (_, loop) =>
  expectNoGarbage(sampling(WANDERING.slice(0, 1), "LINUX_TCPTABLE", loop)),
);

test("garbage of frames that are kept as copies is counted", async () => {
  const loop = "change = reader.read(frames[0]); sum += change.bytes.slice().length;";
  const { collections } = await measureGarbage(sampling(WANDERING, "MIB_TCPTABLE", loop));
  expect(collections).toBeGreaterThan(5);
});
