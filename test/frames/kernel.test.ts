import { inflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { KERNEL } from "../../src/frames/kernel.js";

test("the kernel of frames has 20 KiB at most", () => {
  const wasm = inflateRawSync(Buffer.from(KERNEL, "base64"));
  expect(WebAssembly.validate(wasm)).toBe(true);
  expect(wasm.length).toBeGreaterThan(1024);
  expect(wasm.length).toBeLessThanOrEqual(20 * 1024);
});
