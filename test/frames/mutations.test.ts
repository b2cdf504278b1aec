import { expect, test } from "vitest";
import { readMutations } from "./mutations.js";

// `npm run fuzz:frames -- --count 10000000` reads as many as one likes.
test("20,000 mutated frames throw the same FrameError in both engines, or tell the same right thing", async () => {
  const { refused, read, told } = await readMutations(20_000, 7);
  expect(refused + read + told).toBe(20_000);
  expect(refused).toBeGreaterThan(1000);
  expect(read).toBeGreaterThan(1000);
  expect(told).toBeGreaterThan(1000);
});
