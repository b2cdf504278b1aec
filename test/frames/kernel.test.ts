import { expect, test } from "vitest";
import { KERNEL_HEX } from "../../src/frames/kernel.js";

test("the kernel of frames has 20 KiB at most", () => {
  const bytes = KERNEL_HEX.length / 2;
  expect(WebAssembly.validate(Buffer.from(KERNEL_HEX, "hex"))).toBe(true);
  expect(bytes).toBeGreaterThan(1024);
  expect(bytes).toBeLessThanOrEqual(20 * 1024);
});
