import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Ring, type StoredSample } from "../../src/live/ring.js";

function sampleOf(number: number, isKey: boolean, bytes = 10): StoredSample {
  const clock = { tick: number, time: number * 1000, monotonic: number * 1000, late: 0, duration: 0 };
  return { ...clock, number, isKey, bytes, frames: [new Uint8Array(bytes)] };
}

describe("Ring", () => {
  test("drops its oldest samples by whole segments, once they are too many bytes", () => {
    const ring = new Ring({ bytes: 60, milliseconds: 1e9 });
    for (let number = 0; number < 6; number++) ring.add(sampleOf(number, number % 3 === 0));
    expect([ring.first, ring.newest, ring.bytes]).toEqual([0, 5, 60]);
    ring.add(sampleOf(6, true));
    expect([ring.first, ring.newest, ring.newestKey, ring.bytes]).toEqual([3, 6, 6, 40]);
    expect(ring.at(2)).toBeUndefined();
    expect(ring.at(3)).toMatchObject({ number: 3, isKey: true });
    expect(ring.at(7)).toBeUndefined();
  });

  test("drops its oldest segment, once it is too old", () => {
    const ring = new Ring({ bytes: 1e9, milliseconds: 4000 });
    for (let number = 0; number < 5; number++) ring.add(sampleOf(number, number % 2 === 0));
    expect(ring.first).toBe(0);
    ring.add(sampleOf(5, false));
    expect(ring.first).toBe(2);
  });

  test("keeps the newest segment, however large it is, since nothing could be read without it", () => {
    const ring = new Ring({ bytes: 10, milliseconds: 1000 });
    for (let number = 0; number < 5; number++) ring.add(sampleOf(number, number === 0));
    expect([ring.first, ring.newest, ring.segmentBytes]).toEqual([0, 4, 50]);
  });

  test("refuses a first sample that can't be read by itself, and a number that is not the next one", () => {
    const ring = new Ring({ bytes: 10, milliseconds: 1000 });
    expect(() => ring.add(sampleOf(0, false))).toThrow(RangeError);
    ring.add(sampleOf(0, true));
    expect(() => ring.add(sampleOf(2, true))).toThrow(RangeError);
  });

  test("whatever comes, begins with key frames, counts its bytes right, and holds no more than it may beside its newest segment", () => {
    const samples = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(samples, (told) => {
        const ring = new Ring({ bytes: 200, milliseconds: 20_000 });
        for (const [number, [isKey, bytes]] of told.entries()) {
          ring.add(sampleOf(number, isKey || number === 0, bytes));
          const held: StoredSample[] = [];
          for (let at = ring.first; at <= ring.newest; at++) held.push(ring.at(at) as StoredSample);
          expect(held[0]?.isKey).toBe(true);
          expect(ring.newest).toBe(number);
          expect(ring.bytes).toBe(held.reduce((sum, each) => sum + each.bytes, 0));
          const isOne = held.filter((each) => each.isKey).length === 1;
          expect(isOne || (ring.bytes <= 200 && number - ring.first <= 20)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
