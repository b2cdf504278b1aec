import { expect, test, vi } from "vitest";
import { SYSTEM_CLOCK } from "../../src/sampler/clock.js";

const timers = vi.hoisted(() => ({
  setTimeout: vi.fn(),
  setInterval: vi.fn(),
  clearTimeout: vi.fn(),
  clearInterval: vi.fn(),
}));
vi.mock("node:timers", () => timers);

test("the system's clock waits to the end of a fraction of a millisecond, which setTimeout would cut off: a tick is not early", () => {
  const callback = () => {};
  SYSTEM_CLOCK.after(1.25, callback);
  SYSTEM_CLOCK.after(3, callback);
  expect(timers.setTimeout.mock.calls).toEqual([
    [callback, 2],
    [callback, 3],
  ]);
});
