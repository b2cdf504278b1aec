import { expect, test } from "vitest";
import { UsedBytes } from "../../src/system/used-bytes.js";

test("the used bytes of two buffers in turn are the same views again", () => {
  const used = new UsedBytes();
  const [one, other] = [new Uint8Array(100), new Uint8Array(100)];
  const [first, second] = [used.of(one, 40), used.of(other, 60)];
  expect([first.buffer, first.length, second.buffer, second.length]).toEqual([one.buffer, 40, other.buffer, 60]);
  for (let turn = 0; turn < 3; turn++) {
    expect(used.of(one, 40)).toBe(first);
    expect(used.of(other, 60)).toBe(second);
  }
});

test("the used bytes of a third buffer lie in that one", () => {
  const used = new UsedBytes();
  const buffers = [new Uint8Array(100), new Uint8Array(100), new Uint8Array(100)];
  for (const buffer of [...buffers, ...buffers]) expect(used.of(buffer, 40).buffer).toBe(buffer.buffer);
});
