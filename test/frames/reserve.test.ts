import { afterEach, expect, test, vi } from "vitest";
import { createFrameWriter } from "../../src/frames/index.js";
import { encodeTable } from "../support/tables.js";

afterEach(() => vi.restoreAllMocks());

const table = (count: number) =>
  encodeTable(
    Array.from({ length: count }, (_, n) => ({
      ...{ state: 5, localAddress: 1, localPort: 443, remoteAddress: n, remotePort: 1000 },
    })),
  );
const TABLE = table(300);

test.each(["wasm", "plain"] as const)(
  "a table that a collector writes into writer.reserve is not copied to become a frame, %s engine",
  async (engine) => {
    const writer = await createFrameWriter({ engine });
    const input = (bytes: Uint8Array, key: boolean) => ({
      ...{ bytes, key, layout: "MIB_TCPTABLE" as const, tick: 0, time: 0, attempts: 1, complete: true },
    });
    for (let turn = 0; turn < 3; turn++) writer.write(input(TABLE, true)); // There is room from now on.
    const copies: number[] = [];
    const count = (length: number) => length >= TABLE.length && copies.push(length); // The lanes of a checksum are no table.
    const methods: { set: Uint8Array["set"]; slice: Uint8Array["slice"] } = Object.getPrototypeOf(Uint8Array.prototype);
    const { set, slice } = methods;
    vi.spyOn(methods, "set").mockImplementation(function (this: Uint8Array, source, at) {
      count(source.length);
      set.call(this, source, at);
    });
    vi.spyOn(methods, "slice").mockImplementation(function (this: Uint8Array, ...range) {
      count(this.length);
      return slice.apply(this, range);
    });
    for (const key of [true, false, false]) {
      const reserved = writer.reserve(TABLE.length);
      for (let at = 0; at < TABLE.length; at++) reserved[at] = TABLE[at] as number;
      copies.length = 0;
      const frame = writer.write(input(reserved, key));
      expect(frame.length < 200).toBe(!key);
      expect(copies).toEqual([]);
    }
    writer.write(input(TABLE, true));
    expect(copies).toEqual([TABLE.length]); // A table from elsewhere is: the test would see it.
  },
);
